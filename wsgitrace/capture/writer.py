"""The one writer of a capture."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from wsgitrace.capture import connecting, ownership, schema
from wsgitrace.capture.errors import CaptureError
from wsgitrace.capture.findings import Ledger
from wsgitrace.capture.intake import Intake
from wsgitrace.capture.orphans import closing_frames, open_recordings
from wsgitrace.capture.packing import Packer
from wsgitrace.capture.retention import STEP, Bounds, Retention, Totals
from wsgitrace.events import Ended, Last

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wsgitrace.capture.choosing import Choice
    from wsgitrace.capture.findings import Found
    from wsgitrace.capture.ownership import Ownership
    from wsgitrace.capture.recording import Recording
    from wsgitrace.capture.summary import Summary
    from wsgitrace.events import WorkerFrame

KEEP_EXCHANGES = 10_000
"""Exchanges kept unless told otherwise."""

KEEP_BYTES = 512 * 2**20
"""Bytes of exchanges kept unless told otherwise."""

_BATCH_BYTES = 4 * 2**20  # written without waiting for commit(): bounds the memory and the time of a transaction
_BATCH_ROWS = 2_000
_SHED_BYTES = 64 * 2**20  # what may wait for a disk that takes nothing
_SHED_ROWS = 100_000
_DELETED_AT_ONCE = 500  # more would keep the recorder waiting


class Writer:
    """Stores the frames of workers. Any thread may call it; nothing is on disk before :meth:`commit`."""

    def __init__(self, connection: sqlite3.Connection, owner: Ownership, bounds: Bounds, *, temporary: bool) -> None:
        self.path: Path = owner.path
        """The file."""
        self._connection = connection
        self._owner = owner
        self._temporary = temporary
        self._lock = threading.Lock()
        self._closed = False
        self._more = True  # what was there before may be over the bounds of today
        self._full = (_BATCH_BYTES, _BATCH_ROWS)
        self._indexed = schema.has_search(connection)
        self._totals = Totals.load(connection)
        self._retention = Retention(connection, bounds, indexed=self._indexed)
        self._ledger = Ledger(connection)
        self._choice: Choice | None = None
        self.ignored = 0
        """Exchanges that were not wanted, since this writer was made."""
        self._pins: deque[tuple[int, bool]] = deque()
        workers = connection.execute("SELECT coalesce(max(number), 0) FROM workers").fetchone()[0]
        packs = connection.execute("SELECT coalesce(max(id), 0) FROM packs").fetchone()[0]
        self._intake = Intake(self._totals.newest, workers, Packer(packs))
        self._handlers = self._intake.handlers

    @classmethod
    def create(
        cls,
        path: Path | None,
        *,
        keep_exchanges: int | None = KEEP_EXCHANGES,
        keep_bytes: int | None = KEEP_BYTES,
        keep_for: float | None = None,
        redacted: bool = False,
        app: str = "",
    ) -> Self:
        """Become the writer of the capture at ``path``, made when missing, continued when there.

        None: a temporary file, deleted by :meth:`close`; those of processes that are gone are deleted first.
        ``keep_exchanges`` bounds those that have ended and are not pinned, ``keep_bytes`` what all of them take,
        ``keep_for`` their age in seconds, looked at whenever something is recorded; None keeps all. ``app`` is the
        application as the user gave it; ``redacted``: secrets are taken out of what will be added.

        Raises :class:`CaptureError` when the file is no capture, is being written by another process, or cannot be
        made.
        """
        folder = ownership.private_folder()
        try:
            if path is None:
                ownership.sweep(folder)
                owner = ownership.Ownership.temporary(folder)
            else:
                connecting.make(path)
                owner = ownership.Ownership.take(path, folder)
        except OSError as error:
            raise CaptureError(f"{path or folder} cannot be written: {error.strerror}.") from error
        connection: sqlite3.Connection | None = None
        try:
            connection = connecting.connect_writer(owner.path)
            # NORMAL: the end of the process loses nothing that was committed; that of the machine, the last second.
            # A temporary file does not outlive either, so it need not wait for the disk.
            connection.execute(f"PRAGMA synchronous = {'OFF' if path is None else 'NORMAL'}")
            age = None if keep_for is None else int(keep_for * 1e9)
            self = cls(connection, owner, Bounds(keep_exchanges, keep_bytes, age), temporary=path is None)
            self._close_orphans()
            if redacted:
                self._intake.batch.info["redacted"] = 1
            if app:
                self._intake.batch.info["app"] = app
            self.commit()
        except BaseException:
            if connection is not None:
                connection.close()
            owner.release(remove=path is None)
            raise
        return self

    @property
    def evicted(self) -> int:
        """Exchanges removed for the bounds, since the file was made."""
        return self._totals.evicted

    @property
    def unanalysed(self) -> bool:
        """True where analysis has not come by all that was committed."""
        return self._totals.analysed < self._totals.newest

    def new_worker(self) -> int:
        """Note the start of a worker; returns its number."""
        with self._lock:
            return self._intake.new_worker()

    @property
    def newest_worker(self) -> int:
        """Highest number of a worker, 0 before the first."""
        return self._intake.newest_worker

    def continue_at(self, number: int) -> bool:
        """Let the next exchange have this number. False where it cannot, for it would not be above all before."""
        with self._lock:
            self._intake.continue_at(number)
            return self._intake.newest == number - 1

    def add(self, worker: int, frame: WorkerFrame) -> int | None:
        """Store a frame; returns the number of the exchange that it begins, continues or ends, else None.

        Never raises for a full or failing disk: :meth:`commit` does.
        """
        with self._lock:
            number = self._handlers[type(frame)](worker, frame)
            if self._choice is not None and not self._wanted(worker, frame):
                return None
            batch = self._intake.batch
            if batch.size >= self._full[0] or len(batch.recordings) >= self._full[1]:
                self._relieve()
            return number

    def choose(self, choice: Choice) -> None:
        """From now on keep only exchanges that are wanted, of those that end while their worker lives.

        Until they end, all are there. :meth:`add` returns None for the end of one that is not kept.
        """
        self._choice = choice

    def pin(self, number: int, on: bool = True) -> None:  # noqa: FBT001, FBT002 -- the one thing it says
        """Keep an exchange whatever the bounds say, or no longer; done by the next :meth:`commit`. Never waits."""
        self._pins.append((number, on))

    def add_findings(self, found: Mapping[int, Found], passed: Iterable[int], upto: int) -> None:
        """Store what analysis found about exchanges, by number.

        ``passed`` are those that it passed over because they are open; ``upto`` is how far it has come. What is gone
        from the file by then is left out.
        """
        with self._lock:
            self._ledger.add(found, passed, upto)

    def number(self, worker: int, exchange: int) -> int | None:
        """The debugger's number of a worker's exchange that is open or ended lately; else None."""
        with self._lock:
            recording = self._intake.find(worker, exchange)
            return None if recording is None else recording.number

    def summary(self, worker: int, exchange: int) -> Summary | None:
        """The summary of a worker's exchange that is open or ended lately, committed or not; else None.

        ``stored`` counts what was committed.
        """
        with self._lock:
            recording = self._intake.find(worker, exchange)
            return None if recording is None else recording.summary()

    def worker_gone(self, worker: int, reason: str) -> list[Summary]:
        """End the exchanges that a worker left open, as ``worker gone``; returns their summaries."""
        with self._lock:
            left = self._intake.left_open(worker)
            if left:
                self._relieve()  # what they recorded is read back from the file
            for recording in left:
                self._close_gone(recording, reason)
            return [recording.summary() for recording in left]

    def commit(self) -> None:
        """Write what waits, in one transaction, and remove what is over the bounds.

        Raises :class:`CaptureError` when the disk refuses; what waits is tried again by the next one, as far as
        memory is bounded.
        """
        with self._lock:
            self._commit()

    def delete(self, numbers: Iterable[int], *, pinned: bool = False) -> int:
        """Remove exchanges that have ended; what is pinned stays, unless ``pinned``. Returns how many went.

        In steps, between which others write. Raises :class:`CaptureError` when the disk refuses.
        """
        ordered = sorted(numbers)
        removed = 0
        for start in range(0, len(ordered), _DELETED_AT_ONCE):
            with self._lock:
                if self._closed:
                    break
                self._commit()
                removed += self._delete(ordered[start : start + _DELETED_AT_ONCE], pinned=pinned)
        return removed

    def _delete(self, numbers: list[int], *, pinned: bool) -> int:
        totals = replace(self._totals)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            gone = self._retention.remove(totals, numbers, pinned=pinned)
            totals.store(self._connection)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise CaptureError(f"{self.path} cannot be written: {error}.") from error
        self._totals = totals
        self._intake.forget(gone)
        return len(gone)

    def compact(self) -> None:
        """Give back the room of what was removed, nothing of which is left then. Raises :class:`CaptureError`."""
        with self._lock, schema.readable(self.path):
            self._connection.execute("VACUUM")

    def save(self, path: Path) -> None:
        """Copy all that was committed to a new file, compact. Raises :class:`CaptureError`, also when it exists."""
        try:
            if path.exists():
                raise CaptureError(f"{path} exists already.")
            connecting.make(path)
        except OSError as error:
            raise CaptureError(f"{path} cannot be written: {error.strerror}.") from error
        with self._lock:
            try:
                self._connection.execute("VACUUM INTO ?", (str(path),))
            except sqlite3.Error as error:
                path.unlink(missing_ok=True)
                raise CaptureError(f"{path} cannot be written: {error}.") from error

    def close(self, *, remove: bool = False) -> None:
        """Write what waits and leave a single file; delete it when it was temporary. May be called again.

        ``remove`` deletes it too when it is not temporary.

        A reader that is still open keeps SQLite's side files alive: close readers first. Raises
        :class:`CaptureError` when the disk refuses what waits; the file is closed all the same.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                if not self._temporary:
                    self._commit()
                    schema.settle(self._connection)
            finally:
                self._connection.close()
                self._owner.release(remove=self._temporary or remove)

    def _wanted(self, worker: int, frame: WorkerFrame) -> bool:
        """Let go of an exchange that ended with this frame and is not wanted. What cannot be told or removed stays."""
        ended = frame.ended if type(frame) is Last else frame
        if type(ended) is not Ended:
            return True
        recording = self._intake.find(worker, ended.exchange)
        if recording is None or self._choice is None or self._intake.batch.collected:
            return True
        if (recording.number, True) in self._pins:
            return True
        try:
            with schema.readable(self.path):
                wanted = self._choice.wants(recording, self._connection)
        except CaptureError:
            return True
        if not wanted:
            self._intake.discard(recording)
            self.ignored += 1
        return wanted

    def _close_gone(self, recording: Recording, reason: str) -> None:
        events, ended = closing_frames(self._connection, recording, reason, time.time_ns())
        for frame in (events, ended):
            self._handlers[type(frame)](recording.worker, frame)

    def _close_orphans(self) -> None:
        for recording in open_recordings(self._connection):
            self._intake.adopt(recording)
            self._close_gone(recording, "The debugger that recorded it is gone.")

    def _relieve(self) -> None:
        """Commit between commits: a fault of the disk is for :meth:`commit` to tell, but memory stays bounded."""
        batch = self._intake.batch
        try:
            self._commit()
        except CaptureError:
            if batch.size >= _SHED_BYTES or len(batch.recordings) >= _SHED_ROWS:
                self._intake.shed()
            self._full = (batch.size + _BATCH_BYTES, len(batch.recordings) + _BATCH_ROWS)

    def _commit(self) -> None:
        intake = self._intake
        batch = intake.batch
        if not (batch or self._pins or intake.lost or self._more or self._ledger):
            return
        connection = self._connection
        pins = list(self._pins)
        batch.collect()
        totals = replace(self._totals, newest=intake.newest, lost=self._totals.lost + intake.lost)
        totals.exchanges += batch.begun
        totals.stored += batch.stored
        totals.output_lines += len(batch.output)
        totals.output_bytes += sum(len(row[3]) for row in batch.output)
        for number, on in pins:
            intake.pin(number, on=on)
        try:
            connection.execute("BEGIN IMMEDIATE")
            batch.write(connection, indexed=self._indexed)
            self._retention.remove_open(totals, batch.removed)
            connection.executemany("UPDATE exchanges SET pinned = ? WHERE number = ?", [(on, n) for n, on in pins])
            for number, on in pins:
                if not on:
                    self._retention.look_again(number)
            if self._ledger:
                totals.analysed = self._ledger.write(totals.analysed)
            gone = self._retention.evict_exchanges(totals, intake.oldest_open)
            if gone:
                self._ledger.tidy()
            self._retention.evict_output(totals)
            totals.store(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._retention.look_again(0)
            if not self._closed and connection.in_transaction:
                connection.execute("ROLLBACK")
            self._ledger.restore()
            raise CaptureError(f"{self.path} cannot be written: {error}.") from error
        for _ in pins:
            self._pins.popleft()
        self._more = len(gone) == STEP
        self._totals = totals
        intake.lost = 0
        intake.forget(gone)
        batch.clear()
        self._ledger.clear()
        self._full = (_BATCH_BYTES, _BATCH_ROWS)
