"""Every iterable that a layer returned: who made it, who wrapped it, who exhausted, closed or lost it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.events import ClientGone, CloseBegan, CloseEnded, IterationBegan, IterationEnded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

Fault: TypeAlias = Literal[
    "never closed", "never started", "closed twice", "closed out of order", "used after close", "went on without client"
]
"""``never started``: a generator of which nothing ran, its ``finally`` included; ``closed out of order``: after the
layer around it had been closed; ``went on without client``: items were made for a client that had left."""

_GENERATOR: Final = "generator"


@dataclass(frozen=True, slots=True)
class Closing:
    """One call of ``close()``."""

    seq: int
    """The event."""
    at: int
    """Nanoseconds since the exchange began, time held left out."""
    by: int
    """The pass that iterated over it; 0: the server."""
    during: Literal["call", "iteration", "close", "after"]
    """What that pass was doing: it had not returned, was being iterated over or closed, or had been closed before."""


@dataclass(frozen=True, slots=True)
class Returning:
    """One iterable."""

    span: int
    """The pass that made it."""
    type: str
    """Dotted name of its type."""
    length: int | None
    """Items of a list or tuple; None for anything else."""
    closes: bool
    """True when it has a ``close()`` to call."""
    passed: tuple[int, ...]
    """Passes around it that handed on the very same object, innermost first."""
    taken_by: int
    """The pass around those, which wrapped it, read it or lost it; 0: the server."""
    began: int | None
    """When iteration began, by the clock of the exchange; None: it did not."""
    items: int
    """Items that it gave."""
    exhausted: bool
    """True when it was asked for an item behind its last."""
    raised: str
    """Type of the exception by which its iteration ended; else empty."""
    closings: tuple[Closing, ...]
    """Calls of its ``close()``."""
    faults: tuple[Fault, ...]
    """What should not be."""
    after_client: int = 0
    """Items that it gave after the client had left."""


def iteration_ledger(trace: Trace) -> tuple[Returning, ...]:
    """All iterables, the innermost last; those that a framework hands around inside are left out."""
    handed: dict[int, list[Span]] = {}
    for span in trace.spans[1:]:
        if span.returned is not None and span.owner is not span:
            handed.setdefault(span.owner.id, []).append(span)
    return tuple(
        _returning(trace, span, handed.get(span.id, []))
        for span in trace.spans[1:]
        if span.returned is not None and span.owner is span and not span.framework
    )


def _returning(trace: Trace, span: Span, handed: list[Span]) -> Returning:
    returned, record = span.returned, span.record
    assert returned is not None  # noqa: S101 -- the caller chose it so
    passed = tuple(each.id for each in reversed(handed))
    outermost = handed[0] if handed else span
    taken_by = outermost.parent or 0
    began = record.of(IterationBegan)
    gone = trace.root.record.of(ClientGone)
    listed = returned.length is not None
    after = 0 if listed or not gone else sum(chunk.seq > gone[0].seq for chunk in span.emitted)
    raised = span.exception.type if span.exception is not None and span.exception.during == "next" else ""
    closings = tuple(_closings(trace, span, taken_by))
    return Returning(
        span.id,
        returned.type,
        returned.length,
        closes=not listed and bool(returned.closes or returned.type == _GENERATOR),
        passed=passed,
        taken_by=taken_by,
        began=trace.clock(began[0].at) if began else None,
        items=len(span.emitted),
        exhausted=bool(record.of(IterationEnded)) or listed,
        raised=raised,
        closings=closings,
        faults=tuple(_faults(trace, span, closings, after)),
        after_client=after,
    )


def _closings(trace: Trace, span: Span, taken_by: int) -> Iterator[Closing]:
    taker = trace.by_id[taken_by].record
    returned = trace.by_id[taken_by].returned
    began = [event.seq for event in taker.of(CloseBegan)]
    ended = [event.seq for event in taker.of(CloseEnded)]
    for event in span.record.of(CloseBegan):
        during: Literal["call", "iteration", "close", "after"] = "iteration"
        if taken_by and (returned is None or event.seq < returned.seq):
            during = "call"
        elif ended and event.seq > ended[0]:
            during = "after"
        elif began and event.seq > began[0]:
            during = "close"
        yield Closing(event.seq, trace.clock(event.at), taken_by, during)


def _faults(trace: Trace, span: Span, closings: tuple[Closing, ...], after_client: int) -> Iterator[Fault]:
    returned, record = span.returned, span.record
    if span.closed is False:
        yield "never closed"
    started = bool(record.of(IterationBegan)) or bool(record.of(IterationEnded)) or bool(span.emitted)
    if returned is not None and returned.type == _GENERATOR and not started and trace.done:
        yield "never started"
    if len(closings) > 1:
        yield "closed twice"
    if any(closing.during == "after" for closing in closings):
        yield "closed out of order"
    if closings and span.emitted and span.emitted[-1].seq > closings[0].seq:
        yield "used after close"
    if after_client > 1:
        # One item may be under way when the client leaves.
        yield "went on without client"
