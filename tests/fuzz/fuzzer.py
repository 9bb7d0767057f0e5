"""A coverage-guided fuzzer of the request parser: ``python -m tests.fuzz.fuzzer [SECONDS] [SEED]``.

Inputs that reach new edges of the parser, or break a promise of :mod:`tests.fuzz.properties`, are written to
``tests/fuzz/corpus``: the next run begins with them, and the default run of the tests replays them.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from hashlib import sha256
from pathlib import Path

import wsgitrace.server.body
import wsgitrace.server.head
import wsgitrace.server.target
from tests.fuzz.coverage import Edges
from tests.fuzz.properties import check

CORPUS = Path(__file__).parent / "corpus"
SEEDS = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST http://h:1/a%20b?c HTTP/1.0\r\nHost: [::1]\r\nContent-Length: 5\r\n\r\nhello",
    (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: a, close\r\n"
        b'Expect: 100-continue\r\n\r\n5;a="b";c\r\nhello\r\n0\r\nX: y\r\n\r\nGET /'
    ),
    b"OPTIONS * HTTP/1.1\r\nHost:\r\nA: b\r\na: c\r\nCookie: d\r\nCookie: e\r\nUnder_score: f\r\n\r\n",
)
WORDS = (
    *(b"\r\n", b"\r", b"\n", b"\0", b" ", b"\t", b":", b";", b",", b"=", b'"', b"\\", b"%", b"#", b"?", b"@", b"*"),
    *(b"\r\n\r\n", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"CONNECT", b"OPTIONS", b"http://", b"//", b"[::1]", b"_"),
    *(b"Host: x\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
    *(
        b"Expect: 100-continue\r\n",
        b"Content-Type: a/b\r\n",
        b"chunked",
        b"gzip, ",
        b"0\r\n",
        b"ffffffffffffffff",
        b"-1",
    ),
    *(b"\xff", b"\x80", b"\x7f", b"\x0b", b"\xa0", b"9" * 19, b"a" * 100),
)


def mutate(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """A neighbour of ``data``."""
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        at = dice.randrange(len(made) + 1)
        end = min(len(made), at + dice.choice((0, 0, 1, 1, 2, 5, 20)))
        what = dice.randrange(5)
        if what == 0:
            made[at:end] = dice.choice(WORDS)
        elif what == 1:
            made[at:end] = bytes([dice.randrange(256)])
        elif what == 2:
            made[at:end] = b""
        elif what == 3:
            made[at:at] = made[at:end] * dice.choice((1, 2, 15))
        else:
            start = dice.randrange(len(other) + 1)
            made[at:end] = other[start : start + dice.randrange(30)]
    return bytes(made[:3000])


def keep(data: bytes, folder: Path) -> Path:
    """Add ``data`` to a corpus."""
    path = folder / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def main(seconds: float, seed: int, folder: Path = CORPUS) -> int:
    """Fuzz; the number of inputs that broke a promise. What it finds goes into ``folder``."""
    dice = random.Random(seed)
    edges = Edges(
        *(module.__file__ for module in (wsgitrace.server.head, wsgitrace.server.body, wsgitrace.server.target))
    )
    corpus = [*SEEDS, *(path.read_bytes() for path in sorted(folder.iterdir()))]
    for data in corpus:
        edges.run(lambda data=data: check(data))
    runs = broken = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        data = mutate(dice.choice(corpus), dice.choice(corpus), dice)
        runs += 1
        try:
            fresh = edges.run(lambda data=data: check(data))[1]
        except Exception:  # noqa: BLE001 -- whatever it is, it is a finding
            broken += 1
            traceback.print_exc()
            print(f"{keep(data, folder)}: {data!r}")
            continue
        if fresh:
            keep(data, folder)
            corpus.append(data)
    print(
        f"{runs} inputs, {len(edges.seen)} edges, {len(corpus)} in the corpus, {broken} broke a promise (seed {seed})"
    )
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(float((sys.argv[1:] or ["60"])[0]), int((sys.argv[2:] or [str(time.time_ns())])[0]))))
