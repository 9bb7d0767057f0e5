"""One row of the picture of a request: what went from one column to another, or stayed in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.export.svg import box, label, line, path, width_of
from wsgitrace.trace.describe import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.export.flow_plan import Plan, Spot
    from wsgitrace.trace.flow import Change, Row

__all__ = ["draw_spot"]

_TONES: Final = {
    "request": "plain", "call": "plain", "start_response": "accent", "head": "accent", "return": "dim", "chunk": "body",
    "write": "body", "sent": "body", "more": "body", "read": "key", "close": "dim", "raised": "error",
    "refused": "error", "gone": "error", "held": "changed", "edit": "changed", "log": "dim", "query": "key",
    "environ": "accent", "note": "changed", "done": "plain", "minor": "dim",
}  # fmt: skip
"""The colour of each kind."""

_CHANGED: Final = {
    "environ": "added", "status": "changed", "headers": "changed", "body": "body", "input": "key", "raised": "error",
    "caught": "changed", "held": "changed", "edited": "changed",
}  # fmt: skip
"""The colour of each sign."""

_STYLES: Final = {"chunk": "dots", "sent": "dots", "write": "dots", "more": "dots", "read": "dots", "close": "dashes",
                  "raised": "thick", "refused": "thick"}  # fmt: skip
"""How each kind is drawn where it is no plain line."""

_EDGE: Final = 5
"""From the middle of a column to where ways begin."""

_TIP: Final = 8
"""Length of the head of an arrow."""

_CHIP: Final = 9
"""From the middle of a column to the first sign of a change."""

_BETWEEN: Final = 3
"""Between two signs."""


def draw_spot(plan: Plan, spot: Spot) -> list[str]:
    """The shapes of a row."""
    row = spot.row
    if row.kind == "gap":
        return _gap(plan, spot)
    start, end = plan.xs[row.start], plan.xs[row.end]
    if row.kind == "more":
        shapes = [shape for part in row.parts for shape in _way(plan.xs[part.start], plan.xs[part.end], spot.y, row)]
        return [*shapes, *_said(min(start, end) + 14, spot)]
    if start == end:
        return _point(start, spot)
    shapes = _way(start, end, spot.y, row)
    return [*shapes, *_signs(start, end, spot), *_words(start, end, spot)]


def _tone(row: Row) -> str:
    """As the most telling of what changed, where something did."""
    kinds = [change.kind for change in row.changes]
    if row.kind == "raised" or not kinds:
        return _TONES[row.kind]
    return _CHANGED["raised" if "raised" in kinds else kinds[0]]


def _way(start: float, end: float, y: float, row: Row) -> list[str]:
    """An arrow. ``start_response`` is a double line."""
    tone, style = _tone(row), _STYLES.get(row.kind, "")
    side = 1 if end > start else -1
    first, last = start + side * _EDGE, end - side * _EDGE
    stop = last - side * _TIP
    if row.kind in {"start_response", "head"}:
        lines = [line(first, y + at, stop, y + at, f"way twice {tone}") for at in (-1.6, 1.6)]
    else:
        lines = [line(first, y, stop, y, f"way {style} {tone}".replace("  ", " "))]
    tip = f"M{last:.1f} {y:.1f}l{-side * (_TIP + 1)} -4.5v9z"
    return [*lines, path(tip, f"tip {tone}")]


def _signs(start: float, end: float, spot: Spot) -> list[str]:
    """What changed, on the way of who did it; what was caught, on the column that caught it."""
    here = [change for change in spot.row.changes if change.kind != "caught"]
    caught = [change for change in spot.row.changes if change.kind == "caught"]
    side = 1 if end > start else -1
    if spot.row.by == spot.row.end:  # a read: what came is marked where it was read
        shapes = _chips(end - _CHIP - _TIP, spot.y, here, -1)
    else:
        shapes = _chips(start + side * _CHIP, spot.y, here, side)
    return shapes + (_chips(end - _room(caught) / 2, spot.y, caught, 1) if caught else [])


def _chips(x: float, y: float, changes: Iterable[Change], side: int) -> list[str]:
    shapes = []
    for change in changes:
        width = _width(change)
        left = x if side > 0 else x - width
        shapes.append(box(left, y - 8, width, 16, f"chip {_CHANGED[change.kind]}", radius=4))
        shapes.append(label(left + width / 2, y + 4, change.sign, "sign", "middle"))
        x += side * (width + _BETWEEN)
    return shapes


def _width(change: Change) -> float:
    return width_of(change.sign, 11) + 8


def _room(changes: Iterable[Change]) -> float:
    """How wide signs are, one beside the other."""
    return sum(_width(change) + _BETWEEN for change in changes)


def _words(start: float, end: float, spot: Spot) -> list[str]:
    """What is said stands above the line, beside the signs where there is room, else from the left on."""
    taken = _CHIP + _room(change for change in spot.row.changes if change.kind != "caught")
    if end > start:
        return _said(start + taken + 2, spot)
    width = width_of(spot.said, 11)
    if width <= start - end - taken - 16:
        return _said(start - taken - 2 - width, spot)
    return _said(end + 14, spot, above=11)


def _said(x: float, spot: Spot, above: float = 6) -> list[str]:
    tone = " error" if spot.row.kind == "raised" else ""
    return [label(x, spot.y - above, spot.said, f"said{tone}")] if spot.said else []


def _point(x: float, spot: Spot) -> list[str]:
    """What stays in its column."""
    row = spot.row
    tone = _tone(row)
    if row.kind == "done":
        mark = [box(x - 5, spot.y - 5, 10, 10, f"chip {tone}", radius=2)]
    elif row.changes:
        mark = []
    else:
        mark = [path(f"M{x:.1f} {spot.y - 5:.1f}l5 5l-5 5l-5 -5z", f"tip {tone}")]
    first = row.changes[:1]
    chips = _chips(x - _room(first) / 2 if first and not mark else x + 10, spot.y, row.changes, 1)
    after = x + 12 + _room(row.changes[1:])
    return [*mark, *chips, *([label(after, spot.y + 4, spot.said, "said")] if spot.said else [])]


def _gap(plan: Plan, spot: Spot) -> list[str]:
    """Time that is left out: the bar of who had it is filled, and broken as the time is."""
    x, top, low = plan.xs[spot.row.by], spot.y - 12, spot.y - 12 + spot.height
    middle = (top + low) / 2
    axis = 80.0
    zigzag = f"M{axis:.1f} {middle - 8:.1f}l4 4l-8 4l8 4l-4 4"
    return [
        box(x - 4, top, 8, low - top, "busy", radius=2),
        path(zigzag, "break"),
        label(axis - 10, middle + 4, duration(spot.row.length), "lasted", "end"),
        label(x + 12, middle + 4, spot.said, "lasted"),
    ]
