"""Values that fields of the filter language have had, for completion: a look at what is newest, never at all."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.capture.assembly import read_events
from wsgitrace.events import decode_events
from wsgitrace.query import Recorded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from wsgitrace.query import Field

_ROWS: Final = 2_000  # exchanges looked at for a column
_RECORDINGS: Final = 30  # exchanges whose recordings are looked at
_LENGTH: Final = 200  # characters of a value that anybody would want to complete

_ASKED: Final = frozenset({"text", "word", "status"})
"""Kinds of fields whose values repeat; times and sizes do not."""


def seen(connection: sqlite3.Connection, field: Field, limit: int) -> list[str]:
    """Values of a field, the most frequent first; of fields with names (headers, cookies) their names."""
    if field.known == "finding":
        return _of_findings(connection, field, limit)
    if field.known == "recording":
        return _of_recordings(connection, field, limit)
    if field.kind not in _ASKED or not field.column:
        return []
    rows = connection.execute(
        f"SELECT {field.column} FROM exchanges ORDER BY number DESC LIMIT ?",  # noqa: S608 -- our names
        (_ROWS,),
    )
    return _frequent((str(row[0]) for row in rows if row[0] not in {None, ""}), limit)


def _of_findings(connection: sqlite3.Connection, field: Field, limit: int) -> list[str]:
    column, kind = ("layer", "layer")
    if field.source in {"buffers", "starved"}:
        kind = {"buffers": "buffered"}.get(field.source, field.source)
    if field.kind in {"changed", "rule"}:
        column, kind = "name", "lint" if field.kind == "rule" else "changed"
    rows: list[Any] = connection.execute(
        f"SELECT {column} FROM finding WHERE kind = ? AND exchange > (SELECT max(number) - ? FROM exchanges)",  # noqa: S608 -- our names
        (kind, _ROWS),
    ).fetchall()
    names = (row[0] for row in rows)
    if kind == "lint":
        return _frequent((name.partition(":")[2].upper() for name in names), limit)
    return _frequent((name.rpartition(".")[2] for name in names) if column == "layer" else names, limit)


def _of_recordings(connection: sqlite3.Connection, field: Field, limit: int) -> list[str]:
    if "body" in field.name or field.kind not in {"text", "pairs"} or field.name in {"log", "sql"}:
        return []
    numbers = connection.execute("SELECT number FROM exchanges ORDER BY number DESC LIMIT ?", (_RECORDINGS,)).fetchall()
    packs: dict[int, bytes] = {}
    values: list[str] = []
    for (number,) in numbers:
        parts = read_events(connection, number, packs)
        events = list(chain.from_iterable(decode_events(data, count) for count, data in parts))
        fact = Recorded(events).get(field.source)
        if isinstance(fact, str):
            values.append(fact)
        elif isinstance(fact, tuple):
            values += [pair[0].lower() if "cookie" not in field.name else pair[0] for pair in fact]
    return _frequent(values, limit)


def _frequent(values: Iterable[str], limit: int) -> list[str]:
    counted = Counter(value for value in values if value and len(value) <= _LENGTH)
    return [value for value, _ in counted.most_common(limit)]
