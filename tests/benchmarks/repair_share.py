"""How much of a damaged capture ``wsgitrace repair`` saves: prints shares, decides nothing.

``python -m tests.benchmarks.repair_share [DAMAGES] [EXCHANGES]``

An exchange is intact when no page that holds its row, its events or its bodies was damaged; the share is of those.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.traffic import LAYERS, all_frames
from wsgitrace.capture import Capture, CaptureError, Writer
from wsgitrace.capture.repair import repair
from wsgitrace.capture.schema import PAGE_SIZE, PART_BITS
from wsgitrace.events import BodyPart

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 50
LEAF = 0x0D  # https://www.sqlite.org/fileformat2.html 1.6: a leaf of a table


def main() -> None:
    """Record once, damage and repair often."""
    damages = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    exchanges = int(sys.argv[2]) if len(sys.argv) > 2 else 3_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound = made(folder / "sound.wtrace", exchanges)
        pages = pages_of(folder / "sound.wtrace")
        shares: dict[str, list[float]] = defaultdict(list)
        for number in range(damages):
            chance = random.Random(number)
            kind = list(DAMAGES)[number % len(DAMAGES)]
            data = bytearray(sound)
            touched = DAMAGES[kind](data, chance)
            intact = {each for each, used in pages.items() if not used & touched}
            damaged, saved = folder / "damaged.wtrace", folder / "saved.wtrace"
            damaged.write_bytes(data)
            saved.unlink(missing_ok=True)
            with contextlib.suppress(CaptureError):
                repair(damaged, saved)
            share = len(intact & whole(saved)) / len(intact) if intact else 1.0
            shares[kind].append(share)
            if share < 1:
                print(f"  {number}: {kind}, pages {sorted(touched)[:6]}: {share:.1%} of {len(intact):,}")
        for kind, found in shares.items():
            print(
                f"{kind:34} {len(found):3} times: on average {statistics.mean(found):7.2%}, at worst {min(found):7.2%}"
            )
        everything = [share for found in shares.values() for share in found]
        print(f"{'all':34} {len(everything):3} times: on average {statistics.mean(everything):7.2%} of what is intact")


def made(path: Path, exchanges: int) -> bytes:
    """A capture with bodies, as it lies on disk."""
    with contextlib.closing(Writer.create(path, keep_exchanges=None, keep_bytes=None, app="shop:app")) as writer:
        worker = writer.new_worker()
        for layer in LAYERS:
            writer.add(worker, layer)
        for start in range(1, exchanges + 1, BATCH):
            for frame in all_frames(range(start, start + BATCH), 1_763_820_127_000_000_000):
                writer.add(worker, frame)
            for local in range(start, start + BATCH, 7):
                writer.add(worker, BodyPart(local, 17, random.Random(local).randbytes(30_000)))
            writer.commit()
    return path.read_bytes()


def pages_of(path: Path) -> dict[int, set[int]]:
    """By exchange: the pages (from 1) that hold what is recorded of it; no roots, no inner pages."""
    found: dict[int, set[int]] = {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        data = path.read_bytes()
        leaves = {name: dict(rows_on(data, connection, name)) for name in ("exchanges", "events", "packs", "bodies")}
        for number in leaves["exchanges"]:
            found[number] = set(leaves["exchanges"][number])
        for identity, pack in connection.execute("SELECT id, pack FROM events"):
            found[identity >> PART_BITS] |= leaves["events"][identity] | leaves["packs"][pack]
        for identity, used in leaves["bodies"].items():
            found[identity >> PART_BITS] |= used
    return found


def rows_on(data: bytes, connection: sqlite3.Connection, table: str) -> list[tuple[int, set[int]]]:
    """By row: its leaf, and the pages that it goes on on."""
    found = []
    leaves = connection.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,))
    for (page,) in leaves.fetchall():
        start = (page - 1) * PAGE_SIZE
        head = data[start : start + PAGE_SIZE]
        for index in range(int.from_bytes(head[3:5], "big")):
            at = int.from_bytes(head[8 + 2 * index : 10 + 2 * index], "big")
            length, at = varint(head, at)
            row, at = varint(head, at)
            found.append((row, {page, *overflow(data, head, at, length)}))
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of SQLite's, and where it ends."""
    value = 0
    for index in range(8):
        value = value << 7 | data[at + index] & 0x7F
        if data[at + index] < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def overflow(data: bytes, head: bytes, at: int, length: int) -> list[int]:
    """The pages that a row goes on on."""
    most, least = PAGE_SIZE - 35, (PAGE_SIZE - 12) * 32 // 255 - 23
    if length <= most:
        return []
    local = least + (length - least) % (PAGE_SIZE - 4)
    local = local if local <= most else least
    page = int.from_bytes(head[at + local : at + local + 4], "big")
    found = []
    while page:
        found.append(page)
        page = int.from_bytes(data[(page - 1) * PAGE_SIZE : (page - 1) * PAGE_SIZE + 4], "big")
    return found


def cut(data: bytearray, chance: random.Random) -> set[int]:
    """The end is missing."""
    pages = len(data) // PAGE_SIZE
    length = chance.randrange(PAGE_SIZE * 2, len(data))
    del data[length:]
    return set(range(length // PAGE_SIZE + 1, pages + 1))


def overwritten(data: bytearray, chance: random.Random, *, noise: bool, run: bool) -> set[int]:
    """Pages somewhere are nonsense."""
    pages = len(data) // PAGE_SIZE
    many = chance.randint(1, 20)
    first = chance.randrange(pages)
    chosen = range(first, min(first + many, pages)) if run else chance.sample(range(pages), many)
    for page in chosen:
        data[page * PAGE_SIZE : (page + 1) * PAGE_SIZE] = chance.randbytes(PAGE_SIZE) if noise else bytes(PAGE_SIZE)
    return {page + 1 for page in chosen}


def beheaded(data: bytearray, chance: random.Random) -> set[int]:
    """The first bytes are nonsense."""
    many = chance.choice([16, 100, 4_096, PAGE_SIZE])
    data[:many] = chance.randbytes(many)
    return {1}


def rooted(data: bytearray, chance: random.Random) -> set[int]:
    """Of the pages that tables begin at, one is nonsense."""
    page = chance.randrange(1, 24)
    data[page * PAGE_SIZE : (page + 1) * PAGE_SIZE] = bytes(PAGE_SIZE)
    return {page + 1}


DAMAGES: dict[str, Callable[[bytearray, random.Random], set[int]]] = {
    "cut off somewhere": cut,
    "1 to 20 pages of zeros": lambda data, chance: overwritten(data, chance, noise=False, run=False),
    "1 to 20 pages of noise": lambda data, chance: overwritten(data, chance, noise=True, run=False),
    "1 to 20 pages in a row of zeros": lambda data, chance: overwritten(data, chance, noise=False, run=True),
    "no header": beheaded,
    "the first page of some table": rooted,
}


def whole(path: Path) -> set[int]:
    """Numbers of the exchanges in a file of which all events can be read."""
    if not path.exists():
        return set()
    with Capture.open(path) as capture:
        rows = capture.page(limit=10**9)
        return {
            row.number
            for row in rows
            if len([e for e in capture.events(row.number) if hasattr(e, "seq")]) == row.events
        }


if __name__ == "__main__":
    main()
