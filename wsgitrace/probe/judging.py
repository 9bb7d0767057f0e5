"""Rules that a live request breaks: the linter over what is recorded of it so far, for breakpoints on rules.

It looks at everything anew each time, so it looks only where an event may have broken something; and where there are
very many such, at as many of them as keep the whole in proportion to the number of events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import (
    Called,
    Chunk,
    CloseBegan,
    CloseEnded,
    Done,
    InputRead,
    IterationEnded,
    Misfit,
    Raised,
    ResponseHead,
    Returned,
    StartResponse,
    Wrote,
    from_text,
)
from wsgitrace.query.targets import readable_path
from wsgitrace.trace import Trace
from wsgitrace.trace.lint import Ignores, lint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import Event
    from wsgitrace.probe.recorder import How, Recording

__all__ = ["Judge"]

_TELLING: Final = frozenset(
    {Called, StartResponse, Returned, IterationEnded, CloseBegan, CloseEnded, Raised, Misfit, ResponseHead}
)
"""Events of which any may break a rule; of the others some may."""

_FREE: Final = 50_000
"""Events that are looked at, counted anew each time, without a thought for what that costs: half a second's worth."""

_RATE: Final = 16
"""Beyond that each event recorded allows for looks at so many."""


class Judge:
    """What rules one exchange has broken. ``events``: all of its events, to which others add."""

    def __init__(self, recording: Recording, events: Sequence[Event]) -> None:
        self._recording = recording
        self._events = events
        self._ignores = Ignores(recording.start.ignored)
        self._path = readable_path(recording.handle.target)
        self._known: set[tuple[str, int, str]] = set()
        self._seen = 0
        self._spent = 0
        self._waits = False
        """Something that was seen has yet to be looked at."""
        self._announced: int | None = None
        self._sizes: dict[int, int] = {}
        self._once: set[tuple[type, int]] = set()

    def look(self, how: How | None = None) -> list[tuple[str, str, str]]:
        """Rules that are known to be broken now and were not at the last look.

        Of each the layer, how grave it is and which, and a sentence for people.

        ``how``: the request is over, in that way.
        """
        new = self._events[self._seen :]
        self._seen += len(new)
        for event in new:
            self._waits |= self._may_tell(event)
        if how is None and not (self._waits and self._spent + self._seen <= _FREE + _RATE * self._seen):
            return []
        self._spent += self._seen
        self._waits = False
        return self._judge(how)

    def _judge(self, how: How | None) -> list[tuple[str, str, str]]:
        recording = self._recording
        reported = recording.exchanges.layers.reported
        events: list[Any] = [reported[one] for one in {span.layer.id for span in recording.spans} if one in reported]
        events += self._events
        if how is not None:
            last = self._events[-1]
            events.append(Done(last.seq + 1, 0, last.thread, last.at, how))
        trace = Trace.from_events(events)
        found = []
        for broken in self._ignores.heed(lint(trace), self._path):
            known = broken.rule.id, broken.span, broken.severity  # what comes of it may make it graver
            if known not in self._known:
                self._known.add(known)
                span, rule = trace.span(broken.span), broken.rule.id
                layer = span.layer.name if span.layer is not None else span.name
                said = f"{rule} {broken.severity} {span.name}: {broken.text}"
                found.append((layer, f"{broken.severity}:{rule.casefold()}", said))
        return found

    def _may_tell(self, event: Event) -> bool:
        """Whether a rule may be broken by an event. Must be shown every event, in their order."""
        kind = type(event)
        if isinstance(event, Chunk):
            before = self._sizes.get(event.span, 0)
            size = self._sizes[event.span] = before + max(event.length, 0)
            longer = self._announced is not None and size > self._announced and self._first(Chunk, event.span)
            return not before or longer or (CloseEnded, event.span) in self._once
        if isinstance(event, InputRead):
            return self._first(kind, event.span) or (event.asked is not None and 0 <= event.asked < event.got)
        if isinstance(event, Wrote):
            return self._first(kind, event.span) or (Returned, event.span) in self._once
        if isinstance(event, StartResponse):
            lengths = [from_text(value) for name, value in event.headers if from_text(name).lower() == "content-length"]
            self._announced = next((int(each) for each in lengths if each.isascii() and each.isdigit()), None)
        elif kind in {Returned, CloseEnded}:
            self._once.add((kind, event.span))
        return kind in _TELLING

    def _first(self, kind: type, span: int) -> bool:
        first = (kind, span) not in self._once
        self._once.add((kind, span))
        return first
