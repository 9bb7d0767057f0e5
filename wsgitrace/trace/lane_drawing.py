"""A lane as a line of characters: when items came in and went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.trace.lanes import Lane

IN: Final = "○"
"""Something came in, and nothing went out."""

OUT: Final = "●"
"""Something went out."""

QUIET: Final = "·"
"""Between the first and the last of them."""


def stretch(lanes: Sequence[Lane]) -> tuple[int, int]:
    """The first and the last instant of all lanes; zero and one where nothing moved."""
    ticks = [tick for lane in lanes for items in (lane.taken, lane.given) for tick in (*items[:1], *items[-1:])]
    moments = [tick.at for tick in ticks]
    return (min(moments), max(*moments, min(moments) + 1)) if moments else (0, 1)


def draw(lane: Lane, first: int, last: int, cells: int) -> str:
    """The lane from one instant to another in ``cells`` characters."""
    if cells <= 0:
        return ""
    line = [" "] * cells
    scale = (cells - 1) / max(1, last - first)
    ins = [int((tick.at - first) * scale) for tick in lane.taken] if lane.span else []
    outs = [int((tick.at - first) * scale) for tick in lane.given]
    places = [*ins, *outs]
    if not places:
        return "".join(line)
    low, high = min(places), max(places)
    line[low : high + 1] = QUIET * (high - low + 1)
    for place in ins:
        line[place] = IN
    for place in outs:
        line[place] = OUT
    return "".join(line)
