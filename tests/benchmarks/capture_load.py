"""What it costs to record exchanges, and to look at them: prints figures, decides nothing.

``python -m tests.benchmarks.capture_load [EXCHANGES] [--keep N]``
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import statistics
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.traffic import LAYERS, all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import decode_worker_frame, encode
from wsgitrace.query import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BATCH = 500
"""Exchanges between two commits: 5,000 a second, committed every 100 ms."""

TEXTS = ("cart", "post /api", "/checkout/99", " 500", "page=7 404", "no such text", "e", "q9", "page=12 30")
"""Filters from common to rare; the last but one and but two are too short for the index."""


def main() -> None:
    """Write, then read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exchanges", type=int, nargs="?", default=100_000)
    parser.add_argument("--keep", type=int, default=None, help="exchanges kept; default: all")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.wtrace"
        writer = Writer.create(path, keep_exchanges=arguments.keep, keep_bytes=None, app="shop:app")
        worker = writer.new_worker()
        for layer in LAYERS:
            writer.add(worker, layer)
        write(writer, worker, arguments.exchanges)
        before = time.perf_counter()
        with Capture.open(path) as capture:
            capture.page()
            print(f"open and first page               {(time.perf_counter() - before) * 1e3:8.2f} ms (target 1,000)")
            read(capture)
            read_while_writing(writer, worker, capture, arguments.exchanges)
        delete(writer)
        before = time.perf_counter()
        writer.close()
        print(f"close to a single file            {(time.perf_counter() - before) * 1e3:8.2f} ms")


def write(writer: Writer, worker: int, exchanges: int) -> None:
    """Figures of recording, receiving included."""
    payloads = [[encode(frame) for frame in all_frames(range(start, start + BATCH), 0)] for start in (1, 1 + BATCH)]
    print(f"on the link                       {sum(map(len, payloads[0])) / BATCH:8.0f} B an exchange")
    spent, memory = 0.0, []
    slowest = 0.0
    for start in range(1, exchanges + 1, BATCH):
        payload = [encode(frame) for frame in all_frames(range(start, start + BATCH), time.time_ns())]
        spent += cpu(lambda payload=payload: receive(writer, worker, payload))
        began = time.perf_counter()
        spent += cpu(writer.commit)
        slowest = max(slowest, time.perf_counter() - began)
        if start % (exchanges // 10 // BATCH * BATCH or BATCH) == 1:
            memory.append(resident())
    print(f"CPU of receive and store          {spent / exchanges * 1e6:8.1f} µs an exchange (target 30 with listing)")
    print(f"slowest commit                    {slowest * 1e3:8.1f} ms of {BATCH} exchanges")
    each = size(writer.path) / min(exchanges, kept(writer))
    print(f"on disk                           {each:8.0f} B an exchange (target 2,500)")
    print(f"memory at each tenth              {' '.join(f'{each:.0f}' for each in memory)} MB (target 200)")


def delete(writer: Writer) -> None:
    """Take out what a filter finds."""
    with Capture.open(writer.path) as capture:
        before = time.perf_counter()
        steps = capture.search(parse("status:404"), limit=2**62)
        removed = sum(writer.delete([row.number for row in step.rows]) for step in steps)
        took = time.perf_counter() - before
    print(f"deletion by filter                {took / max(removed, 1) * 1e6:8.1f} µs an exchange, {removed:,} of them")


def receive(writer: Writer, worker: int, payloads: Iterable[bytes]) -> None:
    """What the recorder does with each frame."""
    for payload in payloads:
        writer.add(worker, decode_worker_frame(payload))


def read(capture: Capture) -> None:
    """Figures of looking."""
    newest = capture.newest()
    print(f"newest page                       {timed(capture.page):8.2f} ms (target 2)")
    print(f"page in the middle                {timed(lambda: capture.page(before=newest // 2)):8.2f} ms")
    print(f"events of one                     {timed(lambda: capture.events(newest - 5)):8.2f} ms")
    for text in TEXTS:
        found = len(capture.page(text=text))
        took = timed(lambda text=text: capture.page(text=text), 5)
        print(f"filter {text!r:26} {took:8.2f} ms for {found} rows")
    print(f"count of {TEXTS[0]!r:24} {timed(lambda: capture.count(TEXTS[0]), 3):8.2f} ms for {capture.count(TEXTS[0])}")


def read_while_writing(writer: Writer, worker: int, capture: Capture, first: int) -> None:
    """Newest page and a filter during 5,000 inserts a second."""
    stop = threading.Event()
    starts = range(first + 1, first + 1 + 8 * BATCH, BATCH)
    # What workers do is done before.
    sent = [[encode(frame) for frame in all_frames(range(start, start + BATCH), 0)] for start in starts]

    def record() -> None:
        for payloads in cycle(sent):
            if stop.is_set():
                break
            due = time.monotonic() + 0.1
            receive(writer, worker, payloads)
            writer.commit()
            time.sleep(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=record)
    thread.start()
    for name, target, call in (
        ("newest page", 2, capture.page),
        ("filter 'cart'", 50, lambda: capture.page(text="cart")),
    ):
        took = []
        until = time.monotonic() + 4
        while time.monotonic() < until:
            began = time.perf_counter()
            call()
            took.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.02)
        slow = quantile(took, 0.95)
        print(f"{name:14} during inserts      {statistics.median(took):8.2f} ms, p95 {slow:.2f} ms (target {target})")
    stop.set()
    thread.join()


def cpu(call: Callable[[], object]) -> float:
    """Seconds of CPU that a call takes in this thread."""
    before = time.thread_time()
    call()
    return time.thread_time() - before


def timed(call: Callable[[], object], repeats: int = 9) -> float:
    """Milliseconds that a call takes, median."""
    took = []
    for _ in range(repeats):
        before = time.perf_counter()
        call()
        took.append((time.perf_counter() - before) * 1e3)
    return statistics.median(took)


def quantile(values: list[float], part: float) -> float:
    """The value below which ``part`` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def size(path: Path) -> int:
    """Bytes of the file and what SQLite keeps beside it."""
    total = 0
    for end in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            total += path.with_name(path.name + end).stat().st_size
    return total


def kept(writer: Writer) -> int:
    """Exchanges in the file."""
    with Capture.open(writer.path) as capture:
        return capture.count()


def resident() -> float:
    """Megabytes of memory at the most so far."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
