"""Where everything is in the picture of a request: columns, rows and texts, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import log2
from typing import TYPE_CHECKING, Final

from wsgitrace.export.svg import width_of
from wsgitrace.trace.flow import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.redact import Masker
    from wsgitrace.trace.flow import Flow, Row

__all__ = ["HEAD", "LEFT", "Plan", "Spot", "plan"]

LEFT: Final = 96
"""Where the first column is."""

HEAD: Final = 104
"""Where the first row is."""

_ROW: Final = 27
"""Height of a row."""

_MOST_ROWS: Final = 300
"""Rows that are drawn; of more than that some in the middle are left out."""

_LAST_ROWS: Final = 100
"""Of them from the end."""

_MOST_COLUMNS: Final = 48
"""Columns that are drawn; what is in others is drawn at the last."""

_WORDS: Final = 64
"""Characters of what is said at a row."""

_QUIET: Final = 44
"""Room for a run of quiet columns."""

_NARROW, _WIDE = 92, 210
"""Room for a column, at least, and at most for what is said beside it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One row, and where it is."""

    index: int
    """Its number among the rows."""
    row: Row
    y: float
    """Where it is; of a gap where that begins."""
    height: float
    """Room down to the next one."""
    said: str
    """What is said of it, masked."""
    left_out: int = 0
    """Rows that are left out below it."""


@dataclass(frozen=True)
class Plan:
    """The whole picture."""

    flow: Flow
    spots: tuple[Spot, ...]
    """The rows from above."""
    xs: tuple[float, ...]
    """By column: where its line is."""
    runs: tuple[tuple[int, ...], ...]
    """Columns that are drawn as one, from the left: one each, or several quiet ones."""
    beyond: int
    """Columns that are not drawn."""
    width: float
    bottom: float
    """Where the last row ends."""


def plan(flow: Flow, masker: Masker) -> Plan:
    """Lay a picture out."""
    chosen = _chosen(flow)
    said = {index: _cut(label(flow, flow.rows[index], masker)) for index, _ in chosen}
    runs = _runs(flow)
    shown = runs[:_MOST_COLUMNS]
    xs = _columns(flow, shown, {index: said[index] for index, _ in chosen})
    beyond = sum(len(run) for run in runs[_MOST_COLUMNS:])
    spots, y = [], float(HEAD)
    for index, left_out in chosen:
        row = flow.rows[index]
        height = _gap_height(row.length) if row.kind == "gap" else _ROW
        height += _ROW if left_out else 0
        spots.append(Spot(index, row, y, height, said[index], left_out))
        y += height
    return Plan(flow, tuple(spots), xs, tuple(shown), beyond, _width(spots, xs), y)


def _cut(text: str) -> str:
    return text if len(text) <= _WORDS else f"{text[: _WORDS - 1]}…"


def _chosen(flow: Flow) -> list[tuple[int, int]]:
    """Rows that are drawn, by number, and how many are left out below each."""
    total = len(flow.rows)
    if total <= _MOST_ROWS:
        return [(index, 0) for index in range(total)]
    first = [(index, 0) for index in range(_MOST_ROWS - _LAST_ROWS)]
    first[-1] = (first[-1][0], total - _MOST_ROWS)
    return [*first, *((index, 0) for index in range(total - _LAST_ROWS, total))]


def _runs(flow: Flow) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for quiet, group in groupby(flow.columns, key=lambda column: column.quiet and not flow.whole):
        columns = tuple(column.index for column in group)
        found += [columns] if quiet else [(column,) for column in columns]
    return found


def _columns(flow: Flow, runs: Sequence[tuple[int, ...]], said: dict[int, str]) -> tuple[float, ...]:
    """The line of each column: as far apart as names and what is said between two neighbours want it."""
    place = {column: index for index, run in enumerate(runs) for column in run}
    last = len(runs) - 1
    room = []
    for run in runs:
        column = flow.columns[run[0]]
        quiet = column.quiet and not flow.whole
        room.append(_QUIET if quiet else max(_NARROW, width_of(column.name) + 34))
    for index, text in said.items():
        row = flow.rows[index]
        low, high = sorted((place.get(row.start, last), place.get(row.end, last)))
        if high == low + 1:
            signs = sum(width_of(change.sign, 11) + 11 for change in row.changes)
            room[low] = max(room[low], min(_WIDE, width_of(text, 11) + signs + 34))
    xs, x = [], float(LEFT)
    for width in room:
        xs.append(x)
        x += width
    return tuple(xs[place.get(column.index, last)] for column in flow.columns)


def _gap_height(nanoseconds: int) -> float:
    """A gap is as high as its time has digits: ten times as long is a little higher."""
    return min(64.0, 22 + 4 * log2(max(1, nanoseconds / 500_000)))


def _width(spots: Sequence[Spot], xs: Sequence[float]) -> float:
    """So wide that whatever is said has room."""
    names = max(xs) + 120
    said = [min(xs[spot.row.start], xs[spot.row.end]) + width_of(spot.said, 11) + 70 for spot in spots]
    return max(names, *said, 420.0)
