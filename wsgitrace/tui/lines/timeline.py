"""The Events tab: everything that happened, in order."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import TYPE_CHECKING

from wsgitrace.events import Called, Edited, HeadReceived, Held, Raised, Released, StartResponse, Truncated
from wsgitrace.trace.describe import describe
from wsgitrace.trace.edited import masked_edit, of_user
from wsgitrace.trace.flow import changes
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
    if isinstance(event, Edited):
        event = masked_edit(event, shown.masker.value)
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

    def __init__(  # noqa: PLR0917 -- what is looked at, where, and how
        self,
        trace: Trace,
        span: int,
        cells: int,
        shown: Shown,
        position: int | None = None,
        only: frozenset[int] | None = None,
    ) -> None:
        """``position``: the event that one stands at; ``only``: the events that are shown, None for all."""
        self._trace = trace
        self._events = trace.events if only is None else tuple(event for event in trace.events if event.seq in only)
        self._look = (span, cells, shown, position, len(self._events))
        self._names = {each.id: each.name for each in trace.spans}
        longest = max((len(name) for name in self._names.values()), default=6)
        self._name_width = max(6, min(longest, cells // 4, 20))
        self._digits = max(2, len(str(trace.events[-1].seq)) if trace.events else 2)

    def __len__(self) -> int:
        return len(self._events) + bool(self._trace.lost or self._left_out)

    @property
    def _left_out(self) -> int:
        return len(self._trace.events) - len(self._events)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self._trace is other._trace and self._look == other._look

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: Hashable) -> int | None:
        """The position of an event, by ``("event", seq)``."""
        if not isinstance(key, tuple) or key[0] != "event":
            return None
        index = bisect_left(self._events, key[1], key=attrgetter("seq"))
        found = index < len(self._events) and self._events[index].seq == key[1]
        return index if found else None

    def change_beside(self, index: int, step: int) -> Hashable:
        """The key of the next row at which something changed, or with -1 of the one before; None for none."""
        seqs = sorted(changes(self._trace))
        events = self._events
        at = events[index].seq if index < len(events) else events[-1].seq + 1 if events else 0
        ahead = [seq for seq in seqs if (seq - at) * step > 0 and self.find(("event", seq)) is not None]
        return ("event", ahead[0] if step > 0 else ahead[-1]) if ahead else None

    def row(self, index: int) -> Row:
        """One event."""
        trace = self._trace
        if index == len(self._events):
            lost = f"  {trace.lost:,} events were not recorded" if trace.lost else ""
            left = f"  {self._left_out:,} insignificant events are left out: v shows them" if self._left_out else ""
            return Row((Run(lost, "warning"), Run(left, "dim")))
        span, _, shown, position, _ = self._look
        event = self._events[index]
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
