"""``kill -9`` of the debugger while requests come in: the file opens, and only the last second may be missing.

``WSGITRACE_TEST_KILLS=20 pytest -n0 -s tests/end_to_end/test_debugger_killed.py`` does it so often, under all the load
that two clients make, and prints what was found.
"""

from __future__ import annotations

import http.client
import math
import os
import signal
import sys
import threading
import time
from pathlib import Path

from tests.support.commands import record
from tests.support.waiting import PATIENCE, until
from wsgitrace.capture import Capture, Writer

KILLS = int(os.environ.get("WSGITRACE_TEST_KILLS", "1"))
ROOT = Path(__file__).resolve().parents[2]
PAUSE = 0.0 if KILLS > 1 else 0.005
"""Seconds between two requests of a client: a machine that is busy with other tests has a second to spare as well."""

PROMISED = 1.0
"""Seconds after which what has ended is in the file."""


class Client(threading.Thread):
    """Asks until nobody answers, and notes when each answer was there."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self._address = url.removeprefix("http://")
        self._client = name
        self.ended: dict[str, float] = {}
        self.start()

    @property
    def first(self) -> float:
        """When the first answer was there."""
        return next(iter([*self.ended.values()]), math.inf)

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
        try:
            while True:
                target = f"/hello?{self._client}-{len(self.ended)}"
                connection.request("GET", target)
                connection.getresponse().read()
                self.ended[target] = time.monotonic()
                time.sleep(PAUSE)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


def test_what_ended_more_than_a_second_before_is_there(tmp_path):
    path = tmp_path / "killed.wtrace"
    promised: set[str] = set()
    for kill in range(KILLS):
        with record("demos.hello:app", path, cwd=ROOT) as serving:
            clients = [Client(serving.url, f"{kill}-{each}") for each in range(2)]
            spare = 0.1 + kill % 7 / 10
            until(lambda: max(each.first for each in clients) < time.monotonic() - PROMISED - spare)  # noqa: B023 -- used at once
            killed = time.monotonic()
            serving.stop(signal.SIGKILL)
        for client in clients:
            client.join(PATIENCE)
        ended = {target: at for client in clients for target, at in client.ended.items()}
        promised |= {target for target, at in ended.items() if at < killed - PROMISED}
        with Capture.open(path) as capture:
            page = capture.page(limit=1_000_000)
            there = {each.target for each in page if each.done}
            assert promised <= there
            if KILLS > 1:
                late = [killed - at for target, at in ended.items() if target not in there]
                sys.stdout.write(f"kill {kill + 1:2}: {len(ended):5} ended, {len(late):4} not in the file,")
                sys.stdout.write(f" the oldest of which had ended {max(late, default=0):.2f} s before\n")
    assert promised
    Writer.create(path).close()
    with Capture.open(path) as capture:
        assert all(each.done for each in capture.page(limit=1_000_000))
