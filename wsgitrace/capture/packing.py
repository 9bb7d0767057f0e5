"""Events of neighbouring exchanges, compressed together: they are nearly alike, so a sixth of the bytes holds them."""

from __future__ import annotations

import zlib
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WHOLE = 8_192
"""Bytes from which on a part lies in a pack of its own, as it is: body bytes make up most of it, and images do not
compress."""

PACK_BYTES = 65_536
"""Bytes of parts that one pack holds at most: what has to be unpacked to read one exchange."""

_LEVEL = 2  # more costs time and saves little on text as repetitive as this
_MEMORY = 7  # the default of 8 takes nearly twice the time for packs as small as ours: its tables leave the cache


Part: TypeAlias = tuple[int, int, int, int, int]
"""A row of ``events``: number of the exchange and position of the part in it (see
:data:`~wsgitrace.capture.schema.PART_BITS`), how many events, the pack that holds them, where in the unpacked pack they
begin, and their bytes."""


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

    def pack(self, waiting: Iterable[tuple[int, int, bytes]]) -> Iterator[tuple[Pack, list[Part], list[int]]]:
        """Packs for (id, count, events), each with its parts and the bytes that each of these takes in the file."""
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

    def _compress(self, rows: list[tuple[int, int, bytes]]) -> tuple[Pack, list[Part], list[int]]:
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY)
        data = compressor.compress(b"".join([row[2] for row in rows])) + compressor.flush()
        return self._make(rows, data, coded=1)

    def _make(
        self, rows: list[tuple[int, int, bytes]], data: bytes, *, coded: int
    ) -> tuple[Pack, list[Part], list[int]]:
        self._newest += 1
        ids, counts, events = zip(*rows, strict=True)
        lengths = [len(each) for each in events]
        offsets = accumulate(lengths, initial=0)
        parts = list(zip(ids, counts, repeat(self._newest), offsets, lengths, strict=False))
        share = len(data) / (sum(lengths) or 1)
        return Pack(self._newest, coded, data), parts, [round(length * share) for length in lengths]


def unpack(data: bytes, *, coded: int) -> bytes:
    """The parts of a pack. Raises :class:`zlib.error` for a damaged one, and for one larger than we make."""
    if not coded:
        return data
    opener = zlib.decompressobj()
    unpacked = opener.decompress(data, PACK_BYTES)
    if not opener.eof:
        raise zlib.error("a pack does not end")
    return unpacked
