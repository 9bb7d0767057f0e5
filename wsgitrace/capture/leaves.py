"""Leaves of tables, page by page (https://www.sqlite.org/fileformat2.html, 1.6 and 2.1): which rows they have.

A row tells its own length twice, so that one can be told from nonsense wherever it begins. Where a part of a leaf is
damaged, SQLite reads none of it; a new leaf with the rows that are left is read whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.capture.schema import PAGE_SIZE, PART_BITS
from wsgitrace.capture.summary import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INNER: Final = 5
"""How a page begins that tells where others are."""

LEAF: Final = 13
"""How a page begins that has rows."""

_HEAD: Final = 8
_WITHOUT_ROUTES: Final = 2  # columns that exchanges of earlier formats do not have
_NULL: Final = 0
_INTEGERS: Final = frozenset(range(1, 10)) - {7}  # serial types, 2.1
_ZERO_OR_ONE: Final = frozenset({8, 9})
_STREAM: Final = 13 + 2 * len("stdout")  # the serial type of "stdout" and of "stderr"
_SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)  # bytes of a value, by serial types that are no text
_FIRST_OF_ANY_LENGTH: Final = 12
_MOST: Final = PAGE_SIZE - 35  # bytes of a row that lies in one page
_LEAST: Final = (PAGE_SIZE - 12) * 32 // 255 - 23


class Leaf(NamedTuple):
    """A page of rows."""

    first: int
    """The lowest key."""
    last: int
    """The highest."""
    page: int
    """From 1."""


class _Cell(NamedTuple):
    """A row where it lies."""

    key: int
    table: str
    start: int
    end: int


def cells(data: bytes, start: int) -> list[int]:
    """Where the cells of a page are, whose places begin at ``start``; those left out that cannot be."""
    many = min(int.from_bytes(data[3:5], "big"), (PAGE_SIZE - start) // 2)
    places = (int.from_bytes(data[start + 2 * each : start + 2 * each + 2], "big") for each in range(many))
    return [place for place in places if start <= place < PAGE_SIZE - 4]


def understood(data: bytes, page: int) -> tuple[str, Leaf]:
    """Whose leaf a page is, and which rows it has; an empty name where it is none of ours."""
    nothing = "", Leaf(0, 0, page)
    if data[0] != LEAF:
        return nothing
    places = cells(data, _HEAD)
    if not places or len(places) != int.from_bytes(data[3:5], "big"):
        return nothing
    first, last = _cell(data, places[0]), _cell(data, places[-1])
    if first is None or last is None or first.table != last.table or first.key > last.key:
        return nothing
    return first.table, Leaf(first.key, last.key, page)


def mended(data: bytes, table: str) -> bytes:
    """A leaf of that table with the rows that can be told on it; as it is where nothing is wrong, or nothing left."""
    places = cells(data, _HEAD)
    there = [_cell(data, place) for place in places]
    sound = [each for each in there if each is not None and each.table == table]
    keys = [each.key for each in sound]
    if data[0] == LEAF and len(keys) == int.from_bytes(data[3:5], "big") and keys == sorted(set(keys)):
        return data
    found = {each.key: each for each in _scanned(data) if each.table == table}
    return _made(data, [found[key] for key in sorted(found)]) if found else data


def _scanned(data: bytes) -> Iterator[_Cell]:
    """Rows wherever they are: they lie side by side."""
    at = _HEAD
    while at < PAGE_SIZE - 4:
        cell = _cell(data, at)
        if cell is not None and cell.table:
            yield cell
        at = at + 1 if cell is None or not cell.table else cell.end


def _made(data: bytes, rows: Sequence[_Cell]) -> bytes:
    page = bytearray(PAGE_SIZE)
    end = PAGE_SIZE
    for index, row in enumerate(rows):
        end -= row.end - row.start
        page[end : end + row.end - row.start] = data[row.start : row.end]
        page[_HEAD + 2 * index : _HEAD + 2 * index + 2] = end.to_bytes(2, "big")
    page[0] = LEAF
    page[3:5] = len(rows).to_bytes(2, "big")
    page[5:7] = end.to_bytes(2, "big")
    return bytes(page)


def _cell(data: bytes, at: int) -> _Cell | None:
    """The row that begins there; None where none does."""
    try:
        length, after = read_varint(data, at)
        key, body = read_varint(data, after)
        many, start = read_varint(data, body)
        if not start - body <= many <= min(length, PAGE_SIZE - body):
            return None
        types = list(_serial_types(data, start, body + many))
        if many + sum(map(_size, types)) != length:
            return None
    except IndexError:
        return None
    local = length
    if length > _MOST:
        local = _LEAST + (length - _LEAST) % (PAGE_SIZE - 4)
        local = (local if local <= _MOST else _LEAST) + 4  # and the page that it goes on on
    return _Cell(key, _table(types, key), at, body + local) if body + local <= PAGE_SIZE else None


def _size(kind: int) -> int:
    if kind >= _FIRST_OF_ANY_LENGTH:
        return (kind - _FIRST_OF_ANY_LENGTH) // 2
    return _SIZES[kind]


def _serial_types(data: bytes, at: int, end: int) -> Iterator[int]:
    while at < end:
        kind, at = read_varint(data, at)
        yield kind


def _table(types: list[int], key: int) -> str:
    """Whose row has such columns. The key of each is its number, so that the first column is empty."""
    if not types or types[0] != _NULL:
        return ""
    whole = len(COLUMNS) + 1
    match types[1:]:
        case [events, pack, offset, length] if {events, pack, offset, length} <= _INTEGERS:
            return "events"
        case [coded, blob] if blob >= 12 and blob % 2 == 0:  # noqa: PLR2004 -- the serial types of blobs
            if key >= 1 << PART_BITS:
                return "bodies" if coded in _INTEGERS else ""
            return "packs" if coded in _ZERO_OR_ONE else ""
        case [_, _, stream, _, _] | [_, _, stream, _, _, _] if stream == _STREAM:  # the last column came later
            return "output"
    return "exchanges" if len(types) in {whole, whole - _WITHOUT_ROUTES} else ""


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends. Raises :class:`IndexError`."""
    value = 0
    for index in range(at, at + 8):
        value = value << 7 | data[index] & 0x7F
        if data[index] < 0x80:  # noqa: PLR2004 -- the sign that more comes
            return value, index + 1
    return value << 8 | data[at + 8], at + 9
