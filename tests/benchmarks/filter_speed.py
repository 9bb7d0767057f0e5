"""What it costs to find exchanges by filters of every sort: prints figures, decides nothing.

``python -m tests.benchmarks.filter_speed [EXCHANGES] [--file FILE] [--agree FILTERS]``
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import tempfile
import time
from pathlib import Path

from tests.support.random_traffic import close_all, random_filter, record_random
from tests.support.traffic import LAYERS, all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.query import parse

BATCH = 500

FILTERS = {
    "": ("cart", "q9", "/z{3}/", "-status:200 -status:304 -status:404 -status:302 -status:500"),
    "method": ("method:POST status:500", "method:BREW"),
    "status": ("status:5xx", "status:599"),
    "path": ("path:/checkout/99", "path~^/nobody"),
    "url": ("url~[0-9]{6}",),
    "query": ("query~page=7$",),
    "host": ("host:example",),
    "peer": ("peer:192.0.2.1",),
    "type": ("type:json", "type:zebra"),
    "req.size": ("req.size:>10M",),
    "resp.size": ("resp.size:>10M",),
    "dur": ("dur:>1s", "dur:>1ms status:404 path:/cart", "dur@Session:>1s"),
    "self": ("self:>1s",),
    "ttfb": ("ttfb:>1s",),
    "held": ("held:>1s",),
    "chunks": ("chunks:>9",),
    "gap": ("gap:>1s",),
    "layers": ("layers:>40",),
    "sr": ("sr:>1",),
    "events": ("events:>9000",),
    "dropped": ("dropped:>0",),
    "exc": ("exc:*", "exc:ZeroDivisionError"),
    "swallowed": ("swallowed:yes",),
    "error": ("error:yes",),
    "closed": ("closed:no",),
    "input": ("input:partial",),
    "short": ("short:Session",),
    "route": ("route:zebra",),
    "view": ("view:zebra",),
    "how": ('how:"client gone"',),
    "state": ("state:held",),
    "note": ("note:*",),
    "id": ("id:12",),
    "worker": ("worker:9",),
    "pid": ("pid:404",),
    "thread": ("thread:404",),
    "replay-of": ("replay-of:12",),
    "src": ("src:replay",),
    "marked": ("marked:yes",),
    "since": ("since:2035-01-01",),
    "before": ("before:2015-01-01",),
    "is": ("is:slow", "is:asset", "-is:asset"),
    "has": ("has:req.x-nobody-has",),
    "layer": ("layer:Session", "layer:Zebra"),
    "changed": ("changed:vary", "by:Session changed:set-cookie"),
    "by": ("by:Gzip", "by:Zebra"),
    "buffered": ("buffered:*", "buffered:Zebra"),
    "starved": ("starved:*",),
    "lint": ("lint:*", "lint:must"),
    "header": ("header:x-nobody-has",),
    "req.header": ("req.header:accept=*zebra*",),
    "resp.header": ("resp.header:vary",),
    "cookie": ("cookie:session",),
    "set-cookie": ("set-cookie:zebra",),
    "body": ("body:nobody-says",),
    "req.body": ("req.body:nobody-says",),
    "resp.body": ("resp.body:hello",),
    "log": ("log:nobody-says", "log:error"),
    "sql": ("sql:>20", "sql:repeated", "sql:nobody-asks"),
}
"""By field: common and rare, by row, index, findings and recording. Every field is here."""

TARGET = 50.0
"""Milliseconds until a filter shows its first hits, or how far it has come: ``performance.md`` 1."""

PATIENCE = 2.0
"""Seconds after which a search is left."""


def main() -> None:
    """Record unless a file is given, then search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exchanges", type=int, nargs="?", default=100_000)
    parser.add_argument("--file", type=Path, help="a capture to search; made when missing, and left there")
    parser.add_argument("--agree", type=int, default=0, help="random filters to compare SQL and predicate by")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.agree:
            agree(Path(folder), arguments.agree)
        path = arguments.file or Path(folder) / "load.wtrace"
        if not path.exists():
            record(path, arguments.exchanges)
        with Capture.open(path) as capture:
            print(f"{capture.count():,} exchanges, analysed to {capture.analysed_to():,}; times in ms")
            slowest = {text: measure(capture, text) for texts in FILTERS.values() for text in texts}
    over = {text: took for text, took in slowest.items() if took > TARGET}
    print(
        f"first step within the target of {TARGET:.0f} ms: {len(slowest) - len(over)} of {len(slowest)} filters; over:"
    )
    for text, took in over.items():
        print(f"  {text}: {took:.1f}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory {memory:.0f} MB (target 200)")


def record(path: Path, exchanges: int) -> None:
    """A capture of ordinary exchanges, with findings as analysis makes them."""
    with contextlib.closing(Writer.create(path, keep_exchanges=None, keep_bytes=None)) as writer:
        worker = writer.new_worker()
        for layer in LAYERS:
            writer.add(worker, layer)
        found = [("layer", layer.name, "", 61_803) for layer in LAYERS[1:]]
        found += [("changed", LAYERS[3].name, name, 1) for name in ("environ:shop.user", "resp.header:set-cookie")]
        for start in range(1, exchanges + 1, BATCH):
            numbers = range(start, start + BATCH)
            for frame in all_frames(numbers, 1_763_820_127_000_000_000):
                writer.add(worker, frame)
            writer.commit()
            writer.add_findings(dict.fromkeys(numbers, found), (), numbers[-1])
            writer.commit()


def measure(capture: Capture, text: str) -> float:
    """The first step, which it returns, the slowest one, and the whole first page as far as patience lasts."""
    where = parse(text)
    began = last = time.perf_counter()
    first = slowest = 0.0
    rows = 0
    share = 0.0
    for step in capture.search(where):
        now = time.perf_counter()
        first = first or now - began
        slowest = max(slowest, now - last)
        last = now
        rows += len(step.rows)
        share = step.share
        if now - began > PATIENCE:
            break
    ended = "" if step.done else f", left at {share:.0%}"
    print(
        f"{text:62} first step {first * 1e3:6.1f}  slowest {slowest * 1e3:6.1f}"
        f"  page {(last - began) * 1e3:8.1f}  {rows:3} rows{ended}"
    )
    return first * 1e3


def agree(folder: Path, filters: int) -> None:
    """Compare what SQL and predicate say of random filters over random captures."""
    asked = 0
    while asked < filters:
        chance = random.Random(asked)
        path = record_random(folder / f"{asked}.wtrace", chance, exchanges=60, now=10**18)
        with Capture.open(path) as capture:
            facts = [capture.facts(summary) for summary in capture.page(limit=1_000)]
            for _ in range(500):
                text = random_filter(chance)
                where = parse(text, now=10**18)
                expected = [each.summary.number for each in facts if where.matches(each)]
                if [each.number for each in capture.page(where=where, limit=1_000)] != expected:
                    print(f"they differ: {text!r}")
        close_all()
        asked += 500
    print(f"{asked:,} random filters compared")


if __name__ == "__main__":
    main()
