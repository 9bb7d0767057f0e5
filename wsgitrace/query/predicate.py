"""A filter as a function of an exchange's facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wsgitrace.query.tree import And, Change, Node, Not, Or, Test

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.query.fields import Fields, Known
    from wsgitrace.query.matching import AnyOf, Match

Predicate: TypeAlias = "Callable[[Fields], bool]"

_COST: Final[dict[Known, int]] = {"summary": 0, "worker": 0, "finding": 1, "recording": 2}


def predicate(node: Node) -> Predicate:
    """The function. It asks for what is cheap to know first, and for no more than decides."""
    match node:
        case Test():
            return _test(node)
        case Change():
            return _change(node)
        case Not(item=item):
            inner = predicate(item)
            return lambda fields: not inner(fields)
        case And(items=items):
            every = tuple(predicate(item) for item in sorted(items, key=cost))
            return lambda fields: all(each(fields) for each in every)
        case Or(items=items):
            some = tuple(predicate(item) for item in sorted(items, key=cost))
            return lambda fields: any(each(fields) for each in some)


def cost(node: Node) -> int:
    """How dear it is to know the dearest fact that a node asks for: 0, a row; 1, findings; 2, the recording."""
    match node:
        case Test(field=field):
            return _COST[field.known] * 2 + ("body" in field.name)
        case Change():
            return _COST["finding"] * 2
        case Not(item=item):
            return cost(item)
        case And(items=items) | Or(items=items):
            return max(map(cost, items), default=0)


def _test(node: Test) -> Predicate:  # noqa: PLR0911 -- one for each sort of field
    name, match = node.field.source, node.match
    if node.field.kind in {"changed", "rule"}:
        return lambda fields: any(match.test(key) for _, key in _pairs(fields, name))
    if node.field.kind == "level":
        return lambda fields: any(match.test(int(level)) for _, level in _pairs(fields, name))
    if node.field.kind == "layer":
        return lambda fields: any(match.test(layer) for layer, _ in _pairs(fields, name))
    if node.field.name == "self":
        return lambda fields: any(match.test(took) for _, took in _pairs(fields, name))
    if node.layer is not None:
        layer_is = node.layer
        return lambda fields: any(layer_is.test(layer) and match.test(took) for layer, took in _pairs(fields, name))
    if node.field.kind == "pairs":
        return lambda fields: any(match.test(pair) for pair in _pairs(fields, name))
    if node.field.kind in {"text", "word"}:
        return lambda fields: _text_is(match, fields.get(name))
    return lambda fields: match.test(fields.get(name))


def _change(node: Change) -> Predicate:
    def test(fields: Fields) -> bool:
        return any(node.by.test(layer) and node.changed.test(key) for layer, key in _pairs(fields, "changes"))

    return test


def _pairs(fields: Fields, name: str) -> tuple[Any, ...]:
    """Pairs, as the table of facts says."""
    found = fields.get(name)
    return found if isinstance(found, tuple) else ()


def _text_is(match: Match | AnyOf, value: object) -> bool:
    """A text that is not known is none that a test is true of; of several, one is enough."""
    if value is None:
        return False
    if isinstance(value, tuple):
        return any(match.test(each) for each in value)
    return match.test(value)
