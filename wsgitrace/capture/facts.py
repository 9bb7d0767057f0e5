"""What a capture knows of an exchange, as filters ask for it."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Final

from wsgitrace.capture.assembly import join_bodies, merge, read_events
from wsgitrace.capture.backlog import read_layers
from wsgitrace.capture.pages import snapshot
from wsgitrace.capture.schema import PART_BITS
from wsgitrace.capture.text import line_of, line_start
from wsgitrace.events import decode_events
from wsgitrace.query import Recorded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from wsgitrace.capture.summary import Summary
    from wsgitrace.events import Event, LayerFound
    from wsgitrace.query import Fact


class Facts:
    """The facts about one exchange: those of its row, what analysis found, and what only its recording tells.

    Each is looked up when it is asked for. Raises :class:`sqlite3.Error` and what else a damaged file makes of reading.
    """

    def __init__(self, summary: Summary, shelf: Shelf | None = None) -> None:
        self.summary = summary
        """Its row."""
        self._shelf = shelf

    def get(self, name: str) -> Fact:
        """The fact of that name; None where there is none, or nothing to look it up in."""
        tell = _OF_ROW.get(name)
        if tell is not None:
            return tell(self.summary)
        if name == "passes":
            return tuple((layer, value) for kind, layer, _, value in self._findings if kind == "layer")
        if name == "changes":
            return tuple((layer, what) for kind, layer, what, _ in self._findings if kind == "changed")
        return (self._whole if "body" in name else self._recorded).get(name)

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
    """Where the recordings of exchanges are looked up; cheap where they follow each other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._packs: dict[int, bytes] = {}
        self._layers: dict[int, list[LayerFound]] = {}

    def findings(self, number: int) -> list[tuple[str, str, str, int]]:
        """What analysis found about an exchange: kind, layer, name, value."""
        return self._connection.execute(
            "SELECT kind, layer, name, value FROM finding WHERE exchange = ?", (number,)
        ).fetchall()

    def events(self, summary: Summary, *, bodies: bool) -> list[LayerFound | Event]:
        """What is recorded of an exchange: layers, events, and long bodies if they are wanted."""
        number = summary.number
        with snapshot(self._connection):
            if summary.worker not in self._layers:
                self._layers[summary.worker] = read_layers(self._connection, summary.worker)
            parts = read_events(self._connection, number, self._packs)
            pieces = (
                self._connection.execute(
                    "SELECT seq, data FROM bodies WHERE id >= ? AND id < ? ORDER BY id",
                    (number << PART_BITS, number + 1 << PART_BITS),
                ).fetchall()
                if bodies
                else []
            )
        events = list(chain.from_iterable(decode_events(data, count) for count, data in parts))
        return [*self._layers[summary.worker], *(merge(events, join_bodies(pieces)) if pieces else events)]


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
    "id": lambda row: row.number,
    "worker": lambda row: row.worker,
    "replay-of": lambda row: row.replay_of,
    "marked": lambda row: row.pinned,
    "wall": lambda row: row.wall,
}
