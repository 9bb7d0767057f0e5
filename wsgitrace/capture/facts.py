"""What a capture knows of an exchange, as filters ask for it."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from wsgitrace.capture.assembly import join_bodies, merge, read_events
from wsgitrace.capture.packing import unpack
from wsgitrace.capture.pages import snapshot
from wsgitrace.capture.schema import PART_BITS
from wsgitrace.capture.text import line_of, line_start
from wsgitrace.events import decode_events
from wsgitrace.query import Recorded, has_sharp_s, may_match, needles_in
from wsgitrace.query.fields import TOTALS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from wsgitrace.capture.summary import Summary
    from wsgitrace.events import Event
    from wsgitrace.query import Fact


Place: TypeAlias = tuple[int, int, int, int]
"""How many events, in which pack, where and how long."""

_SPARSE: Final = 8  # numbers to one exchange from which on they are read one by one
_FETCHED: Final = 4 * 2**20  # bytes of packs that are read ahead
_OPENED: Final = 32  # packs kept unpacked


class Lookup(Protocol):
    """Where facts that are not in the row are looked up."""

    def findings(self, number: int) -> list[tuple[str, str, str, int]]:
        """What analysis found about an exchange: kind, layer, name, value."""

    def events(self, summary: Summary, *, bodies: bool) -> list[Event]:
        """What is recorded of an exchange: its events, with long bodies if they are wanted."""

    def printed(self, number: int) -> list[str]:
        """The lines that an exchange printed."""

    def pid(self, worker: int) -> int | None:
        """The process of a worker; None where it is not known."""


class Facts:
    """The facts about one exchange: those of its row, what analysis found, and what only its recording tells.

    Each is looked up when it is asked for. Raises :class:`sqlite3.Error` and what else a damaged file makes of reading.
    """

    def __init__(self, summary: Summary, shelf: Lookup | None = None) -> None:
        self.summary = summary
        """Its row."""
        self._shelf = shelf

    def get(self, name: str) -> Fact:
        """The fact of that name; None where there is none, or nothing to look it up in."""
        tell = _OF_ROW.get(name)
        if tell is not None:
            return tell(self.summary)
        if name in _FOUND:
            return self._found(name)
        if name == "pid":
            return self._shelf.pid(self.summary.worker) if self._shelf is not None else None
        if name == "log":
            printed = self._shelf.printed(self.summary.number) if self._shelf is not None else []
            return (*self._recorded.said, *printed)
        return (self._whole if "body" in name else self._recorded).get(name)

    def _found(self, name: str) -> Fact:
        """A fact that is the findings of one kind."""
        if name in _MEASURED:
            return tuple((layer, value) for kind, layer, _, value in self._findings if kind == _MEASURED[name])
        if name in _NAMED:
            return tuple((layer, what) for kind, layer, what, _ in self._findings if kind == _NAMED[name])
        return sum(value for kind, _, _, value in self._findings if kind == TOTALS[name])

    @cached_property
    def _findings(self) -> list[tuple[str, str, str, int]]:
        return self._shelf.findings(self.summary.number) if self._shelf is not None else []

    @cached_property
    def _recorded(self) -> Recorded:
        return Recorded(self._shelf.events(self.summary, bodies=False) if self._shelf is not None else ())

    @cached_property
    def _whole(self) -> Recorded:
        return Recorded(self._shelf.events(self.summary, bodies=True) if self._shelf is not None else ())


class Shelf:
    """Where the recordings of exchanges are looked up: several that follow each other at a time.

    ``needles`` are what must be in the encoded events of those that are wanted.
    """

    def __init__(self, connection: sqlite3.Connection, needles: tuple[bytes, ...] = ()) -> None:
        self._connection = connection
        self._needles = needles
        self._places: dict[int, list[Place]] = {}
        self._packed: dict[int, tuple[int, bytes]] = {}
        self._packs: dict[int, bytes] = {}
        self._needles_of: dict[int, frozenset[bytes]] = {}
        """By pack, those that may be in it."""
        self._long: frozenset[int] = frozenset()

    def sift(self, numbers: Sequence[int]) -> list[int]:
        """Those whose packs do not show at a glance that they do not match, fetched; the others cost next to nothing.

        Packs are looked at whole: one holds the events of many exchanges that are nearly alike.
        """
        self.fetch(numbers)
        if not self._needles:
            return list(numbers)
        known = self._needles_of
        self._needles_of = {
            pack: known[pack] if pack in known else needles_in(self._unpacked(pack), self._needles)
            for pack in self._packed
        }
        return [number for number in numbers if self._is_promising(number)]

    def _is_promising(self, number: int) -> bool:
        places = self._places.get(number)
        if places is None:
            return True
        found = frozenset[bytes]().union(*(self._needles_of[place[1]] for place in places))
        return len(found) == len(self._needles) or any(has_sharp_s(data) for _, data in self.encoded(number))

    def fetch(self, numbers: Sequence[int]) -> None:
        """Read what these will be asked for in one go, as far as it is little; the rest is read when asked for."""
        self._places.clear()
        before, self._packed = self._packed, {}
        if not numbers or max(numbers) - min(numbers) > _SPARSE * len(numbers):
            return
        ids = (min(numbers) << PART_BITS, max(numbers) + 1 << PART_BITS)
        places: dict[int, list[Place]] = {number: [] for number in numbers}
        size = 0
        with snapshot(self._connection):
            rows = self._connection.execute(
                'SELECT id >> ?, events, pack, "offset", length FROM events WHERE id >= ? AND id < ? ORDER BY id',
                (PART_BITS, *ids),
            ).fetchall()
            for number, events, pack, offset, length in rows:
                if number not in places:
                    continue
                places[number].append((events, pack, offset, length))
                if pack not in self._packed:
                    self._packed[pack] = before.get(pack) or self._read_pack(pack)
                    size += len(self._packed[pack][1])
                if size > _FETCHED:
                    places = {each: found for each, found in places.items() if each < number}
                    break
            long = self._connection.execute(
                "SELECT DISTINCT id >> ? FROM bodies WHERE id >= ? AND id < ?", (PART_BITS, *ids)
            ).fetchall()
        self._places = places
        self._long = frozenset(row[0] for row in long)

    def _read_pack(self, pack: int) -> tuple[int, bytes]:
        coded, data = self._connection.execute("SELECT coded, data FROM packs WHERE id = ?", (pack,)).fetchone()
        return coded, data

    def may_match(self, number: int) -> bool:
        """False only when the events of an exchange show at a glance that it does not match."""
        return not self._needles or may_match(b"".join([data for _, data in self.encoded(number)]), self._needles)

    def findings(self, number: int) -> list[tuple[str, str, str, int]]:
        """What analysis found about an exchange: kind, layer, name, value."""
        return self._connection.execute(
            "SELECT kind, layer, name, value FROM finding WHERE exchange = ?", (number,)
        ).fetchall()

    def encoded(self, number: int) -> list[tuple[int, bytes]]:
        """The recorded events of an exchange: counts, and encodings."""
        places = self._places.get(number)
        if places is None:
            with snapshot(self._connection):
                return read_events(self._connection, number, {})
        return [(count, self._unpacked(pack)[offset : offset + length]) for count, pack, offset, length in places]

    def events(self, summary: Summary, *, bodies: bool) -> list[Event]:
        """What is recorded of an exchange: its events, with long bodies if they are wanted."""
        number = summary.number
        events = list(chain.from_iterable(decode_events(data, count) for count, data in self.encoded(number)))
        if not bodies or (number in self._places and number not in self._long):
            return events
        pieces = self._connection.execute(
            "SELECT seq, data FROM bodies WHERE id >= ? AND id < ? ORDER BY id",
            (number << PART_BITS, number + 1 << PART_BITS),
        ).fetchall()
        return list(merge(events, join_bodies(pieces))) if pieces else events

    def printed(self, number: int) -> list[str]:
        """The lines that an exchange printed."""
        rows = self._connection.execute("SELECT text FROM output WHERE exchange = ? ORDER BY id", (number,)).fetchall()
        return [row[0] for row in rows]

    def pid(self, worker: int) -> int | None:
        """The process of a worker; None where it is not known."""
        found = self._connection.execute("SELECT pid FROM workers WHERE number = ?", (worker,)).fetchone()
        return None if found is None else found[0]

    def _unpacked(self, pack: int) -> bytes:
        if pack not in self._packs:
            if len(self._packs) >= _OPENED:
                self._packs.clear()
            coded, data = self._packed[pack]
            self._packs[pack] = unpack(data, coded=coded)
        return self._packs[pack]


_MEASURED: Final = {"passes": "layer", "buffers": "buffered", "starved": "starved"}
"""Facts that are findings of one kind, with their values."""

_NAMED: Final = {"changes": "changed", "rules": "lint", "levels": "log"}
"""Facts that are findings of one kind, with their names."""

_FOUND: Final = _MEASURED.keys() | _NAMED.keys() | TOTALS.keys()

_OF_ROW: Final[dict[str, Callable[[Summary], Fact]]] = {
    "line": lambda row: line_of(line_start(row.method, row.path, row.target), row.status),
    "method": lambda row: row.method,
    "status": lambda row: row.status,
    "path": lambda row: row.path,
    "url": lambda row: row.target,
    "query": lambda row: row.target.partition("?")[2],
    "peer": lambda row: row.peer,
    "type": lambda row: row.content_type,
    "req.size": lambda row: row.request_size,
    "resp.size": lambda row: row.response_size,
    "dur": lambda row: row.net_duration,
    "ttfb": lambda row: row.first_byte,
    "held": lambda row: row.held,
    "chunks": lambda row: row.chunks,
    "layers": lambda row: row.layers,
    "sr": lambda row: row.start_responses,
    "events": lambda row: row.events,
    "dropped": lambda row: row.dropped,
    "exc": lambda row: row.exception,
    "swallowed": lambda row: row.swallowed,
    "closed": lambda row: row.closed,
    "input": lambda row: row.input,
    "short": lambda row: row.short_circuit,
    "how": lambda row: row.how,
    "state": lambda row: row.state,
    "note": lambda row: row.note,
    "route": lambda row: row.route,
    "view": lambda row: row.view,
    "id": lambda row: row.number,
    "worker": lambda row: row.worker,
    "replay-of": lambda row: row.replay_of,
    "marked": lambda row: row.pinned,
    "wall": lambda row: row.wall,
}
