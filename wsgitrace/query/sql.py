"""A filter as SQL over the rows of a capture.

A filter becomes two conditions: one that is true for every exchange that matches (and for some that do not), and one
that is true only for such. Where they are the same, SQL alone decides; else the predicate looks at what the first lets
through. Negation swaps the two, so that what only the predicate knows never hides an exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.query.fields import LINE, TOTALS
from wsgitrace.query.folding import fold
from wsgitrace.query.matching import (
    Between,
    Contains,
    Equals,
    Key,
    Match,
    Matches,
    Missing,
    Present,
    Truth,
    compiled,
    each_of,
)
from wsgitrace.query.tree import And, Change, Node, Not, Or, Test

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from wsgitrace.query.fields import Field
    from wsgitrace.query.matching import AnyOf


class Bound(Enum):
    """A parameter that is known when SQL looks at a stretch of numbers."""

    LOW = "low"
    HIGH = "high"


LOW: Final = Bound.LOW
"""Stands for the number below the exchanges looked at."""

HIGH: Final = Bound.HIGH
"""Stands for the number above them."""

Parameter: TypeAlias = str | int | Bound

_COMMON: Final = frozenset({"get", "200"})
"""Methods and statuses so common that looking them up costs more than coming across them."""


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL that is 0 or 1, never NULL, and what stands for its question marks."""

    sql: str
    values: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What SQL can say about a filter."""

    where: Condition
    """True for every exchange that matches; over the columns of ``exchanges``."""
    exact: bool
    """True when it is so only for these; False: the predicate must look at each."""
    texts: tuple[str, ...]
    """Folded texts that the line of every matching exchange contains."""
    cut: bool
    """True when that does not hold where the target goes on behind the end of the line."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    most: Condition
    least: Condition


_NOT: Final = "NOT ("
"""How a condition begins that :func:`_not` made, and no other: joined ones are in parentheses."""

_TRUE: Final = Condition("1")
_FALSE: Final = Condition("0")
_UNKNOWN: Final = _Bounds(_TRUE, _FALSE)


def select(node: Node) -> Selection:
    """What SQL can say about a filter."""
    bounds = _bounds(node)
    texts = dict(_texts(node))
    return Selection(bounds.most, bounds.most == bounds.least, tuple(texts), any(texts.values()))


def install(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that conditions use."""
    connection.create_function("wsgitrace_fold", 1, fold, deterministic=True)
    connection.create_function("wsgitrace_query", 1, query_of, deterministic=True)
    connection.create_function("wsgitrace_matches", 2, _matches, deterministic=True)


def query_of(target: str) -> str:
    """What follows the first ``?`` of a request target."""
    return target.partition("?")[2]


@lru_cache(maxsize=2_048)  # types, methods and paths repeat
def _matches(source: str, text: str) -> bool:
    return compiled(source).search(fold(text))


def _bounds(node: Node) -> _Bounds:  # noqa: PLR0911 -- one for each sort of node
    match node:
        case Test(field=field) if field.known in {"summary", "worker"}:
            return _exact(_any(_row(field, match) for match in each_of(node.match)))
        case Test(field=field) if field.known == "finding":
            return _exact(_finding(node))
        case Test(field=field) if field.necessary and not any(
            isinstance(each, Missing) for each in each_of(node.match)
        ):
            return _Bounds(Condition(field.necessary), _FALSE)
        case Change():
            return _exact(_changed(_text("layer", node.by), _text("name", node.changed)))
        case Not(item=item):
            inner = _bounds(item)
            return _Bounds(_not(inner.least), _not(inner.most))
        case And(items=items):
            parts = [_bounds(item) for item in items]
            return _Bounds(_all(part.most for part in parts), _all(part.least for part in parts))
        case Or(items=items):
            parts = [_bounds(item) for item in items]
            return _Bounds(_any(part.most for part in parts), _any(part.least for part in parts))
    return _UNKNOWN


def _exact(condition: Condition) -> _Bounds:
    return _Bounds(condition, condition)


def _not(condition: Condition) -> Condition:
    if condition in {_TRUE, _FALSE}:
        return _FALSE if condition == _TRUE else _TRUE
    if condition.sql.startswith(_NOT):
        return Condition(condition.sql.removeprefix(_NOT).removesuffix(")"), condition.values)
    return Condition(f"{_NOT}{condition.sql})", condition.values)


def _all(conditions: Iterable[Condition]) -> Condition:
    parts = [each for each in conditions if each != _TRUE]
    if not parts:
        return _TRUE
    return _FALSE if _FALSE in parts else _joined(" AND ", parts)


def _any(conditions: Iterable[Condition]) -> Condition:
    parts = [each for each in conditions if each != _FALSE]
    if not parts:
        return _FALSE
    return _TRUE if _TRUE in parts else _joined(" OR ", parts)


def _joined(word: str, parts: list[Condition]) -> Condition:
    if len(parts) == 1:
        return parts[0]
    return Condition(f"({word.join(part.sql for part in parts)})", tuple(v for part in parts for v in part.values))


# -- atoms ----------------------------------------------------------------------------------------------------------


def _row(field: Field, match: Match) -> Condition:
    """A fact of the row."""
    if field.kind == "word" and not field.open and isinstance(match, Equals):
        return _own_word_is(field.column, match.text)
    if field.kind in {"text", "word"}:
        return _text_is(field.column, match)
    return _number_is(field.column, match)


def _own_word_is(column: str, text: str) -> Condition:
    """A word that only we write, in lower case."""
    found = Condition(f"{column} = ?", (text,))
    if column != "state":
        return found
    # There is an index of those that are open, and SQLite cannot tell otherwise that this asks for such.
    is_open = Condition("state != 'done'")
    return _not(is_open) if text == "done" else _all([is_open, found])


def _number_is(column: str, match: Match) -> Condition:
    match match:
        case Between(low=low, high=high):
            # Never NULL, and in words by which SQLite can look for the rows.
            parts = [Condition(f"{column} IS NOT NULL")]
            if low is not None and low == high:
                return _all([*parts, Condition(f"{column} = ?", (low,))])
            parts += [Condition(f"{column} >= ?", (low,))] if low is not None else []
            parts += [Condition(f"{column} <= ?", (high,))] if high is not None else []
            return _all(parts)
        case Missing():
            return Condition(f"{column} IS NULL")
        case Truth(yes=yes):
            return Condition(column if yes else f"NOT {column}")
    raise TypeError(match)


def _folded(column: str) -> str:
    """A column without case: SQLite's own ``lower`` knows ASCII alone, and stops at a NUL as ``length`` does."""
    if column == LINE.column:
        return column  # folded already
    ascii_only = f"length({column}) = length(CAST({column} AS BLOB))"
    return f"CASE WHEN {ascii_only} THEN lower({column}) ELSE wsgitrace_fold({column}) END"


def _text_is(column: str, match: Match) -> Condition:
    match match:
        case Contains(text=text):
            return Condition(f"instr({_folded(column)}, ?) > 0", (text,))
        case Equals(text=text):
            return Condition(f"{_folded(column)} = ?", (text,))
        case Matches(source=source, needle=needle):
            found = Condition(f"wsgitrace_matches(?, {column})", (source,))
            if not needle:
                return found
            # What must be in every match is looked for first: SQLite finds it many times faster.
            return _all([Condition(f"instr({_folded(column)}, ?) > 0", (needle,)), found])
        case Present():
            return Condition(f"{column} != ''")
    raise TypeError(match)


def _text(column: str, match: Match | AnyOf) -> Condition:
    return _any(
        _key_is(column, each.match) if isinstance(each, Key) else _text_is(column, each) for each in each_of(match)
    )


def _key_is(column: str, match: Match) -> Condition:
    """The name of a change, or what is on one side of its colon."""
    key = f"replace({_folded(column)}, '_', '-')"
    before = f"substr({key}, 1, instr({key}, ':') - 1)"
    after = f"substr({key}, instr({key}, ':') + 1)"
    return _any(_text_is(part, match) for part in (key, before, after))


_KIND_OF: Final = {"by": "changed", "buffered": "buffered", "starved": "starved"}
"""Kinds of findings that fields about layers ask for; every other one: that it ran."""


def _finding(node: Test) -> Condition:
    """A fact that the analysis knows."""
    if node.field.source in TOTALS:
        return _total(TOTALS[node.field.source], node.match)
    if node.field.kind == "level":
        return _exists("log", _any(_number_is("CAST(name AS INTEGER)", each) for each in each_of(node.match)))
    if node.field.kind == "duration":
        took = _any(_number_is("value", each) for each in each_of(node.match))
        return _exists("layer", *([] if node.layer is None else [_text("layer", node.layer)]), took)
    if node.field.kind in {"changed", "rule"}:
        return _exists("lint" if node.field.kind == "rule" else "changed", _text("name", node.match))
    return _exists(_KIND_OF.get(node.field.name, "layer"), _text("layer", node.match))


def _total(kind: str, match: Match | AnyOf) -> Condition:
    found = _any(_number_is("value", each) for each in each_of(match))
    return _not(_exists(kind, _not(found))) if match.test(0) else _exists(kind, found)


def _changed(*conditions: Condition) -> Condition:
    return _exists("changed", *conditions)


def _exists(kind: str, *conditions: Condition) -> Condition:
    what = _all(conditions)
    # A set made once for the stretch that is looked at: few terms are compared, their findings lie side by side.
    return Condition(
        f"exchanges.number IN (SELECT exchange FROM finding WHERE kind = '{kind}' AND {what.sql}"  # noqa: S608 -- our own words; values are parameters
        " AND exchange > ? AND exchange < ?)",
        (*what.values, LOW, HIGH),
    )


# -- the text index -------------------------------------------------------------------------------------------------


def _texts(node: Node) -> Iterator[tuple[str, bool]]:
    """What every match has in its line, as far as conjunctions tell; True: if the target is all in there."""
    match node:
        case And(items=items):
            for item in items:
                yield from _texts(item)
        case Test(field=field, match=what):
            text = _in_line(field, what)
            if text:
                yield text, field.name in {"path", "query"}


def _in_line(field: Field, match: Match | AnyOf) -> str:
    name = field.name or field.source
    if name in {"line", "path", "query"} and isinstance(match, Contains | Equals):
        return match.text
    if name in {"line", "path", "query"} and isinstance(match, Matches):
        return match.needle
    if name == "method" and isinstance(match, Equals) and match.text not in _COMMON:
        return f"{match.text} "
    if name == "status" and isinstance(match, Between) and match.low is not None and match.low == match.high:
        text = str(match.low)
        return "" if text in _COMMON else f" {text}"
    return ""
