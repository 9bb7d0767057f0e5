"""Rows that wait for the next transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.capture.schema import PART_BITS
from wsgitrace.capture.summary import COLUMNS

if TYPE_CHECKING:
    import sqlite3

    from wsgitrace.capture.packing import Pack, Packer, Part
    from wsgitrace.capture.recording import Recording

_NAMES = (*COLUMNS, "line")

_EXCHANGE = f"INTO exchanges ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"


class Batch:
    """What one transaction will write. It keeps everything until :meth:`clear`, so a failed one can be tried again."""

    def __init__(self, packer: Packer) -> None:
        self.recordings: dict[int, Recording] = {}
        """Exchanges whose row or parts have changed, by number."""
        self.lines: list[tuple[int, str]] = []
        """Number and line of exchanges that have ended: what text search indexes."""
        self.output: list[tuple[int, int, str, str, int | None, int]] = []
        """Worker, wall clock, stream, text, exchange, pass of output lines."""
        self.news: list[tuple[int, int, bytes]] = []
        """Worker, wall clock, encoded frame."""
        self.layers: list[tuple[int, int, bytes]] = []
        """Worker, id, encoded frame."""
        self.workers: dict[int, tuple[int, int, int | None, str, str, int]] = {}
        """Rows of workers that are new or have changed, by number."""
        self.info: dict[str, str | int] = {}
        """Rows of ``info``."""
        self.removed: dict[int, int] = {}
        """Bytes stored of exchanges that the file has and that are not wanted, by number."""
        self.size = 0
        """Bytes of events, bodies and text that wait in it."""
        self.stored = 0
        """Bytes that events and bodies will take in the file; known after :meth:`collect`."""
        self.begun = 0
        """Exchanges in it that the file does not have yet."""
        self._packer = packer
        self._packs: list[Pack] = []
        self._parts: list[Part] = []
        self._bodies: list[tuple[int, int, bytes]] = []
        self._shares: list[tuple[int, int]] = []

    def __bool__(self) -> bool:
        exchanges = self.recordings or self.removed
        return bool(exchanges or self.output or self.news or self.layers or self.workers or self.info)

    @property
    def collected(self) -> bool:
        """True when rows wait that a transaction has failed to write."""
        return bool(self._parts or self._bodies)

    def discard(self, recording: Recording) -> None:
        """Forget the exchange that ended last, for it is not wanted; remove what the file has of it."""
        number = recording.number
        self.recordings.pop(number, None)
        if self.lines and self.lines[-1][0] == number:
            self.lines.pop()
        self.size -= sum(map(len, recording.events)) + sum(len(data) for _, data in recording.bodies)
        if recording.written:
            self.removed[number] = recording.stored
        else:
            self.begun -= 1

    def collect(self) -> None:
        """Make rows of what the recordings hold, and tell each how much it takes."""
        waiting: list[tuple[int, int, bytes]] = []
        bodies: list[tuple[int, int, bytes]] = []
        for recording in self.recordings.values():
            if recording.events:
                waiting.append(recording.take_events())
            if recording.bodies:
                bodies += recording.take_bodies()
        shares = [(identity >> PART_BITS, len(data)) for identity, _, data in bodies]
        for pack, parts, taken in self._packer.pack(waiting):
            self._packs.append(pack)
            self._parts += parts
            shares += [(part[0] >> PART_BITS, share) for part, share in zip(parts, taken, strict=True)]
        for number, share in shares:
            self.recordings[number].stored += share
            self.stored += share
        self._bodies += bodies
        self._shares += shares

    def write(self, connection: sqlite3.Connection, *, indexed: bool) -> None:
        """Write what was collected, inside the transaction of the caller."""
        many = connection.executemany
        if self._packs:
            many("INSERT INTO packs VALUES (?, ?, ?)", self._packs)
            many("INSERT INTO events VALUES (?, ?, ?, ?, ?)", self._parts)
        if self._bodies:
            many("INSERT INTO bodies VALUES (?, ?, ?)", self._bodies)
        if self.recordings:
            # Most are new: looking for a row to replace takes as long as writing one.
            new = [recording.row() for recording in self.recordings.values() if not recording.written]
            old = [recording.row() for recording in self.recordings.values() if recording.written]
            many(f"INSERT {_EXCHANGE}", new)
            many(f"REPLACE {_EXCHANGE}", old)
        if indexed and self.lines:
            many("INSERT INTO search (rowid, line) VALUES (?, ?)", self.lines)
        if self.output:
            many("INSERT INTO output VALUES (NULL, ?, ?, ?, ?, ?, ?)", self.output)
        if self.news:
            many("INSERT INTO news (worker, wall, data) VALUES (?, ?, ?)", self.news)
        if self.layers:
            many("INSERT OR REPLACE INTO layers VALUES (?, ?, ?)", self.layers)
        if self.workers:
            many("INSERT OR REPLACE INTO workers VALUES (?, ?, ?, ?, ?, ?)", list(self.workers.values()))
        if self.info:
            many("INSERT OR REPLACE INTO info VALUES (?, ?)", list(self.info.items()))

    def clear(self) -> None:
        """Forget what was written."""
        for recording in self.recordings.values():
            recording.written = True
        for rows in (self.recordings, self.workers, self.info, self.lines, self.output, self.news, self.layers):
            rows.clear()
        self.removed.clear()
        self.begun = 0
        self._clear_data()

    def shed(self) -> tuple[int, list[Recording]]:
        """Give up what takes memory, for a disk that takes nothing.

        Returns the number of frames lost, and the exchanges that the file will not have. What it has begun, and what
        is still open, keeps its row: those are few.
        """
        self.collect()
        gone = [each for each in self.recordings.values() if each.ended and not each.written]
        lost = len(self._shares) + len(self.output) + len(gone)
        for number, share in self._shares:
            self.recordings[number].stored -= share
        for recording in gone:
            del self.recordings[recording.number]
        self.begun -= len(gone)
        self.lines[:] = [row for row in self.lines if row[0] in self.recordings]
        self.output.clear()
        self._clear_data()
        return lost, gone

    def _clear_data(self) -> None:
        self.size = self.stored = 0
        for rows in (self._packs, self._parts, self._bodies, self._shares):
            rows.clear()
