"""The picture in characters: what is laid out where, and one row of it.

Every piece has a role, and every role is a sign as well: what a picture means can be read without its colours.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.trace.describe import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.trace.flow.model import ChangeKind, Flow, Kind, Part, Row

WIDEST: Final = 18
"""Cells that a column gets at most."""

NARROWEST: Final = 9
"""Cells that a column gets at least, quiet ones aside."""

QUIET: Final = 4
"""Cells that a run of quiet columns gets."""


class Piece(NamedTuple):
    """Some characters in one role."""

    text: str
    role: str


class Place(NamedTuple):
    """One column, or a run of quiet ones that are drawn as one."""

    at: int
    """The cell of its line, from the left."""
    cells: int
    """Cells up to the next place."""
    columns: tuple[int, ...]
    """Which columns."""


@dataclass(frozen=True)
class Layout:
    """Where the columns are."""

    places: tuple[Place, ...]
    """From the left."""
    of: dict[int, int]
    """By column: its place."""

    @property
    def cells(self) -> int:
        """Cells of all of them."""
        last = self.places[-1]
        return last.at + last.cells

    def at(self, column: int) -> int:
        """The cell of a column's line."""
        return self.places[self.of[column]].at


LINES: Final[dict[Kind, str]] = {
    "start_response": "═", "head": "═", "raised": "━", "chunk": "┄", "sent": "┄", "write": "┄", "read": "┄",
    "more": "┄", "close": "╌",
}  # fmt: skip
"""What things are drawn with on their way; others: a thin line."""

_CROSSED: Final = {"─": "┼", "═": "╪", "━": "┿", "╌": "┼", "┄": "┊"}
"""Where a line goes through a column."""

_POINTS: Final[dict[Kind, str]] = {
    "done": "■", "gone": "✗", "note": "◆", "log": "≡", "query": "◇", "environ": "●", "held": "‖", "edit": "✎",
    "minor": "·",
}  # fmt: skip
"""What stays in its column."""

ROLES: Final[dict[Kind, str]] = {
    "request": "strong", "call": "plain", "start_response": "accent", "head": "accent", "return": "dim",
    "chunk": "bar", "write": "bar", "sent": "bar", "more": "bar", "read": "key", "close": "dim", "raised": "error",
    "refused": "error", "gone": "warning", "held": "held", "edit": "held", "log": "dim", "query": "key",
    "environ": "accent", "note": "warning", "done": "strong", "minor": "faint", "gap": "faint",
}  # fmt: skip
"""What rows look like where nothing changed."""

CHANGED: Final[dict[ChangeKind, str]] = {
    "environ": "added", "status": "changed", "headers": "changed", "body": "bar-iterate", "input": "key",
    "raised": "error", "caught": "warning", "held": "held", "edited": "held",
}  # fmt: skip
"""What signs of changes look like."""


def lay_out(flow: Flow, cells: int, width: Callable[[str], int] = len, least: int = NARROWEST) -> Layout:
    """The columns in ``cells`` where they can be, else as narrow as they may be: ``least`` cells each.

    ``width``: cells of a name.
    """
    shown = [(quiet, tuple(each.index for each in run)) for quiet, run in groupby(flow.columns, key=_hushed(flow))]
    runs = [columns for quiet, group in shown for columns in ([group] if quiet else [(each,) for each in group])]
    wanted = [_wanted(flow, columns, width) for columns in runs]
    over = sum(wanted) - cells
    while over > 0 and max(wanted) > least:
        widest = max(wanted)
        wanted = [each - 1 if each == widest else each for each in wanted]
        over = sum(wanted) - cells
    places, at = [], 0
    for columns, room in zip(runs, wanted, strict=True):
        places.append(Place(at, room, columns))
        at += room
    return Layout(tuple(places), {column: index for index, place in enumerate(places) for column in place.columns})


def _hushed(flow: Flow) -> Callable[..., bool]:
    return lambda column: column.quiet and not flow.whole


def _wanted(flow: Flow, columns: Sequence[int], width: Callable[[str], int]) -> int:
    column = flow.columns[columns[0]]
    if column.quiet and not flow.whole:
        return QUIET
    return max(NARROWEST, min(WIDEST, width(column.name) + 3))


def draw_head(
    flow: Flow, layout: Layout, left: int, cells: int, *, chosen: int, fit: Callable[[str, int], str]
) -> list[Piece]:
    """The names of the columns from one cell on. ``fit`` makes a name safe and as wide as its column."""
    pieces: list[Piece] = []
    for index in range(_first(layout, left), len(layout.places)):
        at, room, columns = layout.places[index]
        if at >= left + cells:
            break
        column = flow.columns[columns[0]]
        if column.quiet and not flow.whole:
            text, role = f"⋯{len(columns)}" if len(columns) < 100 else "⋯", "faint"  # noqa: PLR2004 -- what fits
        else:
            text, role = ("↳" if column.subrequest else "") + column.name, "heading"
        here = chosen in columns
        skipped = max(0, left - at)
        text = (fit(text, room - 1) + " ")[skipped:]
        pieces.append(Piece(text[: left + cells - max(at, left)], "strong" if here else role))
    return pieces


def _first(layout: Layout, left: int) -> int:
    """The first place of which something is seen."""
    return max(0, bisect_right(layout.places, left, key=lambda place: place.at) - 1)


@dataclass(slots=True)
class _Canvas:
    """One line, from one cell on."""

    left: int
    signs: list[str]
    roles: list[str]

    def put(self, at: int, text: str, role: str) -> None:
        """Write characters, those that are to be seen."""
        for cell, sign in enumerate(text, at - self.left):
            if 0 <= cell < len(self.signs):
                self.signs[cell], self.roles[cell] = sign, role

    def pieces(self) -> list[Piece]:
        """What is written, put together by role."""
        pairs = zip(self.signs, self.roles, strict=True)
        return [Piece("".join(sign for sign, _ in run), role) for role, run in groupby(pairs, key=lambda pair: pair[1])]


def draw_row(flow: Flow, layout: Layout, index: int, left: int, cells: int) -> list[Piece]:
    """One row from one cell on, exactly ``cells`` wide."""
    canvas = _Canvas(left, [" "] * cells, ["plain"] * cells)
    row = flow.rows[index]
    for number in range(_first(layout, left), len(layout.places)):
        place = layout.places[number]
        if place.at >= left + cells:
            break
        canvas.put(place.at, *_line_of(flow, place, index))
    if row.kind == "gap":
        canvas.put(layout.at(row.by), f"┇ {duration(row.length)}", "dim")
    elif row.kind == "more":
        for part in sorted(row.parts, key=lambda part: abs(part.start - part.end), reverse=True):
            _draw_part(canvas, layout, part)
    elif row.start == row.end:
        _draw_point(canvas, layout, row)
    else:
        _draw_way(canvas, layout, row)
    return canvas.pieces()


def _line_of(flow: Flow, place: Place, index: int) -> tuple[str, str]:
    """How a column is drawn at a row: thick in a call, broken while its response is iterated over."""
    if len(place.columns) > 1 or (flow.columns[place.columns[0]].quiet and not flow.whole):
        life = next((life for column in place.columns if (life := flow.life(column, index))), None)
        return ("┆", "faint") if life else (" ", "faint")
    column = place.columns[0]
    life = flow.life(column, index)
    if column == 0:
        return "│", "faint"
    if life is None:
        return "·", "faint"
    return ("┃", "dim") if index <= life.returned else ("╏", "dim")


def _role(row: Row) -> str:
    """What a row looks like: as the most telling of what changed in it."""
    found = [CHANGED[kind] for kind in CHANGED for change in row.changes if change.kind == kind]
    urgent = next((role for role in ("error", "held", "warning") if role in found), "")
    return ROLES[row.kind] if row.kind == "raised" else urgent or (found[0] if found else ROLES[row.kind])


def _draw_point(canvas: _Canvas, layout: Layout, row: Row) -> None:
    at = layout.at(row.by)
    canvas.put(at, _POINTS.get(row.kind, "●"), _role(row))
    at += 2
    for change in row.changes:
        if change.sign != _POINTS.get(row.kind):
            canvas.put(at, change.sign, CHANGED[change.kind])
            at += len(change.sign) + 1


def _draw_way(canvas: _Canvas, layout: Layout, row: Row) -> None:
    """A line from one column to another; signs of what changed stand where it was done."""
    start, end, role = layout.at(row.start), layout.at(row.end), _role(row)
    _draw_line(canvas, layout, start, end, Piece(LINES.get(row.kind, "─"), role))
    inward = end > start
    at = start + 1
    signs = [each for each in row.changes if each.kind != "caught"]
    taken = sum(len(each.sign) for each in signs)
    if row.by == row.end:  # a read: what came is marked where it was read
        at = end - 1 - taken
    elif not inward:
        at = start - taken - max(0, len(signs) - 1)
    for change in signs:
        canvas.put(at, change.sign, CHANGED[change.kind])
        at += len(change.sign) + (0 if inward else 1)
    if any(each.kind == "caught" for each in row.changes):
        canvas.put(end, "!", CHANGED["caught"])


def _draw_line(canvas: _Canvas, layout: Layout, start: int, end: int, ink: Piece) -> None:
    """A line from one cell to another, with the head of an arrow; it crosses the columns in between."""
    sign, role = ink
    low, high = min(start, end), max(start, end)
    canvas.put(low + 1, sign * (high - low - 1), role)
    first = max(_first(layout, low), _first(layout, canvas.left))
    for place in layout.places[first:]:
        if place.at >= min(high, canvas.left + len(canvas.signs)):
            break
        if place.at > low:
            canvas.put(place.at, _CROSSED[sign], role)
    if end > start:
        canvas.put(end - 1, "►", role)
    else:
        canvas.put(end + 1, "◄", role)


def _draw_part(canvas: _Canvas, layout: Layout, part: Part) -> None:
    """Several of a kind: how many stands at the one who gave them."""
    at, to, text = layout.at(part.start), layout.at(part.end), f"×{part.times}"
    if at == to:
        canvas.put(at + 1, text, "bar")
        return
    _draw_line(canvas, layout, at, to, Piece(LINES["more"], "bar"))
    canvas.put(at + 1 if to > at else at - len(text), text, "bar")
