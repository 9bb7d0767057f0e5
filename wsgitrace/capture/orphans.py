"""Exchanges whose worker, or whose writer, is gone: they get an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from wsgitrace.capture.assembly import read_events
from wsgitrace.capture.recording import Recording
from wsgitrace.capture.schema import PART_BITS, PARTS
from wsgitrace.capture.summary import COLUMNS, from_row
from wsgitrace.events import Done, Ended, Events, decode_events, encode

if TYPE_CHECKING:
    import sqlite3


def open_recordings(connection: sqlite3.Connection) -> list[Recording]:
    """The exchanges that an earlier writer left open, oldest first."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)}, line FROM exchanges WHERE state != 'done' ORDER BY number"  # noqa: S608 -- our names
    ).fetchall()
    return [
        Recording.restore(
            from_row(row[:-1]),
            row[-1],
            event_parts=_parts(connection, "events", row[0]),
            body_parts=_parts(connection, "bodies", row[0]),
        )
        for row in found
    ]


def _parts(connection: sqlite3.Connection, table: str, number: int) -> int:
    first = number << PART_BITS
    last: int | None = connection.execute(
        f"SELECT max(id) FROM {table} WHERE id >= ? AND id < ?",  # noqa: S608 -- one of our two names
        (first, first + PARTS),
    ).fetchone()[0]
    return 0 if last is None else last - first + 1


def closing_frames(connection: sqlite3.Connection, recording: Recording, reason: str, now: int) -> tuple[Events, Ended]:
    """What ends an exchange whose worker is gone: a :class:`Done` after the last event, and its summary.

    ``now``: wall clock, nanoseconds since the epoch. What the exchange has recorded is in the file already.
    """
    seq, at, events = -1, recording.progress.duration, 0
    for count, data in read_events(connection, recording.number):
        try:
            decoded = decode_events(data, count)
        except msgspec.DecodeError:  # whatever the worker sent, its exchange ends
            seq += count
            continue
        events += count
        seq = max(seq, *(event.seq for event in decoded))
        at = max(at, *(event.at for event in decoded))
    duration = max(at, now - recording.wall)
    done = Done(seq=seq + 1, span=0, thread=0, at=duration, how="worker gone")
    last = recording.progress
    ended = Ended(
        exchange=recording.local,
        how="worker gone",
        status=last.status,
        duration=duration,
        response_size=last.sent,
        chunks=last.chunks,
        layers=last.layers,
        events=events + 1,
        note=reason,
    )
    return Events(exchange=recording.local, count=1, data=encode(done)), ended
