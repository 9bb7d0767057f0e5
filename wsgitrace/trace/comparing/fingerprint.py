"""What a replay came to, in so few words that replays which came to the same are found to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.events import Called, Raised, from_text
from wsgitrace.trace.exceptions import exceptions
from wsgitrace.trace.stepping import KINDS

if TYPE_CHECKING:
    from wsgitrace.events import Event
    from wsgitrace.trace.comparing.comparison import Comparison
    from wsgitrace.trace.comparing.difference import Difference
    from wsgitrace.trace.comparing.outcome import OutcomeComparison
    from wsgitrace.trace.model import Trace

__all__ = ["Failure", "Fingerprint", "Parting", "fingerprint", "fingerprint_of_outcome"]

_FAILURES: Final = 8
"""Exceptions of one exchange that are told apart, the first ones."""

_FOLLOWS: Final = frozenset({"content-length", "content-md5", "digest"})
"""Header fields that say again what the body is."""


class Failure(NamedTuple):
    """An exception: of what type, and where it was raised."""

    type: str
    """Dotted name of the type."""
    layer: str
    """Dotted name of the layer in whose pass it was raised."""
    file: str
    """Source file of the innermost frame; empty where unknown."""
    line: int
    """Line in it; 0 where unknown."""


class Parting(NamedTuple):
    """The first divergence: the event, and whose it was."""

    layer: str
    """Dotted name of the layer whose doing it was."""
    event: int | None
    """Number of the event in the exchange that was compared with; None where that did nothing more, and for a body,
    whose bytes part in whichever chunk."""
    what: tuple[str, ...]
    """What differs, as in ``environ shop.user``; or what both did, as in ``called view → raised KeyError``."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What one exchange came to, compared with another. Values are left out: a counter is another one each time."""

    status: str
    """Status line; empty: there was no response."""
    ending: str
    """How it ended, as in :class:`~wsgitrace.events.Done`."""
    failures: tuple[Failure, ...] = ()
    """Exceptions that were raised, caught or not."""
    differs: tuple[str, ...] = ()
    """What of the response differs and counts: ``status``, ``header NAME``, ``body``, ``ending``."""
    parting: Parting | None = None
    """Where the layers part; None: nowhere, or that is not known."""

    @property
    def alike(self) -> bool:
        """True when nothing that counts differs."""
        return not self.differs and self.parting is None


def fingerprint(compared: Comparison) -> Fingerprint:
    """What B came to, compared with A."""
    found = fingerprint_of_outcome(compared.outcome)
    parting = _parting(compared) if compared.traced else None
    return Fingerprint(found.status, found.ending, _failures(compared.other), found.differs, parting)


def fingerprint_of_outcome(found: OutcomeComparison) -> Fingerprint:
    """The same where nothing but the response is known."""
    differs = _names((*found.status, *found.headers, *found.ending))
    is_other = found.body.verdict == "differs"
    if is_other or found.status:
        # How the body differs makes these fields differ, or not, as chance has it.
        differs = [name for name in differs if name.removeprefix("header ") not in _FOLLOWS] + ["body"] * is_other
    return Fingerprint(found.other.status or "", found.other.how, differs=tuple(dict.fromkeys(differs)))


def _names(differences: tuple[Difference, ...]) -> list[str]:
    """What counts, by what it is and its name."""
    return [f"{each.where} {each.name.lower()}".rstrip() for each in differences if not each.noise]


def _failures(trace: Trace) -> tuple[Failure, ...]:
    found = []
    for thrown in exceptions(trace)[:_FAILURES]:
        span = trace.span(thrown.span)
        frame = thrown.raised.frames[-1] if thrown.raised.frames else None
        layer = span.layer.name if span.layer is not None else span.name
        place = ("", 0) if frame is None else (from_text(frame.file), frame.line)
        found.append(Failure(thrown.raised.type, layer, *place))
    return tuple(found)


def _parting(compared: Comparison) -> Parting | None:
    parted = compared.divergence
    if parted is None:
        return None
    span = parted.pair.span
    layer = span.layer.name if span.layer is not None and span.layer.name else span.name
    names = _names(parted.differences)
    if names and all(name == "body" or name.removeprefix("header ") in _FOLLOWS for name in names):
        return Parting(layer, None, ("body",))
    event = None if parted.one is None else parted.one.seq
    did = f"{_did(compared.one, parted.one)} → {_did(compared.other, parted.other)}"
    return Parting(layer, event, tuple(dict.fromkeys(names)) or (did,))


def _did(trace: Trace, event: Event | None) -> str:
    if event is None:
        return "nothing more"
    if isinstance(event, Called):
        return f"called {trace.span(event.span).name}"
    if isinstance(event, Raised):
        return f"raised {event.type.removeprefix('builtins.')}"
    return KINDS.get(type(event), "") or type(event).__name__.lower()
