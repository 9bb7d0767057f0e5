"""Debuggers in terminals, as users start them."""

from __future__ import annotations

import http.client
import re
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
ROOT = Path(__file__).resolve().parents[2]


class Session:
    """``wsgitrace`` in a terminal, and its clients."""

    def __init__(self, *arguments: str, columns: int = 120, rows: int = 36, cwd: Path = ROOT, **env: str) -> None:
        command = [sys.executable, "-m", "wsgitrace", *arguments]
        self.terminal = Terminal(command, columns=columns, rows=rows, cwd=cwd, env=env)

    @property
    def serving(self) -> tuple[str, int]:
        """Where the application is served, as the terminal says; waits for it."""
        self.terminal.wait_for(lambda it: ADDRESS.search(it.text))
        found = ADDRESS.search(self.terminal.text)
        assert found
        return "127.0.0.1", int(found[1])

    @property
    def address(self) -> tuple[str, int]:
        """Where the application is served, once it answers."""
        address = self.serving
        self.terminal.wait_for("LIVE")
        return address

    def get(self, target: str) -> tuple[int, bytes]:
        """Make a request; status and body."""
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, target: str) -> Future[tuple[int, bytes]]:
        """Make a request, and wait for its answer elsewhere."""
        pool = ThreadPoolExecutor(1)
        try:
            return pool.submit(self.get, target)
        finally:
            pool.shutdown(wait=False)


@pytest.fixture
def start() -> Iterator[Callable[..., Session]]:
    """Start debuggers in terminals; all are ended with the test."""
    with ExitStack() as stack:

        def starting(*arguments: str, columns: int = 120, rows: int = 36, cwd: Path = ROOT, **env: str) -> Session:
            session = Session(*arguments, columns=columns, rows=rows, cwd=cwd, **env)
            stack.callback(session.terminal.close)
            return session

        yield starting
