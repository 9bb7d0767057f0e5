"""Rows of a damaged file, as far as they can be read."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any, TypeAlias

from wsgitrace.capture import schema
from wsgitrace.capture.mending import mend
from wsgitrace.capture.ownership import SIDE_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row: TypeAlias = tuple[Any, ...]


def working_copy(source: Path, folder: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection to a copy of ``source`` in ``folder``, and whether its first page had to be made anew.

    Raises :class:`OSError` and :class:`sqlite3.Error`.
    """
    copy = folder / "copy"
    _copy(source, copy)
    for end in SIDE_FILES:
        if end != "-shm" and (side := source.with_name(source.name + end)).exists():
            _copy(side, copy.with_name(copy.name + end))
    with contextlib.suppress(sqlite3.Error):
        return _mended(_opened(copy), copy), False
    # The layout is always made in the same order, so that every table begins at the page where it does in a new file.
    fresh = folder / "fresh"
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as made:
        schema.create(made)
        schema.settle(made)
    page = bytearray(fresh.read_bytes()[: schema.PAGE_SIZE])
    page[28:32] = (copy.stat().st_size // schema.PAGE_SIZE).to_bytes(4, "big")
    page[92:96] = page[24:28]  # the size is valid where the change counters agree
    with copy.open("r+b") as file:
        file.write(page)
    for end in SIDE_FILES:
        copy.with_name(copy.name + end).unlink(missing_ok=True)
    return _mended(_opened(copy), copy), True


def _mended(connection: sqlite3.Connection, copy: Path) -> sqlite3.Connection:
    """The same file, its rows in reach as far as they are there."""
    try:
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'").fetchall())
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except (sqlite3.Error, ValueError):
        return connection
    connection.close()
    mend(copy, roots)
    return _opened(copy)


def _copy(source: Path, target: Path) -> None:
    """A copy that only its owner may read, like the source: a copy of its mode might be wider."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as file, os.fdopen(descriptor, "wb") as copy:
        shutil.copyfileobj(file, copy, 2**20)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # A file that is shorter than it says is refused by SQLite unless this is on.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT number FROM exchanges LIMIT 0")
        with contextlib.suppress(sqlite3.Error):
            schema.upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


class Salvage:
    """Reads tables whose pages may be damaged, stretch by stretch, each smaller around what cannot be read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # Damaged text is text all the same.
        connection.text_factory = lambda data: data.decode("utf-8", "replace")

    def rows(self, columns: str, table: str, key: str, low: int, high: int) -> Iterator[Row]:
        """The rows of a table with keys from ``low`` to ``high``, exclusive, ascending; the key is their first column.

        What cannot be read is left out. For keys without wide gaps: where nothing can be read each is tried.
        """
        waiting = [(low, high)]
        while waiting:
            first, last = waiting.pop()
            done = first
            try:
                for row in self._connection.execute(
                    f"SELECT {columns} FROM {table} WHERE {key} >= ? AND {key} < ? ORDER BY {key}",  # noqa: S608 -- our names
                    (first, last),
                ):
                    yield row
                    done = row[0] + 1
            except (sqlite3.Error, OverflowError):
                if last - done > 1:
                    middle = (done + last) // 2
                    waiting += [(middle, last), (done, middle)]

    def ends(self, columns: str, table: str, key: str, low: int, high: int) -> list[Row]:
        """The same of keys with wide gaps: from both ends as far as can be read, ascending."""
        statement = f"SELECT {columns} FROM {table} WHERE {key} >= ? AND {key} < ? ORDER BY {key}"  # noqa: S608 -- our names
        found: list[Row] = []
        try:
            found.extend(self._connection.execute(statement, (low, high)))
        except (sqlite3.Error, OverflowError):
            after = found[-1][0] + 1 if found else low
            found += reversed(self.all(f"{statement} DESC", after, high))
        return found

    def all(self, statement: str, *values: object) -> list[Row]:
        """Rows up to the first that cannot be read."""
        found: list[Row] = []
        with contextlib.suppress(sqlite3.Error, OverflowError):
            found.extend(self._connection.execute(statement, values))  # takes what comes before an error, too
        return found

    def one(self, statement: str, *values: object) -> Row | None:
        """The first row, None where there is none or it cannot be read."""
        return next(iter(self.all(statement, *values)), None)

    def highest(self, table: str, key: str, least: int) -> int:
        """A number that no key of the table exceeds, at least ``least``."""
        found = self.one(f"SELECT max({key}) FROM {table}")  # noqa: S608 -- our names
        if found is not None and isinstance(found[0], int):
            return max(found[0], least)
        pages = self.one("PRAGMA page_count")
        # Where the end cannot be read: more rows than these do not fit into so many pages.
        return max(least, (pages[0] if pages is not None else 1) * schema.PAGE_SIZE // 100)
