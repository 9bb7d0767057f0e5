"""What can be read of a damaged capture, in a new file. The damaged one is never written to."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wsgitrace import __version__
from wsgitrace.capture import ownership, schema
from wsgitrace.capture.errors import CaptureError
from wsgitrace.capture.packing import unpack
from wsgitrace.capture.retention import Totals
from wsgitrace.capture.salvage import Salvage, working_copy
from wsgitrace.capture.schema import PART_BITS, PARTS
from wsgitrace.capture.summary import COLUMNS, Summary, from_row
from wsgitrace.events import decode_events, decode_worker_frame

if TYPE_CHECKING:
    from wsgitrace.capture.salvage import Row

_NAMES = (*COLUMNS, "line")


@dataclass(slots=True)
class Repaired:
    """What became of a file."""

    exchanges: int = 0
    """Exchanges that were saved."""
    missing: int | None = None
    """Exchanges that were not; None where the file no longer tells how many it had."""
    bare: int = 0
    """Of those saved: without some of their events, or all."""
    bodiless: int = 0
    """Of those saved: without some of the bytes of their bodies."""
    output: int = 0
    """Output lines that were saved."""
    header: bool = False
    """The beginning of the file was unreadable and was made anew."""
    sound: bool = False
    """Nothing was wrong with it."""


def repair(source: Path, target: Path) -> Repaired:
    """Save what can be read of ``source`` in ``target``, which must not exist.

    Raises :class:`CaptureError` where nothing can be, where ``source`` is being written, and where ``target`` cannot
    be made.
    """
    if not source.is_file():
        raise CaptureError(f"{source} does not exist." if not source.exists() else f"{source} is not a file.")
    if ownership.is_written(source):
        raise CaptureError(f"{source} is being recorded: repair it when that has ended.")
    if target.exists():
        raise CaptureError(f"{target} exists already: choose another with -o.")
    try:
        with tempfile.TemporaryDirectory(prefix=".wsgitrace-repair-", dir=target.parent) as folder:
            connection, header = working_copy(source, Path(folder))
            with contextlib.closing(connection):
                made = Path(folder) / "new"
                os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
                with contextlib.closing(sqlite3.connect(made, isolation_level=None)) as new:
                    report = _Repair(Salvage(connection), new).run()
                report.header = header
                report.sound = not header and _is_sound(connection) and not report.missing and not report.bare
            if not report.exchanges and not report.output:
                raise CaptureError(f"nothing could be read of {source}: it is no capture, or all of it is damaged.")
            os.link(made, target)  # fails where something has come into its place meanwhile
    except OSError as error:
        raise CaptureError(f"{target} cannot be written: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise CaptureError(f"nothing could be read of {source}: {error}.") from error
    return report


def _is_sound(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (sqlite3.Error, TypeError):
        return False


class _Repair:
    """One file read, one written."""

    def __init__(self, old: Salvage, new: sqlite3.Connection) -> None:
        self._old = old
        self._new = new
        self._report = Repaired()
        self._saved: set[int] = set()
        self._totals = self._read_totals()

    def run(self) -> Repaired:
        """Do it."""
        had = self._totals.exchanges
        schema.create(self._new)
        self._new.execute("BEGIN")
        self._totals.exchanges = self._totals.stored = self._totals.analysed = 0
        self._small_tables()
        self._output()
        highest = self._old.highest("exchanges", "number", self._totals.newest)
        indexed = schema.has_search(self._new)
        for row in self._old.rows(", ".join(_NAMES), "exchanges", "number", 0, highest + 1):
            summary = _understood(row)
            # A number that damage made another's may come twice.
            if summary is not None and summary.number not in self._saved:
                self._saved.add(summary.number)
                self._exchange(summary, row, indexed=indexed)
        self._totals.newest = max(self._totals.newest, highest if self._report.exchanges else 0)
        self._report.missing = max(0, had - self._report.exchanges) if had else None
        self._totals.store(self._new)
        self._new.execute("COMMIT")
        schema.settle(self._new)
        return self._report

    def _read_totals(self) -> Totals:
        names = [each.name for each in fields(Totals)]
        row = self._old.one(f"SELECT {', '.join(names)} FROM totals")  # noqa: S608 -- our names
        if row is None or not all(isinstance(value, int) and 0 <= value < 2**62 for value in row):
            return Totals()
        return Totals(*row)

    def _exchange(self, summary: Summary, row: Row, *, indexed: bool) -> None:
        number = summary.number
        parts, whole = self._events(number, summary.events if summary.done else 0)
        bodies = self._old.ends("id, seq, data", "bodies", "id", number << PART_BITS, (number + 1) << PART_BITS)
        bodies = [each for each in bodies if isinstance(each[1], int) and isinstance(each[2], bytes)]
        stored = sum(part[4] for part in parts) + sum(len(each[2]) for each in bodies)
        # Events of several exchanges lie compressed together: how much of that was whose is no longer told.
        stored = min(stored, summary.stored) if whole else stored
        self._report.bare += not whole
        self._report.bodiless += whole and stored < summary.stored and sum(part[4] for part in parts) < summary.stored
        values = dict(zip(_NAMES, row, strict=True)) | {"stored": stored}
        marks = ", ".join("?" * len(_NAMES))
        self._new.execute(
            f"INSERT INTO exchanges ({', '.join(_NAMES)}) VALUES ({marks})",  # noqa: S608 -- our names
            [values[name] for name in _NAMES],
        )
        self._new.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", parts)
        self._new.executemany("INSERT OR IGNORE INTO bodies VALUES (?, ?, ?)", bodies)
        if indexed and summary.done:
            self._new.execute("INSERT INTO search (rowid, line) VALUES (?, ?)", (number, values["line"]))
        self._report.exchanges += 1
        self._totals.exchanges += 1
        self._totals.stored += stored

    def _events(self, number: int, expected: int) -> tuple[list[Row], bool]:
        """The parts of an exchange's events that lie in packs that can be opened, and whether they are all."""
        low = number << PART_BITS
        found, events = [], 0
        for part in self._old.ends('id, events, pack, "offset", length', "events", "id", low, low + PARTS):
            if all(isinstance(value, int) for value in part) and self._is_readable(part):
                found.append(part)
                events += part[1]
        return found, events >= expected

    def _is_readable(self, part: Row) -> bool:
        _, count, pack, offset, length = part
        row = self._old.one("SELECT coded, data FROM packs WHERE id = ?", pack)
        if row is None or not isinstance(row[1], bytes):
            return False
        try:
            data = unpack(row[1], coded=row[0])[offset : offset + length]
            decode_events(data, count)
        except (zlib.error, msgspec.MsgspecError, TypeError, ValueError, OverflowError):
            return False
        self._new.execute("INSERT OR IGNORE INTO packs VALUES (?, ?, ?)", (pack, *row))
        return True

    def _small_tables(self) -> None:
        """What there is beside exchanges; findings are worked out anew when they are asked for."""
        keep = self._new.executemany
        known = {key: value for key, value in self._old.all("SELECT key, value FROM info") if isinstance(key, str)}
        known.setdefault("created", time.time_ns())
        known.setdefault("version", __version__)
        keep("INSERT INTO info VALUES (?, ?)", list(known.items()))
        workers = self._old.ends("number, wall, pid, app, python, dropped", "workers", "number", 0, 2**40)
        keep(
            "INSERT INTO workers VALUES (?, ?, ?, ?, ?, ?)", [row for row in workers if None not in (row[1], *row[3:])]
        )
        layers = [row for row in self._old.all("SELECT worker, id, data FROM layers") if _is_frame(row[2])]
        keep("INSERT OR IGNORE INTO layers VALUES (?, ?, ?)", layers)
        news = self._old.ends("id, worker, wall, data", "news", "id", 0, 2**40)
        keep("INSERT INTO news VALUES (?, ?, ?, ?)", [row for row in news if _is_frame(row[3])])

    def _output(self) -> None:
        last = self._old.highest("output", "id", 0)
        self._totals.output_lines = self._totals.output_bytes = 0
        for row in self._old.rows("id, worker, wall, stream, text, exchange, span", "output", "id", 0, last + 1):
            if isinstance(row[4], str) and row[3] in {"stdout", "stderr"} and None not in row[:5]:
                self._new.execute("INSERT INTO output VALUES (?, ?, ?, ?, ?, ?, ?)", (*row[:6], row[6] or 0))
                self._totals.output_lines += 1
                self._totals.output_bytes += len(row[4])
        self._report.output = self._totals.output_lines


def _understood(row: Row) -> Summary | None:
    """The row as a summary, None where its values are not what they have to be."""
    try:
        summary = msgspec.convert(msgspec.to_builtins(from_row(row[:-1])), Summary)
    except (msgspec.MsgspecError, TypeError, ValueError):
        return None
    return summary if summary.number > 0 and isinstance(row[-1], str) else None


def _is_frame(data: object) -> bool:
    if not isinstance(data, bytes):
        return False
    try:
        decode_worker_frame(data)
    except msgspec.MsgspecError:
        return False
    return True
