"""Rows that wait for the next transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wsgitrace.capture.schema import PART_BITS
from wsgitrace.capture.summary import COLUMNS

if TYPE_CHECKING:
    import sqlite3

    from wsgitrace.capture.recording import Recording

_Part: TypeAlias = "tuple[int, int, bytes]"

_EXCHANGE = f"INSERT OR REPLACE INTO exchanges VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608 -- marks


class Batch:
    """What one transaction will write. It keeps everything until :meth:`clear`, so a failed one can be tried again."""

    def __init__(self) -> None:
        self.recordings: dict[int, Recording] = {}
        """Exchanges whose row or parts have changed, by number."""
        self.lines: list[tuple[int, str]] = []
        """Number and line of exchanges that have ended: what text search indexes."""
        self.output: list[tuple[int, int, str, str, int | None]] = []
        """Worker, wall clock, stream, text, exchange of output lines."""
        self.news: list[tuple[int, int, bytes]] = []
        """Worker, wall clock, encoded frame."""
        self.layers: list[tuple[int, int, bytes]] = []
        """Worker, id, encoded frame."""
        self.workers: dict[int, tuple[int, int, int | None, str, str, int]] = {}
        """Rows of workers that are new or have changed, by number."""
        self.info: dict[str, str | int] = {}
        """Rows of ``info``."""
        self.size = 0
        """Bytes of events, bodies and text in it."""
        self.stored = 0
        """Bytes of events and bodies in it."""
        self.begun = 0
        """Exchanges in it that the file does not have yet."""
        self._events: list[_Part] = []
        self._bodies: list[_Part] = []

    def __bool__(self) -> bool:
        return bool(self.recordings or self.output or self.news or self.layers or self.workers or self.info)

    def write(self, connection: sqlite3.Connection, *, indexed: bool) -> None:
        """Write all of it, inside the transaction of the caller."""
        many = connection.executemany
        self._collect()
        if self._events:
            many("INSERT INTO events VALUES (?, ?, ?)", self._events)
        if self._bodies:
            many("INSERT INTO bodies VALUES (?, ?, ?)", self._bodies)
        if self.recordings:
            many(_EXCHANGE, [recording.row() for recording in self.recordings.values()])
        if indexed and self.lines:
            many("INSERT INTO search (rowid, line) VALUES (?, ?)", self.lines)
        if self.output:
            many("INSERT INTO output (worker, wall, stream, text, exchange) VALUES (?, ?, ?, ?, ?)", self.output)
        if self.news:
            many("INSERT INTO news (worker, wall, data) VALUES (?, ?, ?)", self.news)
        if self.layers:
            many("INSERT OR REPLACE INTO layers VALUES (?, ?, ?)", self.layers)
        if self.workers:
            many("INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?, ?)", list(self.workers.values()))
        if self.info:
            many("INSERT OR REPLACE INTO info VALUES (?, ?)", list(self.info.items()))

    def _collect(self) -> None:
        for recording in self.recordings.values():
            recording.take_events(self._events)
            if recording.bodies:
                recording.take_bodies(self._bodies)

    def clear(self) -> None:
        """Forget what was written."""
        for recording in self.recordings.values():
            recording.written = True
        self.recordings = {}
        self.workers = {}
        self.info = {}
        self.size = self.stored = self.begun = 0
        for rows in (self.lines, self.output, self.news, self.layers, self._events, self._bodies):
            rows.clear()

    def shed(self) -> tuple[int, list[Recording]]:
        """Give up what takes memory, for a disk that takes nothing.

        Returns the number of frames lost, and the exchanges that the file will not have. What it has begun, and what
        is still open, keeps its row: those are few.
        """
        self._collect()
        gone = [each for each in self.recordings.values() if each.ended and not each.written]
        lost = len(self._events) + len(self._bodies) + len(self.output) + len(gone)
        for identity, _, data in (*self._events, *self._bodies):
            self.recordings[identity >> PART_BITS].stored -= len(data)
        for recording in gone:
            del self.recordings[recording.number]
        self.begun -= len(gone)
        self.size = self.stored = 0
        self.lines[:] = [row for row in self.lines if row[0] in self.recordings]
        for rows in (self.output, self._events, self._bodies):
            rows.clear()
        return lost, gone
