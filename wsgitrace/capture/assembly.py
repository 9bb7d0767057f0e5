"""The events of an exchange as a trace wants them: unpacked, decoded, bodies where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from wsgitrace.capture.packing import unpack
from wsgitrace.capture.schema import PART_BITS, PARTS
from wsgitrace.events import Chunk, InputRead, Wrote

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from wsgitrace.events import Event

_T = TypeVar("_T", bound=Chunk | Wrote | InputRead)


def read_events(
    connection: sqlite3.Connection, number: int, packs: dict[int, bytes] | None = None
) -> list[tuple[int, bytes]]:
    """The recorded events of an exchange in the order they came: counts, and encodings.

    ``packs`` keeps what was unpacked, for whoever reads several exchanges that lie in one.

    Raises :class:`sqlite3.Error` and :class:`zlib.error` for a damaged file.
    """
    first = number << PART_BITS
    parts = connection.execute(
        'SELECT events, pack, "offset", length FROM events WHERE id >= ? AND id < ? ORDER BY id', (first, first + PARTS)
    ).fetchall()
    found = []
    packs = {} if packs is None else packs
    for count, pack, offset, length in parts:
        if pack not in packs:
            coded, packed = connection.execute("SELECT coded, data FROM packs WHERE id = ?", (pack,)).fetchone()
            packs.clear()
            packs[pack] = unpack(packed, coded=coded)
        found.append((count, packs[pack][offset : offset + length]))
    return found


def join_bodies(parts: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """Body parts, as (seq, bytes) in the order they came, as one value per event."""
    pieces: dict[int, list[bytes]] = {}
    for seq, data in parts:
        pieces.setdefault(seq, []).append(data)
    return {seq: b"".join(each) for seq, each in pieces.items()}


def merge(events: Iterable[Event], bodies: Mapping[int, bytes]) -> Iterator[Event]:
    """Events with their bodies filled in; ``stored`` tells whether that is all of it."""
    for event in events:
        data = bodies.get(event.seq)
        if data is None:
            yield event
        elif isinstance(event, InputRead):
            yield _filled(event, data, event.got)
        elif isinstance(event, Chunk | Wrote):
            yield _filled(event, data, event.length)
        else:
            yield event


def _filled(event: _T, data: bytes, length: int) -> _T:
    return replace(event, data=data, stored=len(data) == length)
