"""A filter as it was understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wsgitrace.query.matching import each_of

if TYPE_CHECKING:
    from wsgitrace.query.fields import Field
    from wsgitrace.query.matching import AnyOf, Match


@dataclass(frozen=True, slots=True)
class Test:
    """One fact, compared."""

    __test__ = False  # pytest takes the name for its own

    field: Field
    """Which."""
    match: Match | AnyOf
    """With what."""
    layer: Match | AnyOf | None = None
    """For ``dur@LAYER``: which layer."""


@dataclass(frozen=True, slots=True)
class Change:
    """Some one layer that is so has changed something that is so: ``by:`` and ``changed:`` side by side."""

    by: Match | AnyOf
    changed: Match | AnyOf


@dataclass(frozen=True, slots=True)
class And:
    """All of them; of none: everything."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them; of none: nothing."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What it does not match."""

    item: Node


Node: TypeAlias = And | Or | Not | Test | Change


def all_of(items: list[Node]) -> Node:
    """The conjunction, flat. ``by:`` and ``changed:`` in one are about one and the same layer."""
    flat: list[Node] = []
    for item in items:
        if isinstance(item, And):
            flat += item.items
        else:
            flat.append(item)
    by = [item for item in flat if isinstance(item, Test) and item.field.name == "by"]
    changed = [item for item in flat if isinstance(item, Test) and item.field.name == "changed"]
    if by and changed:
        flat = [item for item in flat if item not in by and item not in changed]
        flat += [Change(one.match, other.match) for one in by for other in changed]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(items: list[Node]) -> Node:
    """The disjunction, flat."""
    flat: list[Node] = []
    for item in items:
        if isinstance(item, Or):
            flat += item.items
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def size(node: Node) -> int:
    """Comparisons in it."""
    match node:
        case Test(match=match, layer=layer):
            return sum(1 for each in (match, layer) if each is not None for _ in each_of(each))
        case Change(by=by, changed=changed):
            return sum(1 for each in (by, changed) for _ in each_of(each))
        case Not(item=item):
            return size(item)
        case And(items=items) | Or(items=items):
            return sum(map(size, items))
