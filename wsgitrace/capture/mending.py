"""Pages of tables made anew: a page of nonsense would hide all the rows on it and beneath it.

A table is a tree of pages (https://www.sqlite.org/fileformat2.html, 1.6). The rows are in its leaves, and a leaf tells
by itself which rows it has; the pages above only tell where the leaves are. So where leaves are not reached from the
root any more, the tree above them is built again, and damaged leaves that are reached are made of the rows that are
left on them. All of it in a copy of the file.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from wsgitrace.capture.leaves import INNER, Leaf, cells, mended, understood
from wsgitrace.capture.schema import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

TABLES: Final = ("exchanges", "events", "packs", "bodies", "output")
"""The tables that have more than a few pages."""

_FANOUT: Final = 1_000  # a cell of an inner page takes 15 bytes at most


def mend(path: Path, roots: Mapping[str, int]) -> None:
    """Make the leaves of tables, given the pages that these begin at, reachable again. Raises :class:`OSError`."""
    with path.open("r+b") as file:
        _Pages(file).mend({name: roots[name] for name in TABLES if name in roots})


class _Pages:
    """The pages of a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._count = file.seek(0, 2) // PAGE_SIZE

    def mend(self, roots: Mapping[str, int]) -> None:
        """Make damaged leaves anew, and build the trees again of which leaves are not reached."""
        for name, root in roots.items():
            self._mend_leaves(name, self._reached(root))
        free = self._free()
        leaves: dict[str, dict[int, Leaf]] = {name: {} for name in roots}
        for page in range(2, self._count + 1):
            table, leaf = understood(self._read(page), page)
            if table in leaves and page not in free:
                leaves[table][page] = leaf
        before = self._count
        for name, root in roots.items():
            reached = self._reached(root)
            if not leaves[name].keys() <= reached:
                self._build(root, _in_order(leaves[name], reached))
        if self._count > before:
            self._tell_size()

    def _mend_leaves(self, table: str, reached: set[int]) -> None:
        for page in reached:
            data = self._read(page)
            if len(data) == PAGE_SIZE and data[0] != INNER and (better := mended(data, table)) != data:
                self._write(page, better)

    def _read(self, page: int) -> bytes:
        self._file.seek((page - 1) * PAGE_SIZE)
        return self._file.read(PAGE_SIZE)

    def _write(self, page: int, data: bytes) -> None:
        self._file.seek((page - 1) * PAGE_SIZE)
        self._file.write(data)

    def _free(self) -> set[int]:
        """Pages that are in no table, as far as the file tells (1.5): what they hold is no longer meant."""
        found: set[int] = set()
        trunk = int.from_bytes(self._read(1)[32:36], "big")
        while 1 < trunk <= self._count and trunk not in found:
            found.add(trunk)
            data = self._read(trunk)
            many = min(int.from_bytes(data[4:8], "big"), PAGE_SIZE // 4 - 2)
            found |= {int.from_bytes(data[8 + 4 * each : 12 + 4 * each], "big") for each in range(many)}
            trunk = int.from_bytes(data[:4], "big")
        return found

    def _reached(self, root: int) -> set[int]:
        """All pages that are found from a root."""
        found: set[int] = set()
        waiting = [root]
        while waiting:
            page = waiting.pop()
            if not 1 < page <= self._count or page in found:
                continue
            found.add(page)
            data = self._read(page)
            if data[0] == INNER:
                below = [int.from_bytes(data[at : at + 4], "big") for at in cells(data, 12)]
                waiting += [*below, int.from_bytes(data[8:12], "big")]
        return found

    def _build(self, root: int, leaves: Sequence[Leaf]) -> None:
        """A tree over these leaves: its root where the table begins, the other inner pages at the end of the file."""
        if len(leaves) == 1:
            self._write(root, self._read(leaves[0].page))
            return
        while len(leaves) > _FANOUT:
            above = []
            for start in range(0, len(leaves), _FANOUT):
                part = leaves[start : start + _FANOUT]
                if len(part) == 1:  # an inner page has two below it at least
                    above.append(part[0])
                    continue
                self._count += 1
                self._write(self._count, _inner_page(part))
                above.append(Leaf(part[0].first, part[-1].last, self._count))
            leaves = above
        self._write(root, _inner_page(leaves))

    def _tell_size(self) -> None:
        head = bytearray(self._read(1))
        head[28:32] = self._count.to_bytes(4, "big")
        head[92:96] = head[24:28]  # the size is valid where the change counters agree
        self._write(1, bytes(head))


def _in_order(leaves: Mapping[int, Leaf], reached: set[int]) -> list[Leaf]:
    """Those that are reached, and those of the others that lie between them: a page may be an old one."""
    found = sorted(leaf for page, leaf in leaves.items() if page in reached)
    for leaf in sorted(leaf for page, leaf in leaves.items() if page not in reached):
        at = bisect_left(found, leaf)
        if (at == 0 or found[at - 1].last < leaf.first) and (at == len(found) or leaf.last < found[at].first):
            found.insert(at, leaf)
    return found


def _inner_page(leaves: Sequence[Leaf]) -> bytes:
    """A page that tells where others are (1.6)."""
    cells = [leaf.page.to_bytes(4, "big") + _varint(leaf.last) for leaf in leaves[:-1]]
    page = bytearray(PAGE_SIZE)
    end = PAGE_SIZE
    for index, cell in enumerate(cells):
        end -= len(cell)
        page[end : end + len(cell)] = cell
        page[12 + 2 * index : 14 + 2 * index] = end.to_bytes(2, "big")
    page[0] = INNER
    page[3:5] = len(cells).to_bytes(2, "big")
    page[5:7] = end.to_bytes(2, "big")
    page[8:12] = leaves[-1].page.to_bytes(4, "big")
    return bytes(page)


def _varint(value: int) -> bytes:
    """The same, written. Keys of ours fit into eight bytes."""
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
