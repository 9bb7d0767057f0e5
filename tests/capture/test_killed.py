"""A writer that is killed: what it committed is there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.capture.test_retention import check_consistent
from wsgitrace.capture import Capture, Writer

SCRIPT = """
import sys
from pathlib import Path
from tests.capture.conftest import record
from wsgitrace.capture import Writer, ownership
ownership.platformdirs.user_cache_dir = lambda *a, **o: sys.argv[2]
writer = Writer.create(Path(sys.argv[1]), keep_exchanges=3_000)
worker = writer.new_worker()
local = 1
while True:
    number = record(writer, worker, range(local, local + 100))[-1]
    local += 100
    writer.commit()
    print(number, flush=True)
"""


@pytest.mark.parametrize("commits", [1, 7, 30])
def test_all_that_was_committed_is_there_each_time(path, cache, commits):
    committed = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path), str(cache.parent)], stdout=subprocess.PIPE, text=True
        )
        lines = [process.stdout.readline() for _ in range(commits)]
        process.kill()
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        # The last line may be cut: the kill came between two bytes of it.
        committed = max(int(line) for line in lines if line.endswith("\n"))
        with Capture.open(path) as capture:
            assert capture.newest() >= committed
            assert not capture.info().live
            page = capture.page(limit=5_000)
            assert [each.number for each in page] == list(range(page[0].number, page[-1].number - 1, -1))
            assert all(each.done for each in page)
            assert len(capture.page(limit=5_000, text="/")) == len(page)
            for summary in page[:300]:
                assert len(capture.events(summary.number)) == summary.events
    Writer.create(path).close()
    check_consistent(path)
