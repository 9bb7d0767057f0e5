"""Fields whose values are of several sorts: ``log:`` takes levels and texts, ``sql:`` counts, times and texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.query.fields import LEVEL, LEVELS, QUERIES, QUERY_TIME, SQL_WORDS, nearest
from wsgitrace.query.matching import Between
from wsgitrace.query.tree import Test, any_of
from wsgitrace.query.values import now_ns, read_match

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.query.fields import Field
    from wsgitrace.query.glyphs import Value
    from wsgitrace.query.tree import Node

__all__ = ["SORTS", "read_sorts"]

_LEVEL: Final = re.compile(r"(?:>=|<=|>|<|=)?([a-z]+|[0-9]{1,9})(?:\.\.([a-z]+|[0-9]{1,9})?)?|\.\.([a-z]+|[0-9]{1,9})")
_NUMBER: Final = re.compile(
    r"(?:>=|<=|>|<|=)?[0-9][0-9.]*[A-Za-zµ]*(?:\.\.[0-9.]*[A-Za-zµ]*)?|\.\.[0-9][0-9.]*[A-Za-zµ]*"
)
_TIME: Final = re.compile(r"[0-9](?:ns|us|µs|ms|[smh])(?=\.\.|$)")


def read_sorts(field: Field, value: Value, now: int) -> Node:
    """What the field must be, each item of a list by its own sort.

    Raises :class:`~wsgitrace.query.errors.FilterError`.
    """
    tests: list[Node] = []
    for item in value.split(","):
        plain = bool(item.glyphs) and not any(glyph.quoted for glyph in item.glyphs)
        found = SORTS[field.name](item) if plain else None
        tests.append(Test(field, read_match(field, item, now)) if found is None else found)
    return any_of(tests)


def _of_log(value: Value) -> Test | None:
    """A level, as in ``error`` or ``>=warning``."""
    text = value.text.lower()
    found = _LEVEL.fullmatch(text)
    compared = text[:1] in {"<", ">"}
    if found is None or not (compared or {word for word in found.groups() if word} <= LEVELS.keys()):
        if compared:
            raise value.error("log: compares levels, as in log:>=warning.")
        return None
    return Test(LEVEL, _levels(value, text))


def _levels(value: Value, text: str) -> Between:
    low, dots, high = text.partition("..")
    if dots:
        return Between(_level(value, low) if low else None, _level(value, high) if high else None)
    operator = next((sign for sign in (">=", "<=", ">", "<", "=") if text.startswith(sign)), "=")
    level = _level(value, text.removeprefix(operator))
    return {
        ">=": Between(level, None),
        "<=": Between(None, level),
        ">": Between(level + 1, None),
        "<": Between(None, level - 1),
        "=": Between(level, level),
    }[operator]


def _level(value: Value, name: str) -> int:
    if name.isdigit():
        return int(name)
    if name not in LEVELS:
        near = nearest(name, LEVELS)
        hint = f"the nearest is {near}" if near else f"there are {', '.join(LEVELS)}"
        raise value.error(f'There is no level "{name}"; {hint}.')
    return LEVELS[name]


def _of_sql(value: Value) -> Test | None:
    """How many queries, how long all of them took, or one of the words."""
    text = value.text
    if text.lower() in SQL_WORDS:
        return Test(SQL_WORDS[text.lower()], Between(1, None))
    if not _NUMBER.fullmatch(text):
        if text[:1] in {"<", ">"}:
            raise value.error("sql: compares how many there are, as in sql:>20, or their time, as in sql:>50ms.")
        return None
    field = QUERY_TIME if _TIME.search(text) else QUERIES
    return Test(field, read_match(field, value, now_ns()))


SORTS: Final[dict[str, Callable[[Value], Test | None]]] = {"log": _of_log, "sql": _of_sql}
"""By field: what a value that is no text asks for."""
