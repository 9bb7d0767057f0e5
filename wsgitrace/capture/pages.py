"""Pages of the list: by number, never by offset, and by text."""

from __future__ import annotations

import contextlib
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from wsgitrace.capture.summary import COLUMNS, Summary, from_row
from wsgitrace.capture.text import GRAM, fold, match_expression

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Row: TypeAlias = tuple[Any, ...]
"""A row of ``exchanges``, without the line."""

_SCAN = 50_000  # numbers looked at in one step of a search without the index

_PLAIN = ", ".join(COLUMNS)
_QUALIFIED = ", ".join(f"exchanges.{name}" for name in COLUMNS)
_LARGEST = 2**63 - 1


class Window(NamedTuple):
    """Which part of the list: numbers between ``after`` and ``before``, both left out."""

    before: int | None
    after: int | None
    limit: int

    @property
    def upwards(self) -> bool:
        """True when the exchanges next above ``after`` are wanted, not the newest."""
        return self.after is not None and self.before is None

    @property
    def order(self) -> str:
        """SQL's word for the direction."""
        return "ASC" if self.upwards else "DESC"

    @property
    def low(self) -> int:
        """Lowest number, exclusive."""
        return 0 if self.after is None else self.after

    @property
    def high(self) -> int:
        """Highest number, exclusive."""
        return _LARGEST if self.before is None else self.before


def page(connection: sqlite3.Connection, window: Window, text: str, *, indexed: bool) -> list[Summary]:
    """The window of the list, newest first; with ``text`` only exchanges whose line contains it."""
    folded = fold(text)
    if not folded:
        rows = connection.execute(
            f"SELECT {_PLAIN} FROM exchanges WHERE number > ? AND number < ? ORDER BY number {window.order} LIMIT ?",  # noqa: S608 -- our names
            (window.low, window.high, window.limit),
        ).fetchall()
    elif indexed and len(folded) >= GRAM:
        rows = _found(connection, window, folded)
    else:
        rows = _scanned(connection, window, folded)
    if window.upwards:
        rows.reverse()
    return [from_row(row) for row in rows]


def count_matches(connection: sqlite3.Connection, text: str, *, indexed: bool) -> int:
    """Exchanges whose line contains ``text``. Takes time in proportion to what it has to look at."""
    folded = fold(text)
    if not (indexed and len(folded) >= GRAM):
        return _number(connection, "SELECT count(*) FROM exchanges WHERE instr(line, ?)", folded)
    with snapshot(connection):
        return _number(
            connection,
            "SELECT count(*) FROM search CROSS JOIN exchanges ON exchanges.number = search.rowid"
            " WHERE search MATCH ? AND instr(exchanges.line, ?)",
            match_expression(folded),
            folded,
        ) + _number(connection, "SELECT count(*) FROM exchanges WHERE state != 'done' AND instr(line, ?)", folded)


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """While inside, all reading sees the same state of the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")


def _number(connection: sqlite3.Connection, statement: str, *values: str) -> int:
    return int(connection.execute(statement, values).fetchone()[0])


def _found(connection: sqlite3.Connection, window: Window, folded: str) -> list[Row]:
    """Rows found by the index, which has what has ended, and among the few that are open."""
    ended = (
        f"SELECT {_QUALIFIED} FROM search CROSS JOIN exchanges ON exchanges.number = search.rowid"  # noqa: S608 -- our names
        " WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ? AND instr(exchanges.line, ?)"
        f" ORDER BY search.rowid {window.order} LIMIT ?"
    )
    still_open = (
        f"SELECT {_PLAIN} FROM exchanges"  # noqa: S608 -- our names
        " WHERE state != 'done' AND number > ? AND number < ? AND instr(line, ?)"
        f" ORDER BY number {window.order} LIMIT ?"
    )
    values = (window.low, window.high, folded, window.limit)
    with snapshot(connection):
        rows = connection.execute(still_open, values).fetchall()
        rows += connection.execute(ended, (match_expression(folded), *values)).fetchall()
    rows.sort(key=itemgetter(0), reverse=not window.upwards)
    return rows[: window.limit]


def _scanned(connection: sqlite3.Connection, window: Window, folded: str) -> list[Row]:
    """Rows found by looking at all, a step at a time from the end where the page begins."""
    lowest, highest = connection.execute(
        "SELECT (SELECT min(number) FROM exchanges), (SELECT max(number) FROM exchanges)"  # in one they would scan all
    ).fetchone()
    if lowest is None:
        return []
    rows: list[Row] = []
    low, high = max(window.low, lowest - 1), min(window.high, highest + 1)
    statement = (
        f"SELECT {_PLAIN} FROM exchanges WHERE number > ? AND number < ? AND instr(line, ?)"  # noqa: S608 -- our names
        f" ORDER BY number {window.order} LIMIT ?"
    )
    while low + 1 < high and len(rows) < window.limit:
        # Each step is a transaction of its own: a long one would keep the writer from reusing its log.
        if window.upwards:
            step = (low, min(high, low + _SCAN + 1))
            low = step[1] - 1
        else:
            step = (max(low, high - _SCAN - 1), high)
            high = step[0] + 1
        rows += connection.execute(statement, (*step, folded, window.limit - len(rows))).fetchall()
    return rows
