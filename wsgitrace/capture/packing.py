"""Events of neighbouring exchanges, compressed together: they are nearly alike, so a sixth of the bytes holds them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WHOLE = 8_192
"""Bytes from which on a part lies in a pack of its own, as it is: body bytes make up most of it, and images do not
compress."""

PACK_BYTES = 65_536
"""Bytes of parts that one pack holds at most: what has to be unpacked to read one exchange."""

_LEVEL = 2  # more costs time and saves little on text as repetitive as this
_MEMORY = 7  # the default of 8 takes nearly twice the time for packs as small as ours: its tables leave the cache


class Part(NamedTuple):
    """A row of ``events``: where some events of an exchange are."""

    id: int
    """Number of the exchange and position of the part in it, see :data:`~wsgitrace.capture.schema.PART_BITS`."""
    events: int
    """How many."""
    pack: int
    """The pack that holds it."""
    offset: int
    """Where in the unpacked pack it begins."""
    length: int
    """Bytes of it."""


class Pack(NamedTuple):
    """A row of ``packs``."""

    id: int
    """Its number, ascending."""
    coded: int
    """1 when ``data`` is compressed, 0 when it is as it is."""
    data: bytes
    """The parts, one after the other."""


class Packer:
    """Puts parts into packs."""

    def __init__(self, newest: int) -> None:
        self._newest = newest

    def pack(self, waiting: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[Pack, list[tuple[Part, int]]]]:
        """Packs for (id, count, events), each with its parts and the bytes that each part takes in the file."""
        together: list[tuple[int, int, bytes]] = []
        size = 0
        for row in waiting:
            length = len(row[2])
            if length >= WHOLE:
                yield self._make([row], row[2], coded=0)
                continue
            if size + length > PACK_BYTES:
                yield self._compress(together)
                together, size = [], 0
            together.append(row)
            size += length
        if together:
            yield self._compress(together)

    def _compress(self, rows: list[tuple[int, int, bytes]]) -> tuple[Pack, list[tuple[Part, int]]]:
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY)
        data = compressor.compress(b"".join([row[2] for row in rows])) + compressor.flush()
        return self._make(rows, data, coded=1)

    def _make(
        self, rows: list[tuple[int, int, bytes]], data: bytes, *, coded: int
    ) -> tuple[Pack, list[tuple[Part, int]]]:
        self._newest += 1
        pack = self._newest
        parts = []
        offset = 0
        share = len(data) / (sum(len(row[2]) for row in rows) or 1)
        for identity, count, events in rows:
            length = len(events)
            parts.append((Part(identity, count, pack, offset, length), round(length * share)))
            offset += length
        return Pack(pack, coded, data), parts


def unpack(data: bytes, *, coded: int) -> bytes:
    """The parts of a pack. Raises :class:`zlib.error` for a damaged one, and for one larger than we make."""
    if not coded:
        return data
    opener = zlib.decompressobj()
    unpacked = opener.decompress(data, PACK_BYTES)
    if not opener.eof:
        raise zlib.error("a pack does not end")
    return unpacked
