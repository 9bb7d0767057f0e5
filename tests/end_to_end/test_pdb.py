"""pdb in a real terminal: asked for at a held request, and by the application itself."""

from __future__ import annotations

import http.client
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.conftest import Session

    Start = Callable[..., Session]

SOURCE = """
def shop(environ, start_response):
    price = 5
    if environ["PATH_INFO"] == "/stop":
        breakpoint()
        price += 1
    start_response("200 OK", [])
    return [b"%d" % price]
"""


class Shop:
    """The shop in a debugger, and clients that need nothing on its screen."""

    def __init__(self, start: Start, folder: Path) -> None:
        self._source = folder / "shop.py"
        self.save()
        session = start("run", "shop:shop", "--port", "0", columns=80, rows=24, cwd=folder, HOME=str(folder))
        self.terminal = session.terminal
        self._address = session.address

    def save(self) -> None:
        """Have the application start again."""
        self._source.write_text(SOURCE)

    def ask(self, target: str) -> Future[tuple[int, bytes]]:
        pool = ThreadPoolExecutor(1)
        try:
            return pool.submit(self._get, target)
        finally:
            pool.shutdown(wait=False)

    def _get(self, target: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self._address, timeout=60)
        with closing(connection):
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()


@pytest.fixture
def shop(start: Start, tmp_path: Path) -> Shop:
    return Shop(start, tmp_path)


def test_pdb_gets_the_terminal_and_the_screen_comes_back(shop: Shop) -> None:
    terminal = shop.terminal
    terminal.press("i")
    terminal.wait_for("will be held")
    answer = shop.ask("/held")
    terminal.wait_for("#1 GET /held")
    terminal.press("s")
    terminal.wait_for(lambda it: "at called shop" in it.row("#1 GET /held"))
    terminal.press("P")
    terminal.wait_for("(Pdb)")
    assert "pdb in request 1, GET /held" in terminal.text
    terminal.type("6 * 7, environ['PATH_INFO']\r")
    terminal.wait_for("(42, '/held')")
    terminal.type("half a line")
    terminal.press("ctrl+c")
    terminal.wait_for("--KeyboardInterrupt--")
    terminal.type("c\r")
    terminal.wait_for("The request is still held.")
    assert "at called shop" in terminal.row("#1 GET /held")
    terminal.press("c")
    assert answer.result(60) == (200, b"5")
    answers = [shop.ask("/stop"), shop.ask("/stop")]
    for number in (2, 3):
        terminal.wait_for(lambda it, number=number: "(Pdb)" in it.text.partition(f"pdb in request {number}")[2])
        terminal.type("price = 40\r")
        terminal.type("c\r")
    assert [each.result(60) for each in answers] == [(200, b"41"), (200, b"41")]
    shop.ask("/stop")
    terminal.wait_for(lambda it: "(Pdb)" in it.text.partition("pdb in request 4")[2])
    terminal.type("__import__('os')._exit(7)\r")
    terminal.wait_for("pdb in request 4 has ended. The worker ended")
    terminal.press("escape")
    terminal.wait_for("PROCESS GONE")
    assert "exit code 7" in terminal.text
    shop.save()
    terminal.wait_for("LIVE")
    last = shop.ask("/stop")
    terminal.wait_for(lambda it: "(Pdb)" in it.text.partition("pdb in request 5")[2])
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert terminal.left_on() == []
    assert terminal.survivors(10) == []
    assert last.result(60) == (200, b"6")


def test_closing_the_window_in_pdb_ends_everything(shop: Shop) -> None:
    shop.ask("/stop")
    shop.terminal.wait_for("(Pdb)")
    shop.terminal.hang_up()
    assert shop.terminal.process.wait(30) == 128 + signal.SIGHUP
    assert shop.terminal.survivors(10) == []
