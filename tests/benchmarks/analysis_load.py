"""What analysis costs, and what it costs recording: prints figures, decides nothing.

``python -m tests.benchmarks.analysis_load [SECONDS]``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.support.traffic import LAYERS, all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import decode_worker_frame, encode
from wsgitrace.supervisor import analyse
from wsgitrace.supervisor.analyst import Analyst

TICK = 0.02
"""Seconds between two batches of the recorder."""


def main() -> None:
    """Alone, then beside a recorder at several rates, with and without in turns."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    alone()
    for rate in (200, 500, 1_000, 4_000):
        rounds = [(beside(rate, seconds, analysed=False), beside(rate, seconds, analysed=True)) for _ in range(3)]
        without = statistics.median(each[0][0] for each in rounds)
        beside_it = statistics.median(each[1][0] for each in rounds)
        behind = statistics.median(each[1][1] for each in rounds)
        print(
            f"{rate:5} a second: recording takes {without:6.1f} µs an exchange without,"
            f" {beside_it:6.1f} µs with analysis, which is {behind:,.0f} behind at the end"
        )


def alone() -> None:
    """Time of analysing a file, and the room its findings take."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.wtrace"
        writer = Writer.create(path, keep_exchanges=None)
        record(writer, started(writer), range(1, 2_001))
        writer.commit()
        with Capture.open(path) as capture:
            began = time.thread_time()
            analyse(capture)
            print(f"analysing one                     {(time.thread_time() - began) / 2_000 * 1e6:8.0f} µs")
            found = {number: capture.findings(number) for number in range(1, 2_001)}
        before = pages(writer)
        began = time.thread_time()
        writer.add_findings(found, (), 2_000)
        writer.commit()
        print(f"storing what was found of one     {(time.thread_time() - began) / 2_000 * 1e6:8.0f} µs")
        print(f"room that takes                   {(pages(writer) - before) * 16_384 / 2_000:8.0f} B")
        writer.close()


def beside(rate: int, seconds: float, *, analysed: bool) -> tuple[float, int]:
    """Microseconds that recording an exchange takes by the clock, and how far behind analysis is at the end."""
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer.create(Path(folder) / "load.wtrace")
        worker = started(writer)
        analyst = Analyst(writer, lambda: None)
        record(writer, worker, range(1, 17))
        writer.commit()
        if analysed:
            analyst.start()
            with Capture.open(writer.path) as capture:
                while not capture.analysed_to():
                    writer.commit()
                    time.sleep(TICK)
        spent, local = 0.0, 17
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            batch = range(local, local + int(rate * TICK))
            payloads = [encode(frame) for frame in all_frames(batch, 0)]
            before = time.perf_counter()
            for payload in payloads:
                writer.add(worker, decode_worker_frame(payload))
            writer.commit()
            spent += time.perf_counter() - before
            local = batch.stop
            time.sleep(max(0.0, TICK - (time.perf_counter() - began)))
        with Capture.open(writer.path) as capture:
            behind = local - 1 - capture.analysed_to()
        analyst.stop()
        writer.close()
        return spent / (local - 17) * 1e6, behind


def started(writer: Writer) -> int:
    """A worker whose layers are known."""
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    return worker


def record(writer: Writer, worker: int, numbers: range) -> None:
    """Whole exchanges."""
    for frame in all_frames(numbers, 0):
        writer.add(worker, frame)


def pages(writer: Writer) -> int:
    """Pages of the file."""
    return int(writer._connection.execute("PRAGMA page_count").fetchone()[0])


if __name__ == "__main__":
    main()
