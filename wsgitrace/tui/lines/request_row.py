"""A request as one row of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.trace.naming import short_name
from wsgitrace.tui import units
from wsgitrace.tui.lines.bars import bar, nice_step
from wsgitrace.tui.lines.notes import SERVER_ERROR, flag, note, refusal
from wsgitrace.tui.painting import Line, Run, fit, pad_left

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.trace.badges import Badges
    from wsgitrace.tui.lines.values import Shown

__all__ = ["Columns", "Sorted", "column_at", "head_line", "next_scale", "request_line", "status_role"]

CLIENT_ERROR = 400
REDIRECT = 300

_OPEN = {"held": "‖ held", "streaming": "streaming ›", "running": "running"}
"""What stands where the bar will be, by state."""


class Sorted(NamedTuple):
    """The order of a list."""

    column: str
    """Name of the column, as in :data:`~wsgitrace.capture.ORDERS`."""
    descending: bool
    """The largest first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns of a list; 0: the column is left out."""

    number: int
    time: int
    method: int
    path: int
    bar: int
    layers: int
    note: int
    route: int = 0
    view: int = 0

    @classmethod
    def of(cls, cells: int, newest: int, *, named: bool = False) -> Columns:
        """The columns that fit into ``cells``; the path is the last to go. ``named``: there are routes or views."""
        number = max(4, len(str(newest)))
        time = 8 if cells >= 72 else 0  # noqa: PLR2004 -- where the path would get under 16 cells
        layers = 3 if cells >= 90 else 0  # noqa: PLR2004 -- likewise
        fixed = 3 + number + 1 + (time + 1 if time else 0) + 8 + 4 + 8 + 6 + (layers + 1 if layers else 0)
        flexible = cells - fixed
        named = named and cells >= 120  # noqa: PLR2004 -- likewise
        # Names tell more than bars, where there is no room for both.
        bars = min(24, flexible // 6) if cells >= (140 if named else 90) else 0
        flexible -= bars + 1 if bars else 0
        names = min(32, flexible * 2 // 9) if named else 0
        flexible -= 2 * (names + 1) if names else 0
        notes = max(0, min(44, flexible * 2 // 5)) if flexible >= 24 else 0  # noqa: PLR2004 -- likewise
        return cls(number, time, 7, max(1, flexible - (notes + 1 if notes else 0)), bars, layers, notes, names, names)

    def has(self, name: str) -> bool:
        """Whether the column that orders by ``name`` is among them."""
        return bool(getattr(self, name, 1))


def head_line(columns: Columns, scale: int, order: Sorted | None = None) -> Line:
    """The line above the rows; ``scale`` is what a full duration bar means, nanoseconds."""
    runs = []
    for name, text in _heads(columns, scale):
        if order is not None and name == order.column:
            runs.append(Run(_marked(text, "▼" if order.descending else "▲"), "strong"))
        else:
            runs.append(Run(text, "heading"))
    return tuple(runs)


def column_at(columns: Columns, cell: int) -> str:
    """Name of the column whose head covers a cell; empty for what nothing can be ordered by."""
    for name, text in _heads(columns, units.MILLI):
        if cell < len(text):
            return name
        cell -= len(text)
    return ""


def _heads(columns: Columns, scale: int) -> Iterator[tuple[str, str]]:
    """Names and texts, from the left; no name: nothing can be ordered by it."""
    yield "number", "   " + pad_left("#", columns.number) + " "
    if columns.time:
        yield "number", fit("TIME", columns.time) + " "
    yield "method", fit("METHOD", columns.method) + " "
    yield "path", fit("PATH", columns.path)
    if columns.route:
        yield "route", " " + fit("ROUTE", columns.route)
        yield "view", " " + fit("VIEW", columns.view)
    yield "status", "  ST"
    yield "duration", "   TOTAL"
    if columns.bar:
        unit = _scale_name(scale)
        shown = " 0" + pad_left(unit, columns.bar - 1) if columns.bar > len(unit) + 2 else " " * (columns.bar + 1)
        yield "", shown
    yield "size", "  SIZE"
    if columns.layers:
        yield "layers", " LYR"
    if columns.note:
        yield "", " " + fit("NOTE", columns.note)


def _marked(text: str, mark: str) -> str:
    """A head with a sign at the name, in the place of a blank: before it where it stands to the right, else behind."""
    name = text.strip()
    at = text.index(name)
    return f"{text[: at - 1]}{mark}{name}{text[at + len(name) :]}" if at else f"{name}{mark}{text[len(name) + 1 :]}"


def request_line(  # noqa: PLR0917 -- what a row is painted from
    row: Summary,
    columns: Columns,
    scale: int,
    now: int,
    shown: Shown,
    badges: Badges = (),
    watched: tuple[str, str] | None = None,
) -> Line:
    """One request; ``now`` is the wall clock, for those that are still open. ``watched``: a text that comes first."""
    mark, mark_role = flag(row)
    runs = [
        Run("★" if row.pinned else " ", "accent"),
        Run(mark + " ", mark_role),
        Run(pad_left(str(row.number), columns.number) + " ", "dim"),
    ]
    if columns.time:
        runs.append(Run(units.clock(row.wall) + " ", "dim"))
    reason = "" if row.target else refusal(row)[0]
    runs += [
        Run(fit(row.method or "·", columns.method) + " ", "method"),
        Run(
            fit(f"refused: {shown.prose(reason)}" if reason else shown.target(row.target), columns.path),
            "dim" if reason else "plain",
        ),
    ]
    if columns.route:
        runs.append(Run(" " + fit(shown.prose(row.route), columns.route), "dim"))
        runs.append(Run(" " + fit(shown.prose(short_name(row.view)), columns.view), "plain"))
    runs.append(Run(pad_left("" if row.status is None else str(row.status), 4), status_role(row.status)))
    runs += _times(row, columns, scale, now)
    runs.append(Run(pad_left(units.size(row.response_size) if row.status is not None else "", 6), "dim"))
    if columns.layers:
        runs.append(Run(pad_left(str(row.layers) if row.layers else "", columns.layers + 1), "dim"))
    if columns.note:
        text, role = note(row, view=not columns.view, badges=badges)
        if watched is not None:
            text, role = ", ".join(filter(None, [watched[0], text])), watched[1]
        runs.append(Run(" " + fit(shown.prose(text), columns.note), role))
    return tuple(runs)


def _times(row: Summary, columns: Columns, scale: int, now: int) -> list[Run]:
    """The total and its bar; for a request still open, how long it has been and why."""
    if row.done:
        runs = [Run(pad_left(units.duration(row.net_duration), 8), "number")]
        if columns.bar:
            slow = row.net_duration > scale
            runs.append(Run(" " + bar(row.net_duration / scale, columns.bar), "warning" if slow else "bar"))
        return runs
    # Summaries of open requests come at most ten times a second; the wall clock goes on in between.
    running = units.elapsed(max(row.duration, now - row.wall))
    role = "held" if row.state == "held" else "accent"
    runs = [Run(" " + pad_left(running + "…", 7), role)]
    if columns.bar:
        runs.append(Run(" " + fit(_OPEN[row.state], columns.bar), role))
    return runs


def status_role(status: int | None) -> str:
    """The look of a status; its digits tell the same."""
    if status is None or status < 200:  # noqa: PLR2004 -- informational
        return "dim"
    if status >= SERVER_ERROR:
        return "error"
    if status >= CLIENT_ERROR:
        return "warning"
    return "redirect" if status >= REDIRECT else "good"


def next_scale(rows: Sequence[Summary], scale: int) -> int:
    """What a full bar means, nanoseconds: room for nine of ten rows, and no change while the old one does.

    Outliers run over the end, marked: one slow request must not flatten all others.
    """
    times = sorted(row.net_duration for row in rows if row.done)
    if not times:
        return scale
    most = times[min(len(times) - 1, len(times) * 9 // 10)]
    if scale / 4 < most <= scale:
        return scale
    return max(units.MILLI, int(nice_step(max(1, most), 1)))


def _scale_name(scale: int) -> str:
    return f"{scale // units.SECOND}s" if scale >= units.SECOND else f"{scale // units.MILLI}ms"
