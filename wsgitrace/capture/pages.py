"""Pages of the list: by number, never by offset."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from wsgitrace.capture.summary import COLUMNS, Summary, from_row

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
    rows = connection.execute(
        f"SELECT {PLAIN} FROM exchanges WHERE number > ? AND number < ? ORDER BY number {window.order} LIMIT ?",  # noqa: S608 -- our names
        (window.low, window.high, window.limit),
    ).fetchall()
    if window.upwards:
        rows.reverse()
    return [from_row(row) for row in rows]


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """While inside, all reading sees the same state of the file."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("COMMIT")
