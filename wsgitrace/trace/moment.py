"""One moment of a request: a trace as of one event, and the environ in the hands of the pass then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import Edited, Held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import Value
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

__all__ = ["Moment", "environ_now"]


class Moment:
    """A trace as of one event, and the moment before it that it is compared with."""

    def __init__(self, trace: Trace, seq: int, before: int | None, last: Moment | None = None) -> None:
        """``last``: the one that was looked at before; what is known of the same trace there is not found out again."""
        self.whole = trace
        known: dict[int, Trace] = {} if last is None or last.whole is not trace else last.known
        self.trace = known.get(seq) or trace.at(seq)
        self.event = self.trace.events[-1]
        self.earlier = None if before is None else known.get(before) or trace.at(before)
        self.known: dict[int, Trace] = {seq: self.trace}
        if before is not None and self.earlier is not None:
            self.known[before] = self.earlier

    @property
    def span(self) -> Span:
        """The pass in which the event happened."""
        return self.trace.by_id[self.event.span]

    @property
    def environ(self) -> dict[str, Value]:
        """The environ in the hands of the pass; where it was held, as it was told then."""
        found = environ_now(self.trace)
        told = [held for held in self.whole.recording.of(Held) if held.event == self.event.seq]
        return _with_what_was_told(found, told) if told else found

    @property
    def environ_before(self) -> dict[str, Value]:
        """The environ at the stop before; the same one where there is none."""
        return environ_now(self.earlier) if self.earlier is not None else self.environ


def environ_now(trace: Trace) -> dict[str, Value]:
    """The environ of the pass in which the last event of a trace happened."""
    span = trace.by_id[trace.events[-1].span] if trace.events else trace.root
    if span.id == 0:
        span = next((each for each in reversed(trace.spans) if each.environ), span)
    found = span.environ_left if span.environ_left is not None else span.environ
    told: list[Held | Edited] = [
        event
        for event in trace.recording.of(Held, Edited)
        if isinstance(event, Held | Edited) and event.span == span.id
    ]
    return _with_what_was_told(found, told) if told else found


def _with_what_was_told(environ: dict[str, Value], told: Iterable[Held | Edited]) -> dict[str, Value]:
    """What a stop told of the environ since the pass was called, and what the user changed there."""
    now = dict(environ)
    for event in told:
        changed: dict[str, Value] = event.environ if isinstance(event, Held) else {}
        removed = set(event.removed) if isinstance(event, Held) else set()
        if isinstance(event, Edited) and event.what == "environ":
            changed, removed = ({}, {event.name}) if event.after is None else ({event.name: event.after}, set())
        now.update(changed)
        for key in removed:
            now.pop(key, None)
    return now
