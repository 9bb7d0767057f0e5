"""The body on its way out: what each layer took in and gave out, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.events import Sent
from wsgitrace.trace.head import header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import Chunk, Wrote
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.response import BodyChange
    from wsgitrace.trace.span import Span


class Tick(NamedTuple):
    """One item."""

    at: int
    """Nanoseconds since the exchange began, time held left out."""
    length: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One layer's part; the first lane is the client's."""

    span: int
    """The pass; 0 for the client's lane: what went over the wire."""
    passing: tuple[int, ...]
    """Passes around it that handed on the very same iterable."""
    taken: tuple[Tick, ...]
    """Items that came from the layer inside."""
    given: tuple[Tick, ...]
    """Items that went on."""
    change: BodyChange | None
    """What it did to them; None where it made them."""
    coding: str
    """The content coding that it put on, as in ``gzip``; empty for none."""

    @property
    def first(self) -> int | None:
        """When its first byte went on; None before."""
        return next((tick.at for tick in self.given if tick.length > 0), None)

    @property
    def bytes_taken(self) -> int:
        """Bytes that came from inside."""
        return sum(tick.length for tick in self.taken)

    @property
    def bytes_given(self) -> int:
        """Bytes that went on."""
        return sum(tick.length for tick in self.given)

    @property
    def buffers(self) -> bool:
        """True when all of several items had come before the first went on."""
        return self.change is not None and self.change.buffered

    @property
    def held_back(self) -> int:
        """Nanoseconds from the first byte that came to the first that went on, time held left out; 0 without both."""
        came = next((tick.at for tick in self.taken if tick.length > 0), None)
        return 0 if came is None or self.first is None else max(self.first - came, 0)

    @property
    def held_most(self) -> int:
        """Bytes that it had taken and not given on at the same time, at most; of one that changes them as they came.

        What is made larger or smaller counts as gone on with the last item that had come before.
        """
        if self.buffers:
            return self.bytes_taken
        outs = sorted(tick.at for tick in self.given)
        most = waiting = index = 0
        for tick in self.taken:
            while index < len(outs) and outs[index] < tick.at:
                waiting, index = 0, index + 1
            waiting += tick.length
            most = max(most, waiting)
        return most


def lanes(trace: Trace) -> tuple[Lane, ...]:
    """The client's lane, then those of the layers from the outermost inwards; none where there was no body."""
    outermost = trace.outermost
    if outermost is None:
        return ()
    wire = _wire(trace)
    found = [Lane(0, (), _ticks(trace, outermost.items), wire, None, "")] if wire else []
    span: Span | None = outermost
    passing: list[int] = []
    while span is not None:
        inner = span.inner
        if inner is not None and inner.owner is span.owner and len(inner.items) == len(span.items):
            passing.append(span.id)
        elif inner is None or not span.framework:
            found.append(_lane(trace, span, tuple(passing)))
            passing = []
        span = inner if inner is None or not inner.framework else None
    return tuple(found) if any(lane.given or lane.taken for lane in found) else ()


def buffering(trace: Trace) -> tuple[Lane, ...]:
    """The layers that held a whole body back, the worst first."""
    return tuple(sorted((lane for lane in lanes(trace) if lane.buffers), key=lambda lane: -lane.held_back))


def _lane(trace: Trace, span: Span, passing: tuple[int, ...]) -> Lane:
    inner = span.inner if span.inner is not None and not span.inner.framework else None
    taken = () if inner is None else _ticks(trace, inner.items)
    coding = header(span.headers, "content-encoding") or ""
    before = "" if inner is None else header(inner.headers, "content-encoding") or ""
    return Lane(
        span.id,
        passing,
        taken,
        _ticks(trace, span.items),
        None if inner is None else span.response_changes.body,
        coding if coding.lower() != before.lower() else "",
    )


def _ticks(trace: Trace, items: Iterable[Chunk | Wrote]) -> tuple[Tick, ...]:
    clock = trace.clock if trace.held else int
    return tuple([Tick(clock(item.at), max(0, item.length)) for item in items])


def _wire(trace: Trace) -> tuple[Tick, ...]:
    """What went over the wire; several writes at a time are one."""
    found, before = [], 0
    for event in trace.root.record.of(Sent):
        if event.total > before:
            found.append(Tick(trace.clock(event.at), event.total - before))
            before = event.total
    return tuple(found)
