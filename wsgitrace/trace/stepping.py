"""Stepping over a recording: where a step stops, and which way the request is going there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from wsgitrace.events import (
    Called,
    Chunk,
    CloseBegan,
    Done,
    Event,
    HeadReceived,
    Held,
    InputRead,
    IterationEnded,
    Raised,
    Reached,
    Refused,
    ResponseHead,
    Returned,
    StartResponse,
    Wrote,
)
from wsgitrace.events.stepping import PASSING, Progress, stops

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import Way
    from wsgitrace.trace.model import Trace

BOUNDARIES: tuple[type[Event], ...] = (
    HeadReceived,
    Refused,
    Called,
    StartResponse,
    Wrote,
    Returned,
    Chunk,
    IterationEnded,
    Raised,
    CloseBegan,
    InputRead,
    Reached,
    ResponseHead,
    Done,
)
"""The events at which something crosses from one layer to another."""


def boundaries(trace: Trace) -> list[int]:
    """The seqs at which a step stops, ascending."""
    listed = _listed(trace)
    return [
        event.seq
        for event in trace.recording.of(*BOUNDARIES)
        if not (isinstance(event, Chunk) and event.span in listed)
    ]


def _listed(trace: Trace) -> frozenset[int]:
    """Passes that returned a list: its items crossed the boundary with it, and nothing stops at each of them."""
    return frozenset(event.span for event in trace.recording.of(Returned) if event.length is not None)


def after(stops: list[int], seq: int) -> int | None:
    """The next stop after ``seq``; None past the last."""
    index = bisect_right(stops, seq)
    return stops[index] if index < len(stops) else None


def before(stops: list[int], seq: int) -> int | None:
    """The next stop before ``seq``; None past the first."""
    index = bisect_left(stops, seq)
    return stops[index - 1] if index else None


KINDS: dict[type[Event], str] = {
    Called: "called",
    StartResponse: "start_response",
    Wrote: "write",
    Returned: "returned",
    Chunk: "chunk",
    IterationEnded: "end",
    Raised: "raised",
    CloseBegan: "close",
    InputRead: "input",
    Reached: "code",
    ResponseHead: "head",
}
"""What the events at which a step may end are called."""


def target(trace: Trace, seq: int, way: Way, layer: int = 0) -> int | None:
    """Where a step from the event ``seq`` ends over a recording; None where it meets nothing any more.

    ``layer``: for a step to the cursor, the layer. The same rule holds for a request that is held.
    """
    here = _at(trace, seq)
    if here is None:
        return None
    passes = trace.by_id
    around = set(_around(trace, here.span))
    progress = _progress(trace, here)
    listed = _listed(trace)
    for event in _from(trace, seq + 1):
        kind = "" if isinstance(event, Chunk) and event.span in listed else KINDS.get(type(event), "")
        span = passes.get(event.span)
        of_layer = span is not None and span.layer_id == layer
        own = event.span == here.span
        if stops(way, kind, own=own, outer=event.span in around, of_layer=of_layer, progress=progress):
            return event.seq
        if own:
            progress = progress.after(kind, pending=_pending(event))
    return None


def target_back(trace: Trace, seq: int, way: Way) -> int | None:
    """Where a step backwards from the event ``seq`` ends: ``over`` in this pass, ``out`` where it was called.

    Where that is here already: in the pass that called it. None where nothing comes before.
    """
    here = _at(trace, seq)
    if here is None:
        return None
    listed = _listed(trace)
    events = [event for event in _before(trace, seq) if not (isinstance(event, Chunk) and event.span in listed)]
    for span in (here.span, *_around(trace, here.span)):
        wanted = (Called, HeadReceived) if way == "out" else BOUNDARIES
        found = next((event for event in reversed(events) if event.span == span and isinstance(event, wanted)), None)
        if found is not None:
            return found.seq
    return None


def holds(trace: Trace) -> list[int]:
    """The events at which the request was held, ascending."""
    return sorted({event.event for event in trace.recording.of(Held)})


def ordinal(trace: Trace, seq: int) -> int:
    """Events before one, those left out that another run of the request may not have."""
    held = next((event for event in trace.recording.of(Held) if event.event == seq and event.ordinal >= 0), None)
    if held is not None:
        return held.ordinal
    return seq - sum(1 for event in _before(trace, seq) if isinstance(event, PASSING))


def unrecorded_before(trace: Trace, seq: int) -> int | None:
    """The ordinal of the boundary before the one that the request is held at, where that is not recorded; else None.

    Beyond the bound on events, and where some were dropped, a held request still knows what it came by.
    """
    held = next((event for event in trace.recording.of(Held) if event.event == seq), None)
    earlier = before(boundaries(trace), seq)
    if held is None or held.previous < 0 or (earlier is not None and ordinal(trace, earlier) >= held.previous):
        return None
    return held.previous


def _at(trace: Trace, seq: int) -> Event | None:
    """The event of a number."""
    return next((event for event in _from(trace, seq)[:1] if event.seq == seq), None)


def _from(trace: Trace, seq: int) -> tuple[Event, ...]:
    return trace.events[bisect_left(trace.events, seq, key=attrgetter("seq")) :]


def _before(trace: Trace, seq: int) -> tuple[Event, ...]:
    return trace.events[: bisect_left(trace.events, seq, key=attrgetter("seq"))]


def _around(trace: Trace, span_id: int) -> Iterable[int]:
    """The passes around a pass, innermost first."""
    span = trace.by_id.get(span_id)
    while span is not None and span.parent is not None and span.parent != span.id:
        yield span.parent
        span = trace.by_id.get(span.parent)


def _progress(trace: Trace, here: Event) -> Progress:
    """How far the pass of an event has come with it."""
    progress = Progress.INSIDE
    for event in _before(trace, here.seq + 1):
        if event.span == here.span:
            progress = progress.after(KINDS.get(type(event), ""), pending=_pending(event))
    return progress


def _pending(event: Event) -> bool:
    """Whether a pass that returns at an event has an iterable of its own, of which more is to come."""
    return isinstance(event, Returned) and event.passed is None and event.length is None


def direction(event: Event) -> Literal["in", "out", "here"]:
    """Which way things go at an event: ``in`` towards the application, ``out`` towards the client."""
    if isinstance(event, HeadReceived | Called | InputRead | CloseBegan):
        return "in"
    if isinstance(
        event, StartResponse | Wrote | Returned | Chunk | IterationEnded | Raised | ResponseHead | Done | Refused
    ):
        return "out"
    return "here"
