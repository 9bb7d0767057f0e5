"""What analysis has still to look at, read in slices so small that nobody has to wait for them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.capture.assembly import join_bodies, merge, read_events
from wsgitrace.capture.pages import snapshot
from wsgitrace.capture.schema import PART_BITS
from wsgitrace.events import LayerFound, decode_events, decode_worker_frame

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from wsgitrace.events import Event


class Backlog(NamedTuple):
    """A stretch of exchanges that follow each other."""

    ended: tuple[int, ...]
    """Those to be analysed: what has ended, ascending."""
    open: tuple[int, ...]
    """Those that have not ended, ascending."""
    upto: int
    """The highest of all, or where the stretch began if there is none."""


def stretch(connection: sqlite3.Connection, after: int, limit: int) -> Backlog:
    """At most ``limit`` exchanges above ``after``."""
    rows = connection.execute(
        "SELECT number, state = 'done' FROM exchanges WHERE number > ? ORDER BY number LIMIT ?", (after, limit)
    ).fetchall()
    ended = tuple(number for number, done in rows if done)
    return Backlog(ended, tuple(number for number, done in rows if not done), rows[-1][0] if rows else after)


def left_behind(connection: sqlite3.Connection, limit: int) -> tuple[int, ...]:
    """At most ``limit`` exchanges that were open when analysis came by and have ended since."""
    rows = connection.execute(
        "SELECT exchange FROM unanalysed CROSS JOIN exchanges ON number = exchange WHERE state = 'done' LIMIT ?",
        (limit,),
    ).fetchall()
    return tuple(row[0] for row in rows)


def read_all(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[LayerFound | Event]]:
    """What traces of these exchanges are built from, those that are gone left out.

    Raises :class:`sqlite3.Error` and what else a damaged file makes of reading it.
    """
    layers: dict[int, list[LayerFound]] = {}
    packs: dict[int, bytes] = {}
    raw = []
    with snapshot(connection):
        for number in numbers:
            row = connection.execute("SELECT worker FROM exchanges WHERE number = ?", (number,)).fetchone()
            if row is not None:
                if row[0] not in layers:
                    layers[row[0]] = read_layers(connection, row[0])
                bodies = connection.execute(
                    "SELECT seq, data FROM bodies WHERE id >= ? AND id < ? ORDER BY id",
                    (number << PART_BITS, number + 1 << PART_BITS),
                ).fetchall()
                raw.append((number, layers[row[0]], read_events(connection, number, packs), bodies))
    found = {}
    for number, known, parts, bodies in raw:
        events = list(chain.from_iterable(decode_events(data, count) for count, data in parts))
        found[number] = [*known, *(merge(events, join_bodies(bodies)) if bodies else events)]
    return found


def read_layers(connection: sqlite3.Connection, worker: int) -> list[LayerFound]:
    """The layers of a worker, by id."""
    rows = connection.execute("SELECT data FROM layers WHERE worker = ? ORDER BY id", (worker,)).fetchall()
    frames = [decode_worker_frame(row[0]) for row in rows]
    return [frame for frame in frames if isinstance(frame, LayerFound)]
