"""Which exchanges a recording keeps: decided when one has ended, by filters."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from wsgitrace.capture.assembly import join_bodies, merge, read_events
from wsgitrace.capture.facts import Facts
from wsgitrace.capture.schema import PART_BITS
from wsgitrace.events import decode_events

if TYPE_CHECKING:
    import sqlite3

    from wsgitrace.capture.recording import Recording
    from wsgitrace.capture.summary import Summary
    from wsgitrace.events import Event
    from wsgitrace.query import Filter


class Choice:
    """What is wanted of what happens."""

    def __init__(self, only: Filter | None = None, ignore: Filter | None = None) -> None:
        """Want what matches ``only`` (None: all) and does not match ``ignore`` (None: nothing is ignored).

        Neither may ask for findings, nor for processes: those are known only of what was kept.
        """
        self._only = only
        self._ignore = ignore

    def wants(self, recording: Recording, connection: sqlite3.Connection) -> bool:
        """Whether an exchange that has just ended is to be kept. Replays and what is pinned always are.

        Raises :class:`sqlite3.Error` and what else a damaged file makes of reading.
        """
        if recording.replay_of is not None or recording.pinned:
            return True
        facts = Facts(recording.summary(), _Fresh(recording, connection))
        if self._only is not None and not self._only.matches(facts):
            return False
        return self._ignore is None or not self._ignore.matches(facts)


class _Fresh:
    """What is recorded of one exchange, in the file and not yet."""

    def __init__(self, recording: Recording, connection: sqlite3.Connection) -> None:
        self._recording = recording
        self._connection = connection

    def findings(self, number: int) -> list[tuple[str, str, str, int]]:  # noqa: ARG002 -- there are none yet
        """Nothing was analysed yet."""
        return []

    def printed(self, number: int) -> list[str]:
        """The lines that have come in and are in the file."""
        rows = self._connection.execute("SELECT text FROM output WHERE exchange = ?", (number,)).fetchall()
        return [row[0] for row in rows]

    def pid(self, worker: int) -> int | None:  # noqa: ARG002 -- it may not be written yet
        """Not known yet."""
        return None

    def events(self, summary: Summary, *, bodies: bool) -> list[Event]:
        """Its events so far, with long bodies if they are wanted."""
        recording = self._recording
        parts = read_events(self._connection, summary.number)
        parts.append((recording.event_count, b"".join(recording.events)))
        events = list(chain.from_iterable(decode_events(data, count) for count, data in parts))
        if not bodies:
            return events
        first = summary.number << PART_BITS
        pieces = self._connection.execute(
            "SELECT seq, data FROM bodies WHERE id >= ? AND id < ? ORDER BY id", (first, first + (1 << PART_BITS))
        ).fetchall()
        pieces += recording.bodies
        return list(merge(events, join_bodies(pieces))) if pieces else events
