from __future__ import annotations

import sys

from tests.support.terminal import Terminal
from tests.support.traffic import LAYERS, exchange
from wsgitrace.capture import Writer


def test_open_follows_a_file_that_another_process_records(tmp_path):
    writer = Writer.create(tmp_path / "live.wtrace")
    worker = writer.new_worker()
    for frame in (*LAYERS, *exchange(1, 1_763_820_127_000_000_000, target="/first")):
        writer.add(worker, frame)
    writer.commit()
    with Terminal([sys.executable, "-m", "wsgitrace", "open", str(tmp_path / "live.wtrace")]) as terminal:
        terminal.wait_for("/first")
        for frame in exchange(2, 1_763_820_128_000_000_000, target="/second"):
            writer.add(worker, frame)
        writer.commit()
        terminal.wait_for("/second")
        terminal.press("q")
        assert terminal.wait() == 0
    writer.close()
