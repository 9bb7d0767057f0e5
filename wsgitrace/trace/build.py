"""Events in, passes out: the one place that sorts events and decides which pass each belongs to.

It never raises and never guesses: a stream may be cut anywhere, lack any event or come in any order. A pass whose call
was not recorded still exists, under the server, because something is known to have happened in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from wsgitrace.events import Called, Event, ExchangeEvent, LayerFound, StartResponse, Wrote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

E = TypeVar("E", bound=ExchangeEvent)
_by_seq = attrgetter("seq")


@dataclass(slots=True)
class Pass:
    """What is known of one pass, sorted but not yet interpreted. Filled by :func:`gather`, read-only afterwards."""

    id: int
    """The span of its events."""
    parent: int | None
    """The pass it was called from; None for the server's own."""
    called: Called | None = None
    """The event that began it; None for the server and where it was not recorded."""
    events: list[Event] = field(default_factory=list)
    """Its own events by seq."""
    started: list[StartResponse] = field(default_factory=list)
    """Calls of the ``start_response`` that its caller gave it, by whichever pass, by seq."""
    wrote: list[Wrote] = field(default_factory=list)
    """Calls of the ``write`` that its caller gave it, by whichever pass, by seq."""
    children: list[int] = field(default_factory=list)
    """The passes that it called, in order."""
    kinds: dict[type[ExchangeEvent], list[Any]] = field(default_factory=dict)
    """Its own events by their type."""

    def of(self, kind: type[E]) -> list[E]:
        """Its own events of one type, by seq."""
        return self.kinds.get(kind) or []


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of one exchange, and its passes."""

    events: tuple[Event, ...]
    """All, by seq; an event that came twice is kept once."""
    layers: dict[int, LayerFound]
    """The layers known, by id."""
    passes: dict[int, Pass]
    """The passes, depth first, those of one parent in the order of their calls; the server's (0) comes first."""
    kinds: dict[type[ExchangeEvent], list[Any]]
    """The same by their type, by seq."""

    def of(self, *kinds: type[E]) -> list[E]:
        """The events of some types, of all passes, by seq."""
        found = [self.kinds[kind] for kind in kinds if kind in self.kinds]
        if len(found) == 1:
            return found[0]
        return sorted(chain.from_iterable(found), key=_by_seq)

    def has(self, seq: int) -> bool:
        """True when the event ``seq`` is recorded."""
        return self.event(seq) is not None

    def event(self, seq: int) -> Event | None:
        """The event ``seq``; None where it is not recorded."""
        events = self.events
        if 0 <= seq < len(events) and events[seq].seq == seq:
            return events[seq]  # as nearly always: nothing before it is lost
        index = bisect_left(events, seq, key=_by_seq)
        return events[index] if index < len(events) and events[index].seq == seq else None

    def until(self, seq: int) -> Recording:
        """The recording as it was when the event ``seq`` had just happened."""
        count = bisect_right(self.events, seq, key=_by_seq)
        return self if count == len(self.events) else arrange(self.events[:count], self.layers)


def gather(stream: Iterable[LayerFound | Event]) -> Recording:
    """Sort ``stream`` by seq and into passes. Of one seq that came twice the same, one is kept."""
    layers: dict[int, LayerFound] = {}
    events: list[Event] = []
    for item in stream:
        if isinstance(item, LayerFound):
            layers[item.id] = item
        else:
            events.append(item)
    events.sort(key=_by_seq)
    return arrange(_once(events), layers)


def _once(events: list[Event]) -> tuple[Event, ...]:
    """Leave out events that came twice: a batch may be delivered again."""
    if len({event.seq for event in events}) == len(events):
        return tuple(events)
    kept: list[Event] = []
    start = 0
    for event in events:
        if kept and kept[-1].seq == event.seq:
            if event in kept[start:]:
                continue
        else:
            start = len(kept)
        kept.append(event)
    return tuple(kept)


def arrange(events: Sequence[Event], layers: dict[int, LayerFound]) -> Recording:
    """Put ``events``, already by seq, into passes."""
    passes: dict[int, Pass] = {0: Pass(0, None)}
    kinds: dict[type[ExchangeEvent], list[Any]] = {}
    for event in events:
        span = passes.get(event.span) or _known(passes, event.span)
        if isinstance(event, Called):
            _begin(passes, span, event)
        elif isinstance(event, StartResponse):
            span.started.append(event)
            for outer in _through(event):
                _known(passes, outer).started.append(event)
        elif isinstance(event, Wrote):
            span.wrote.append(event)
            for outer in _through(event):
                _known(passes, outer).wrote.append(event)
        span.events.append(event)
        kind = type(event)
        for known in (span.kinds, kinds):
            if kind in known:
                known[kind].append(event)
            else:
                known[kind] = [event]
    return Recording(tuple(events), layers, _depth_first(passes), kinds)


def _through(event: StartResponse | Wrote) -> list[int]:
    """The outer passes whose caller saw the same call: the server's pass has no caller."""
    return [outer for outer in dict.fromkeys(event.through) if outer not in {0, event.span}]


def _known(passes: dict[int, Pass], span: int) -> Pass:
    found = passes.get(span)
    if found is None:
        found = passes[span] = Pass(span, 0)
    return found


def _begin(passes: dict[int, Pass], span: Pass, called: Called) -> None:
    """Take note of a call: the first one of a pass counts, and no pass may become its own ancestor."""
    if span.id == 0 or span.called is not None:
        return
    span.called = called
    above: int | None = _known(passes, called.parent).id
    while above is not None:
        if above == span.id:
            return
        above = passes[above].parent
    span.parent = called.parent


def _depth_first(passes: dict[int, Pass]) -> dict[int, Pass]:
    """Link children to parents and order the passes as they were called."""
    for span in sorted(passes.values(), key=_begun):
        if span.parent is not None:
            passes[span.parent].children.append(span.id)
    ordered: dict[int, Pass] = {}
    waiting = [0]
    while waiting:
        span = passes[waiting.pop()]
        ordered[span.id] = span
        waiting.extend(reversed(span.children))
    return ordered


def _begun(span: Pass) -> tuple[int, int]:
    """Where a pass stands among its siblings: by its call, else by the first that is known of it."""
    first = span.called or next(iter(span.events), None) or next(iter(span.started), None)
    return (-1 if first is None else first.seq, span.id)
