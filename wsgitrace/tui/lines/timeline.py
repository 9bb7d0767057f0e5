"""The Events tab: everything that happened, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import Called, HeadReceived, Held, Raised, Released, StartResponse, Truncated
from wsgitrace.trace.describe import describe
from wsgitrace.trace.stepping import direction
from wsgitrace.tui.painting import Row, Run, fit, pad_left
from wsgitrace.tui.units import duration

if TYPE_CHECKING:
    from wsgitrace.events import Event
    from wsgitrace.trace import Trace
    from wsgitrace.tui.lines.values import Shown

__all__ = ["ARROWS", "event_text", "timeline_rows"]

ARROWS = {"in": "▼", "out": "▲", "here": "·"}
"""Towards the application, towards the client, neither."""


def event_text(event: Event, shown: Shown) -> str:
    """One line about an event, masked."""
    if isinstance(event, HeadReceived):
        method, _, rest = event.raw.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target, _, _ = rest.rpartition(" ")
        return f"request {method} {shown.target(target or rest)} from {event.peer}"
    return describe(event)


def role_of(event: Event) -> str:
    """The look of an event."""
    if isinstance(event, Raised):
        return "error"
    if isinstance(event, Held | Released):
        return "held"
    if isinstance(event, Truncated):
        return "warning"
    return "plain" if isinstance(event, Called | StartResponse) else "value"


def timeline_rows(trace: Trace, span: int, cells: int, shown: Shown, position: int | None = None) -> list[Row]:
    """One row per event; those of the pass ``span`` stand out. ``position``: an event that is marked as here."""
    names = {each.id: each.name for each in trace.spans}
    name_width = max(6, min(max((len(name) for name in names.values()), default=6), cells // 4, 20))
    digits = max(2, len(str(trace.events[-1].seq)) if trace.events else 2)
    rows: list[Row] = []
    for event in trace.events:
        mine = event.span == span
        here = event.seq == position
        runs = (
            Run("▸" if here else " ", "held"),
            Run(pad_left(str(event.seq), digits) + " ", "faint"),
            Run(pad_left(duration(trace.clock(event.at)), 7) + " ", "dim"),
            Run(ARROWS[direction(event)] + " ", "accent" if mine else "faint"),
            Run(fit(names.get(event.span, "?"), name_width) + " ", "key" if mine else "dim"),
            Run(event_text(event, shown), role_of(event) if mine or role_of(event) != "value" else "dim"),
        )
        rows.append(Row(runs, key=("event", event.seq)))
    if trace.lost:
        rows.append(Row((Run(f"  {trace.lost:,} events were not recorded", "warning"),)))
    return rows
