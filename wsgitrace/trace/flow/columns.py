"""The columns of the picture: which pass is drawn where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.events import Edited, ErrorsWrite, Held, Logged, Misfit, Queried, Reached
from wsgitrace.trace.flow.model import CLIENT, SERVER, Column
from wsgitrace.trace.folding import CHEAP_NS, negligible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span


_TELLING: Final = frozenset({Edited, ErrorsWrite, Held, Logged, Misfit, Queried, Reached})
"""Events that have to be seen where they happened."""


def quiet(span: Span) -> bool:
    """True when a pass changed nothing, nothing else happened in it, and it took little.

    Of a short request less than a millisecond is little too.
    """
    if not span.passed_through or span.record.kinds.keys() & _TELLING:
        return False
    return span.self_time < CHEAP_NS or negligible(span)


@dataclass(slots=True)
class _Node:
    """A column while it is not known how many come before it."""

    name: str
    parent: int
    subrequest: bool
    spans: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns, and where passes and what they hand out are in them."""

    all: tuple[Column, ...]
    """From the left."""
    of: dict[int, int]
    """By pass: its column."""
    shown: tuple[int, ...]
    """By column: the one that things in it are drawn at, which is the next outer one for quiet ones."""
    callers: dict[int, int]
    """By pass: the column that it was called from."""
    takers: dict[int, int]
    """By pass: the column that takes the items of its iterable."""


def columns(trace: Trace, *, whole: bool) -> Columns:
    """Lay the passes out: those of one layer that one column called share a column.

    A layer that is called again and again, or by several passes that are in one column, so takes one column only.
    """
    nodes, places = _grow(trace)
    order = _depth_first(nodes)
    index = {node: place + 1 for place, node in enumerate(order)}
    found = [Column(CLIENT, "client", (), CLIENT)]
    for node in order:
        each = nodes[node]
        parent = CLIENT if node == 0 else index[each.parent]
        hushed = node != 0 and all(quiet(trace.by_id[span]) for span in each.spans)
        found.append(Column(index[node], each.name, tuple(each.spans), parent, each.subrequest, hushed))
    shown: list[int] = []
    for column in found:
        shown.append(shown[column.parent] if column.quiet and not whole else column.index)
    of = {span: index[node] for span, node in places.items()}
    callers = {span.id: SERVER if span.parent is None else of[span.parent] for span in trace.spans}
    return Columns(tuple(found), of, tuple(shown), callers, callers | _takers(trace, of))


def _grow(trace: Trace) -> tuple[list[_Node], dict[int, int]]:
    """The columns as a tree, the server's first, and the one of each pass."""
    nodes = [_Node(trace.root.name, 0, subrequest=False, spans=[0])]
    places = {0: 0}
    known: dict[tuple[int, int | str, bool], int] = {}
    for span in trace.spans[1:]:
        parent = places[span.parent or 0]
        # Where the layer is not known its name stands for it.
        key = (parent, span.layer_id if span.layer_id is not None else span.name, span.subrequest)
        node = known.get(key)
        if node is None:
            node = known[key] = len(nodes)
            nodes.append(_Node(span.name, parent, span.subrequest))
            nodes[parent].children.append(node)
        nodes[node].spans.append(span.id)
        places[span.id] = node
    return nodes, places


def _depth_first(nodes: Sequence[_Node]) -> list[int]:
    order: list[int] = []
    waiting = [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting.extend(reversed(nodes[node].children))
    return order


def _takers(trace: Trace, of: dict[int, int]) -> dict[int, int]:
    """Who takes the items of an iterable that outer passes had handed on: the caller of the outermost of them."""
    found: dict[int, int] = {}
    for span in trace.spans[1:]:
        if span.returned is not None and span.returned.passed is not None and span.parent is not None:
            found.setdefault(span.owner.id, of[span.parent])
    return found
