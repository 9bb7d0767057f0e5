"""The Events tab: everything that happened, in order."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from wsgitrace.events import Called, HeadReceived, Held, Raised, Released, StartResponse, Truncated
from wsgitrace.trace.describe import describe
from wsgitrace.trace.edited import of_user
from wsgitrace.trace.stepping import direction
from wsgitrace.tui.painting import LazyRows, Row, Run, fit, pad_left
from wsgitrace.tui.units import duration

if TYPE_CHECKING:
    from collections.abc import Hashable

    from wsgitrace.events import Event
    from wsgitrace.trace import Trace
    from wsgitrace.tui.lines.values import Shown

__all__ = ["ARROWS", "Timeline", "event_text"]

ARROWS = {"in": "▼", "out": "▲", "here": "·"}
"""Towards the application, towards the client, neither."""


def event_text(event: Event, shown: Shown) -> str:
    """One line about an event, masked."""
    if isinstance(event, HeadReceived):
        method, _, rest = event.raw.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target, _, _ = rest.rpartition(" ")
        return f"request {method} {shown.target(target or rest)} from {event.peer}"
    return shown.prose(describe(event))


def role_of(event: Event) -> str:
    """The look of an event."""
    if isinstance(event, Raised):
        return "error"
    if isinstance(event, Held | Released):
        return "held"
    if isinstance(event, Truncated):
        return "warning"
    return "plain" if isinstance(event, Called | StartResponse) else "value"


class Timeline(LazyRows):
    """One row per event; those of one pass stand out. Ten thousand events are no more to show than fifty."""

    def __init__(self, trace: Trace, span: int, cells: int, shown: Shown, position: int | None = None) -> None:
        self._trace = trace
        self._look = (span, cells, shown, position)
        self._names = {each.id: each.name for each in trace.spans}
        longest = max((len(name) for name in self._names.values()), default=6)
        self._name_width = max(6, min(longest, cells // 4, 20))
        self._digits = max(2, len(str(trace.events[-1].seq)) if trace.events else 2)

    def __len__(self) -> int:
        return len(self._trace.events) + bool(self._trace.lost)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self._trace is other._trace and self._look == other._look

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: Hashable) -> int | None:
        """The position of an event, by ``("event", seq)``."""
        if not isinstance(key, tuple) or key[0] != "event":
            return None
        index = bisect_left(self._trace.events, key[1], key=attrgetter("seq"))
        found = index < len(self._trace.events) and self._trace.events[index].seq == key[1]
        return index if found else None

    def row(self, index: int) -> Row:
        """One event."""
        trace = self._trace
        if index == len(trace.events):
            return Row((Run(f"  {trace.lost:,} events were not recorded", "warning"),))
        span, _, shown, position = self._look
        event = trace.events[index]
        mine = event.span == span
        role = role_of(event)
        return Row(
            (
                Run("▸" if event.seq == position else " ", "held"),
                Run(pad_left(str(event.seq), self._digits) + " ", "faint"),
                Run(pad_left(duration(trace.clock(event.at)), 7) + " ", "dim"),
                Run(ARROWS[direction(event)] + " ", "accent" if mine else "faint"),
                Run(fit(self._names.get(event.span, "?"), self._name_width) + " ", "key" if mine else "dim"),
                Run(self._text(event, shown), role if mine or role != "value" else "dim"),
            ),
            key=("event", event.seq),
        )

    def _text(self, event: Event, shown: Shown) -> str:
        """What happened; what the user answered in the place of a layer is the edit that it is."""
        return f"edit: {event_text(event, shown)}" if of_user(self._trace, event) else event_text(event, shown)
