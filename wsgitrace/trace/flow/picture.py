"""From a trace to its picture."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsgitrace.events import Raised, Sent
from wsgitrace.trace.flow.changes import changes
from wsgitrace.trace.flow.columns import columns
from wsgitrace.trace.flow.crossings import Crossings
from wsgitrace.trace.flow.gathering import gather_traffic, with_gaps
from wsgitrace.trace.flow.model import CLIENT, Flow, Life, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import Event
    from wsgitrace.trace.flow.columns import Columns
    from wsgitrace.trace.flow.crossings import Crossing
    from wsgitrace.trace.flow.model import Change
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span


def flow(trace: Trace, *, whole: bool = False) -> Flow:
    """The picture of an exchange.

    What is insignificant is left out unless ``whole``: passes that changed nothing are narrow columns that things go
    through, and events that say no more than others are no rows. Many items of a body in a row are one row.
    """
    cols = columns(trace, whole=whole)
    rows = gather_traffic(_rows(trace, cols, whole=whole))
    placed = tuple(with_gaps(rows, trace.clock(trace.clock.end)))
    return Flow(trace, whole, cols.all, placed, _lives(trace, cols, placed))


def significant(trace: Trace) -> frozenset[int]:
    """The events that the picture has when it leaves out what is insignificant; all of the many items of a body."""
    return frozenset(row.seq for row in _rows(trace, columns(trace, whole=False), whole=False))


@dataclass(slots=True)
class _Drawing:
    """Rows as they come about."""

    columns: Columns
    whole: bool
    rows: list[Row] = field(default_factory=list)
    waiting: dict[int, tuple[Change, ...]] = field(default_factory=dict)
    """By column: changes that were seen at a call of a quiet layer, and are told of at the call that goes on."""

    def add(self, seq: int, at: int, crossing: Crossing, found: tuple[Change, ...]) -> None:
        """Draw an event, or leave it out."""
        kind, by, start, end, length = crossing
        shown = self.columns.shown
        whose = end if kind in {"call", "close"} else by
        hidden = not self.whole and (kind == "minor" or shown[whose] != whose)
        by, start, end = shown[by], shown[start], shown[end]
        if hidden and not found:
            return
        if hidden and kind == "call":
            self.waiting[by] = (*self.waiting.get(by, ()), *found)
            return
        if kind == "minor" and found:
            kind = "held" if found[0].kind == "held" else "environ"
        if self.waiting and by in self.waiting:
            found = (*self.waiting.pop(by), *found)
        self.rows.append(Row(kind, seq, at, by, start, end, found, length, at))


def _rows(trace: Trace, cols: Columns, *, whole: bool) -> list[Row]:
    """A row for each event that is drawn."""
    seen = changes(trace)
    tell = Crossings(cols)
    clock = trace.clock if trace.held else int
    drawing = _Drawing(cols, whole)
    sent = 0
    for event in trace.events:
        crossing = tell(event)
        if isinstance(event, Sent):
            if event.total <= sent:
                continue
            crossing, sent = (*crossing[:-1], event.total - sent), event.total
        drawing.add(event.seq, clock(event.at), crossing, seen.get(event.seq, ()))
    return drawing.rows


def _lives(trace: Trace, cols: Columns, rows: Sequence[Row]) -> tuple[tuple[Life, ...], ...]:
    """By column: from which row to which its passes were open."""
    seqs = [row.seq for row in rows]
    last = max(0, len(rows) - 1)

    def at(event: Event | None) -> int:
        return last if event is None else max(0, bisect_right(seqs, event.seq) - 1)

    def from_row(event: Event | None) -> int:
        index = 0 if event is None else min(last, bisect_left(seqs, event.seq))
        return index + 1 if index < last and rows[index].kind == "gap" else index

    found: list[tuple[Life, ...]] = []
    for column in cols.all:
        if column.index == CLIENT:
            found.append((Life(0, last, last),))
            continue
        lives = []
        for span in (trace.by_id[number] for number in column.spans):
            if span.id == 0:
                lives.append(Life(0, last, last))
                continue
            first = from_row(span.record.called or (span.events[0] if span.events else None))
            left = _left(span)
            returned = at(left) if left is not None or span.over else last
            over = max(returned, at(span.events[-1])) if span.owner is span and span.events else returned
            lives.append(Life(first, max(first, returned), max(first, over)))
        found.append(tuple(sorted(lives)))
    return tuple(found)


def _left(span: Span) -> Event | None:
    """The event with which its call was over."""
    if span.returned is not None:
        return span.returned
    return next((event for event in span.record.of(Raised) if event.during == "call"), None)
