"""What leaves a capture when a bound is met: the oldest first, never what is open or pinned."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.capture import findings
from wsgitrace.capture.schema import PART_BITS, TOTALS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

OUTPUT_LINES = 100_000
"""Output lines kept."""

OUTPUT_BYTES = 32 * 2**20
"""Characters of output kept."""

ROW_BYTES = 550
"""Bytes that an exchange takes beside its events and bodies: its row, its text index and what is found, about."""

STEP = 2_000
"""Rows evicted in one transaction: more would keep the recorder waiting."""


@dataclass(slots=True)
class Totals:
    """The row of ``totals``: what would take long to count."""

    newest: int = 0
    """Highest number ever given to an exchange."""
    exchanges: int = 0
    """Exchanges in the file."""
    stored: int = 0
    """Bytes of their events and bodies."""
    evicted: int = 0
    """Exchanges removed for a bound."""
    output_lines: int = 0
    """Output lines in the file."""
    output_bytes: int = 0
    """Characters of them."""
    output_evicted: int = 0
    """Output lines removed for a bound."""
    lost: int = 0
    """Frames that could not be stored."""
    analysed: int = 0
    """Number up to which what has ended was analysed."""

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> Totals:
        """Read the row; of a file of an earlier format, what that has of it."""
        cursor = connection.execute("SELECT * FROM totals")
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        return cls(*[row.get(name, 0) for name in TOTALS])

    def store(self, connection: sqlite3.Connection) -> None:
        """Write the row."""
        assignments = ", ".join(f"{name} = ?" for name in TOTALS)
        connection.execute(f"UPDATE totals SET {assignments}", [getattr(self, name) for name in TOTALS])  # noqa: S608 -- our names


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a capture may hold; None: any."""

    exchanges: int | None
    """Exchanges that have ended and are not pinned."""
    size: int | None
    """Bytes that all exchanges take: events, bodies, and :data:`ROW_BYTES` each."""
    age: int | None = None
    """Nanoseconds since they began, by the wall clock."""


class Retention:
    """Removes from one capture what is over its bounds, inside the writer's transaction."""

    def __init__(self, connection: sqlite3.Connection, bounds: Bounds, *, indexed: bool) -> None:
        self._connection = connection
        self._bounds = bounds
        self._indexed = indexed
        self._cursor = 0  # no exchange below it may be evicted

    def look_again(self, number: int) -> None:
        """``number`` may be evictable now though younger ones have gone already."""
        self._cursor = min(self._cursor, number)

    def evict_exchanges(self, totals: Totals, oldest_open: int | None) -> list[tuple[int, int]]:
        """Remove exchanges until ``totals`` is within the bounds, as far as one step goes.

        Returns the (worker, local) of those removed. ``oldest_open``: lowest number that is still open.
        """
        too_many, too_much = self._excess(totals)
        since = 0 if self._bounds.age is None else time.time_ns() - self._bounds.age
        if too_many <= 0 and too_much <= 0 and not self._any_before(since):
            return []
        removed: list[tuple[int, str]] = []
        names: list[tuple[int, int]] = []
        for number, line, stored, worker, local, wall in self._connection.execute(
            "SELECT number, line, stored, worker, local, wall FROM exchanges"
            " WHERE number >= ? AND state = 'done' AND NOT pinned ORDER BY number LIMIT ?",
            (self._cursor, STEP),
        ):
            if too_many <= 0 and too_much <= 0 and wall >= since:
                break
            removed.append((number, line))
            names.append((worker, local))
            too_many -= 1
            too_much -= stored + ROW_BYTES
            totals.stored -= stored
        if removed:
            self._delete(removed)
            totals.exchanges -= len(removed)
            totals.evicted += len(removed)
            after = removed[-1][0] + 1
            self._cursor = after if oldest_open is None else min(after, oldest_open)
        return names

    def _any_before(self, since: int) -> bool:
        """Whether the oldest that may go began before then."""
        if not since:
            return False
        oldest = self._connection.execute(
            "SELECT wall FROM exchanges WHERE number >= ? AND state = 'done' AND NOT pinned ORDER BY number LIMIT 1",
            (self._cursor,),
        ).fetchone()
        return oldest is not None and oldest[0] < since

    def _excess(self, totals: Totals) -> tuple[int, int]:
        """Exchanges, and bytes, over the bounds."""
        bounds = self._bounds
        too_many = too_much = 0
        if bounds.exchanges is not None and totals.exchanges > bounds.exchanges:
            # What may not go does not count: or else a new exchange would go at once where many are pinned.
            fixed = self._connection.execute(
                "SELECT (SELECT count(*) FROM exchanges WHERE state != 'done' AND NOT pinned)"
                " + (SELECT count(*) FROM exchanges WHERE pinned)"
            ).fetchone()[0]
            too_many = totals.exchanges - fixed - bounds.exchanges
        if bounds.size is not None:
            too_much = totals.stored + totals.exchanges * ROW_BYTES - bounds.size
        return too_many, too_much

    def _delete(self, removed: list[tuple[int, str]]) -> None:
        if self._indexed:
            # A contentless index does not know what it indexed: a row leaves it by being told its old text.
            self._connection.executemany("INSERT INTO search (search, rowid, line) VALUES ('delete', ?, ?)", removed)
        self._delete_rows(number for number, _ in removed)

    def _delete_rows(self, numbers: Iterable[int]) -> None:
        packs: set[int] = set()
        for first, last in _runs(numbers):
            self._connection.execute("DELETE FROM exchanges WHERE number BETWEEN ? AND ?", (first, last))
            ids = (first << PART_BITS, (last + 1 << PART_BITS) - 1)
            packs.update(
                row[0]
                for row in self._connection.execute("SELECT DISTINCT pack FROM events WHERE id BETWEEN ? AND ?", ids)
            )
            self._connection.execute("DELETE FROM events WHERE id BETWEEN ? AND ?", ids)
            self._connection.execute("DELETE FROM bodies WHERE id BETWEEN ? AND ?", ids)
            findings.delete(self._connection, first, last)
        self._connection.executemany(
            "DELETE FROM packs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM events WHERE pack = packs.id)",
            [(pack,) for pack in packs],
        )

    def remove(self, totals: Totals, numbers: Iterable[int], *, pinned: bool) -> list[tuple[int, int]]:
        """Remove exchanges that somebody chose, ascending; not what is open, what is pinned only with ``pinned``.

        Returns the (worker, local) of those removed.
        """
        removed: list[tuple[int, str]] = []
        names: list[tuple[int, int]] = []
        for number in numbers:
            row = self._connection.execute(
                "SELECT line, stored, worker, local FROM exchanges"
                " WHERE number = ? AND state = 'done' AND (? OR NOT pinned)",
                (number, pinned),
            ).fetchone()
            if row is not None:
                removed.append((number, row[0]))
                names.append(row[2:])
                totals.stored -= row[1]
        self._delete(removed)
        totals.exchanges -= len(removed)
        return names

    def remove_open(self, totals: Totals, numbers: Mapping[int, int]) -> None:
        """Remove exchanges that the index does not have, for they were open; with each the bytes stored of it."""
        if numbers:
            self._delete_rows(sorted(numbers))
            totals.exchanges -= len(numbers)
            totals.stored -= sum(numbers.values())

    def evict_output(self, totals: Totals) -> None:
        """Remove the oldest output lines until ``totals`` is within the bounds, as far as one step goes."""
        lines = totals.output_lines - OUTPUT_LINES
        size = totals.output_bytes - OUTPUT_BYTES
        if lines <= 0 and size <= 0:
            return
        last = 0
        for row, length in self._connection.execute("SELECT id, length(text) FROM output ORDER BY id LIMIT ?", (STEP,)):
            if lines <= 0 and size <= 0:
                break
            last = row
            lines -= 1
            size -= length
            totals.output_lines -= 1
            totals.output_bytes -= length
            totals.output_evicted += 1
        self._connection.execute("DELETE FROM output WHERE id <= ?", (last,))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as (first, last) of runs without a gap."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = last = number
        elif number == last + 1:
            last = number
        else:
            yield first, last
            first = last = number
    if first is not None and last is not None:
        yield first, last
