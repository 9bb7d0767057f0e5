"""Layers that a request has not reached yet, put where they were found: inside the layer that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.naming import short_name
from wsgitrace.tui.painting import Row, Run, fit, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import LayerFound
    from wsgitrace.trace import Trace

__all__ = ["ahead", "nested", "tree"]


_DEEPEST: Final = 16
"""Cells that names stand to the right at most, however deep layers are."""


def nested(name: str, depth: int, step: int) -> str:
    """A name ``step`` cells further to the right than the layer around it; the server, at depth 0, has no branch."""
    return name if depth == 0 else " " * min(step * (depth - 1), _DEEPEST) + "└ " + name


def tree(names: Iterable[tuple[str, int]], most: int) -> tuple[list[str], int]:
    """Names, each with its depth, as a tree, and its step: the smaller one where a name would pass ``most`` cells."""
    known = list(names)
    for step in (2, 1):
        found = [nested(name, depth, step) for name, depth in known]
        if all(width(name) <= most for name in found):
            break
    return found, step


def ahead(trace: Trace, rows: list[Row], cells: int, step: int) -> list[Row]:
    """The rows of the passes of a trace, in their order, and those of the layers still to come among them.

    A layer comes last in the last pass of the one that holds it. Layers of frameworks are left out: nobody can tell
    that they are due.
    """
    placed = [(span.depth, span.layer_id, row) for span, row in zip(trace.spans, rows, strict=True)]
    if not trace.done:
        passed = {span.layer_id for span in trace.spans}
        due = [each for each in trace.layers.values() if each.id not in passed and each.kind in {"wsgi", "application"}]
        waiting = {each.id for each in due}
        # The outermost first: those inside it find it placed.
        for layer in sorted(due, key=lambda each: len(waiting.intersection(_holders(each, trace)))):
            _place(layer, trace, placed, cells, step)
    return [row for _, _, row in placed]


def _holders(layer: LayerFound, trace: Trace) -> list[int]:
    """The layers around ``layer``, the nearest first; those of a ring, from a damaged file, once."""
    found: dict[int, None] = {}
    parent = layer.parent
    while parent is not None and parent not in found:
        found[parent] = None
        held = trace.layers.get(parent)
        parent = None if held is None else held.parent
    return list(found)


def _place(layer: LayerFound, trace: Trace, placed: list[tuple[int, int | None, Row]], cells: int, step: int) -> None:
    """Put the row of a layer at the end of what is inside its holder; outermost where none is known."""
    last = {each: index for index, (_, each, _) in enumerate(placed)}
    holder = next((each for each in _holders(layer, trace) if each in last), None)
    at, depth = len(placed), 1
    if holder is not None:
        index = last[holder]
        depth = placed[index][0] + 1
        at = next((each for each in range(index + 1, len(placed)) if placed[each][0] < depth), len(placed))
    name = fit(nested(short_name(layer.name), depth, step), max(8, cells - 4))
    placed.insert(at, (depth, layer.id, Row((Run("○ ", "faint"), Run(name, "faint")), key=("layer", layer.id))))
