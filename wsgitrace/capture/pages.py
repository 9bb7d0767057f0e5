"""Pages of the list: by number, never by offset."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from wsgitrace.capture.summary import COLUMNS, Summary

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Row: TypeAlias = tuple[Any, ...]
"""A row of ``exchanges``, without the line."""

PLAIN = ", ".join(COLUMNS)
"""The columns of a row."""

QUALIFIED = ", ".join(f"exchanges.{name}" for name in COLUMNS)
"""The same, where other tables are about."""

_LARGEST = 2**63 - 1

_decode_rows = msgspec.json.Decoder(list[Summary], strict=False).decode  # booleans are integers in SQLite


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


def page(connection: sqlite3.Connection, window: Window) -> list[Summary]:
    """The window of the list, newest first."""
    # All of it as one row, in JSON: for each row, SQLite lets go of the interpreter's lock, and where another thread
    # takes it (the recorder's, when much comes in), a page of 200 would have to wait 200 times.
    chosen = f"SELECT {PLAIN} FROM exchanges WHERE number > ? AND number < ? ORDER BY number {window.order} LIMIT ?"  # noqa: S608 -- our names
    row = connection.execute(
        f"SELECT json_group_array(json_array({PLAIN})) FROM ({chosen})",  # noqa: S608 -- our names
        (window.low, window.high, window.limit),
    ).fetchone()
    rows = _decode_rows(row[0])
    if window.upwards:
        rows.reverse()
    return rows


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """While inside, all reading sees the same state of the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")
