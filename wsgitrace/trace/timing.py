"""Where the time went.

Each instant of an exchange is the self time of exactly one pass: the innermost that was active then, by its call, a
``next()`` or a ``close()``. The inclusive time of a pass is its own and that of all passes it called, so that the
self times of an exchange add up to its duration. Time held by the debugger does not exist here.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.events import (
    Chunk,
    CloseBegan,
    CloseEnded,
    Done,
    Held,
    IterationEnded,
    Raised,
    Released,
    Returned,
)
from wsgitrace.trace.sweep import Interval, length, share

if TYPE_CHECKING:
    from wsgitrace.trace.build import Pass, Recording


_at = attrgetter("at")

_NEXTS: Final[tuple[type[Chunk | IterationEnded], ...]] = (Chunk, IterationEnded)
"""What ``next()`` ends with when it does not raise."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Nanoseconds spent in one pass, time held left out."""

    inclusive: int = 0
    """In the pass and in the passes it called."""
    self_time: int = 0
    """In the pass alone."""
    call: int = 0
    """Of ``inclusive``: in the call itself."""
    iterate: int = 0
    """Of ``inclusive``: in ``next()`` of what it returned."""
    close: int = 0
    """Of ``inclusive``: in ``close()`` of what it returned."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time of an exchange without the time that it was held."""

    end: int
    """The last instant known, held time included."""
    starts: tuple[int, ...] = ()
    """When the exchange was held, ascending."""
    stops: tuple[int, ...] = ()
    """When it went on, one for each start."""
    before: tuple[int, ...] = (0,)
    """Nanoseconds held before each start, and in all at the end."""

    @property
    def held(self) -> int:
        """Nanoseconds held in all."""
        return self.before[-1]

    def __call__(self, at: int) -> int:
        """Nanoseconds of ``at`` without the time held before it."""
        at = min(max(at, 0), self.end)
        if not self.starts:
            return at
        index = bisect_right(self.starts, at)
        if index and at < self.stops[index - 1]:
            at = self.starts[index - 1]
            return at - self.before[index - 1]
        return at - self.before[index]


def set_clock(recording: Recording) -> Clock:
    """Find when the exchange was held. A hold without its end lasts until the last instant known."""
    end = max(map(_at, recording.events), default=0)
    end = max(end, 0)
    spans: list[Interval] = []
    opened: int | None = None
    for event in recording.of(Held, Released):
        if isinstance(event, Held):
            opened = event.at if opened is None else opened
        elif isinstance(event, Released):
            spans.append((event.at - event.held, event.at))
            opened = None
    if opened is not None:
        spans.append((opened, end))
    starts: list[int] = []
    stops: list[int] = []
    before = [0]
    for start, stop in sorted((max(start, 0), min(stop, end)) for start, stop in spans):
        start = max(start, stops[-1] if stops else 0)  # noqa: PLW2901 -- holds do not overlap
        if stop > start:
            starts.append(start)
            stops.append(stop)
            before.append(before[-1] + stop - start)
    return Clock(end, tuple(starts), tuple(stops), tuple(before))


class Activity(NamedTuple):
    """When one pass was active."""

    call: tuple[Interval, ...] = ()
    """In its call."""
    nexts: tuple[Interval, ...] = ()
    """In ``next()`` of what it returned, those that took no time left out."""
    close: tuple[Interval, ...] = ()
    """In ``close()`` of what it returned."""

    @property
    def all(self) -> tuple[Interval, ...]:
        """All of it."""
        return (*self.call, *self.nexts, *self.close)


@dataclass(frozen=True, slots=True)
class Doings:
    """When each pass was active, and how the time is shared out among them."""

    active: dict[int, Activity]
    """By pass."""
    alone: dict[int, int]
    """By pass: nanoseconds in it alone."""
    inclusive: dict[int, int]
    """By pass: nanoseconds in it and in those that it called."""


def follow_time(recording: Recording) -> Doings:
    """Share out the time of an exchange. The server's own pass lasts as long as the exchange."""
    clock = set_clock(recording)
    done = bool(recording.passes[0].of(Done))
    active = {span: activity(record, clock, done=done) for span, record in recording.passes.items()}
    active[0] = Activity(call=_on(clock, [(0, clock.end)]))
    parents = {span: record.parent for span, record in recording.passes.items()}
    return Doings(active, *share(parents, {span: doing.all for span, doing in active.items()}))


def activity(record: Pass, clock: Clock, *, done: bool) -> Activity:
    """When a pass was active, by the clock of the exchange. What has not ended lasts until the last instant known."""
    raised = record.of(Raised)
    nexts = [(event.at - event.took, event.at) for kind in _NEXTS for event in record.of(kind) if event.took > 0]
    nexts += [(event.at - event.took, event.at) for event in raised if event.took > 0 and event.during == "next"]
    close: list[Interval] = []
    ends = record.of(CloseEnded)
    for index, began in enumerate(record.of(CloseBegan)):
        close.append((began.at, _stop(record, ends[index].at if index < len(ends) else None, clock, done=done)))
    if not close:
        close = [(event.at - event.took, event.at) for event in ends if event.took > 0]
    call: list[Interval] = []
    if record.called is not None:
        over = [event.at for event in record.of(Returned)] or [event.at for event in raised if event.during == "call"]
        call.append((record.called.at, _stop(record, over[0] if over else None, clock, done=done)))
    return Activity(_on(clock, call), _on(clock, nexts), _on(clock, close))


def _stop(record: Pass, at: int | None, clock: Clock, *, done: bool) -> int:
    if at is not None:
        return at
    return max(event.at for event in record.events) if done else clock.end


def _on(clock: Clock, intervals: list[Interval]) -> tuple[Interval, ...]:
    """The intervals by the clock, those left out in which it stood still."""
    if not intervals:
        return ()
    if clock.starts:
        intervals = [(clock(start), clock(stop)) for start, stop in intervals]
    end = clock.end
    clipped = [(max(0, start), min(end, stop)) for start, stop in intervals]
    return tuple([(start, stop) for start, stop in clipped if stop > start])


def measure(recording: Recording, doings: Doings) -> dict[int, Timing]:
    """Time each pass."""
    timings: dict[int, Timing] = {}
    for span, doing in doings.active.items():
        owner = doings.active[_owner(recording, span)]
        inclusive = doings.inclusive[span]
        call = length(doing.call)
        close = min(length(owner.close), max(inclusive - call, 0))
        iterate = 0 if span == 0 else max(inclusive - call - close, 0)
        timings[span] = Timing(inclusive, doings.alone[span], min(call, inclusive), iterate, close)
    return timings


def _owner(recording: Recording, span: int) -> int:
    """The pass whose iterable a pass returned: its own, or that of an inner one."""
    seen = {span}
    while True:
        returned = recording.passes[span].of(Returned)
        inner = returned[0].passed if returned else None
        if inner is None or inner in seen or inner not in recording.passes:
            return span
        seen.add(inner)
        span = inner
