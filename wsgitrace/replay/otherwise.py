"""A request run again otherwise: layers skipped, held, the clock set, changed by a hook, or as slowly as then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.query import FilterError, read_breakpoint
from wsgitrace.replay.rebuilding import ReplayRefused
from wsgitrace.replay.timing import paced

if TYPE_CHECKING:
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace
    from wsgitrace.trace.span import Span

__all__ = ["AS_IT_WAS", "Otherwise", "arranged", "layers_of"]


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What is done otherwise."""

    skips: tuple[str, ...] = ()
    """Layers that are not run: their names, or the ends of these."""
    breakpoints: tuple[str, ...] = ()
    """Where it is held, and nothing else is."""
    original_clock: bool = False
    """The clock of the process says what it said when the original came."""
    original_timing: bool = False
    """The body comes as slowly as the original's did; of several, each starts as long after the first as then."""
    prepare: str | None = None
    """``MODULE:FUNCTION`` to change it first; empty: none; None: what the settings of the worker name."""


AS_IT_WAS = Otherwise()


def arranged(command: Replay, trace: Trace, wall: int, otherwise: Otherwise) -> Replay:
    """The command that does so; ``trace`` and ``wall`` (nanoseconds since the epoch) are those of the original.

    Raises :class:`ReplayRefused` where the recording tells already that it cannot be done.
    """
    for text in otherwise.breakpoints:
        try:
            read_breakpoint(text)
        except FilterError as problem:
            raise ReplayRefused(f"{text!r} is no breakpoint: {problem.message.rstrip('.')}") from None
    if otherwise.original_timing:
        command = paced(command, trace)
    return structs.replace(
        command,
        skips=tuple(_skip(name, trace, command.replay_of) for name in otherwise.skips),
        breakpoints=otherwise.breakpoints,
        clock=wall if otherwise.original_clock else None,
        prepare=otherwise.prepare,
    )


def layers_of(trace: Trace) -> tuple[str, ...]:
    """Names of the layers of a request that can be skipped, outermost first: those that called exactly one other."""
    return tuple(dict.fromkeys(name for name, passes in _passes(trace).items() if len(_called(passes)) == 1))


def _skip(wanted: str, trace: Trace, number: int) -> tuple[str, str]:
    """The layer of a name, or of the end of one, and the layer that it called."""
    passes = _passes(trace)
    if not passes:
        return wanted, ""  # seen from outside: what there is to be skipped the worker knows
    found = [name for name in passes if _is_called(name, wanted)]
    inside = [span.layer.name for span in trace.spans if span.framework and span.layer is not None]
    if not found and any(_is_called(name, wanted) for name in inside):
        raise ReplayRefused(
            f"{wanted} cannot be skipped: it is a layer of the framework, which calls it in its own way"
        )
    if not found:
        listed = ", ".join(name.rpartition(".")[2] for name in passes)
        raise ReplayRefused(f"request {number} did not go through {wanted}: it went through {listed}")
    if len(found) > 1:
        raise ReplayRefused(f"request {number} went through more than one {wanted}: {', '.join(found)}")
    called = _called(passes[found[0]])
    if not called:
        raise ReplayRefused(f"{found[0]} cannot be skipped: it called no other layer in request {number}")
    if len(called) > 1:
        raise ReplayRefused(f"{found[0]} cannot be skipped: in request {number} it called {', '.join(called)}")
    return found[0], called[0]


def _is_called(name: str, wanted: str) -> bool:
    """Whether that is the name of a layer, or the end of it, however its letters are written."""
    return f".{name}".casefold().endswith(f".{wanted}".casefold())


def _passes(trace: Trace) -> dict[str, list[Span]]:
    """The passes through WSGI layers, by the name of the layer, outermost first."""
    found: dict[str, list[Span]] = {}
    for span in trace.spans:
        if span.id and span.layer is not None and span.layer.kind in {"wsgi", "application", "response"}:
            found.setdefault(span.layer.name, []).append(span)
    return found


def _called(passes: list[Span]) -> list[str]:
    """Names of the WSGI layers that passes handed their request on to."""
    inner = [child.layer for span in passes for child in span.children if not child.subrequest]
    return list(dict.fromkeys(layer.name for layer in inner if layer is not None and layer.kind != "framework"))
