"""``wsgitrace run`` in a terminal, from the first request to the last key."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.end_to_end.conftest import Session

    Start = Callable[..., Session]

RUN = ("run", "demos.shop:app", "--port", "0", "--no-reload")
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129, signal.SIGQUIT: 131}


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36), (200, 60)])
def test_requests_appear_as_they_are_made(start: Start, columns: int, rows: int) -> None:
    session = start(*RUN, columns=columns, rows=rows)
    assert session.get("/")[0] == 200
    session.terminal.wait_for(lambda it: "200" in it.row("GET"))
    assert session.get("/nope")[0] == 404
    session.terminal.wait_for(lambda it: "404" in it.row("/nope"))
    session.terminal.wait_for("ProxyHeaders")
    session.terminal.press("q")
    assert session.terminal.wait() == 0
    assert session.terminal.left_on() == []
    assert session.terminal.survivors(4) == []


def test_the_keys_lead_everywhere(start: Start) -> None:
    session = start(*RUN)
    terminal = session.terminal
    session.get("/plants/pothos")
    terminal.wait_for(lambda it: "200" in it.row("/plants/pothos"))
    session.get("/api/cart")
    terminal.wait_for("/api/cart")
    terminal.type("/pothos")
    terminal.press("enter")
    terminal.wait_for(lambda it: not it.row("/api/cart"))
    terminal.press("escape")
    terminal.wait_for("/api/cart")
    terminal.press("?")
    terminal.wait_for("Go to the list of requests.")
    terminal.press("escape")
    terminal.wait_for(lambda it: "Go to the list of requests." not in it.text)
    terminal.press("3", "]")
    terminal.wait_for("Accept-Encoding")
    terminal.press("q")
    assert terminal.wait() == 0


def test_replaying_makes_a_new_request(start: Start) -> None:
    session = start(*RUN)
    session.get("/plants/calathea")
    session.terminal.wait_for(lambda it: "200" in it.row("/plants/calathea"))
    session.terminal.press("r")
    session.terminal.wait_for(lambda it: sum("/plants/calathea" in line for line in it.lines if "GET" in line) >= 2)
    session.terminal.wait_for(lambda it: any("2 " in line and "replay" in line.lower() for line in it.lines))


def test_a_request_is_held_stepped_and_continued(start: Start) -> None:
    session = start(*RUN)
    terminal = session.terminal
    assert session.address
    terminal.press("i")
    terminal.wait_for(lambda it: "next" in it.text.lower())
    answer = session.ask("/plants/saguaro")
    terminal.wait_for(lambda it: "HELD" in it.text)
    assert session.get("/api/cart")[0] == 200, "others are served meanwhile"
    terminal.wait_for(lambda it: "200" in it.row("/api/cart"))
    terminal.press("g")
    terminal.wait_for("#1 GET /plants/saguaro")
    terminal.press("s")
    terminal.wait_for(lambda it: "at called ProxyHeaders" in it.row("#1 GET"))
    terminal.press("s")
    terminal.wait_for(lambda it: "at called timing" in it.row("#1 GET"))
    assert not answer.done()
    terminal.press("c")
    terminal.wait_for("done: complete")
    assert answer.result(60)[0] == 200
    terminal.press("q")
    assert terminal.wait() == 0
    assert terminal.survivors(4) == []


@pytest.mark.parametrize("number", CODES)
def test_a_signal_leaves_the_terminal_as_it_was(start: Start, number: signal.Signals) -> None:
    session = start(*RUN)
    session.get("/")
    session.terminal.wait_for(lambda it: "200" in it.row("GET"))
    assert session.terminal.left_on()
    session.terminal.process.send_signal(number)
    assert session.terminal.wait() == CODES[number]
    assert session.terminal.left_on() == []
    assert session.terminal.survivors(4) == []


def test_closing_the_window_ends_everything(start: Start) -> None:
    session = start(*RUN)
    session.get("/")
    session.terminal.hang_up()
    assert session.terminal.process.wait(30) == CODES[signal.SIGHUP]
    assert session.terminal.survivors(4) == []


@pytest.mark.parametrize("answers", [True, False])
def test_closing_the_window_under_traffic_ends_everything(start: Start, *, answers: bool) -> None:
    session = start(*RUN)
    address = session.address
    served = 0
    closing = threading.Event()

    def visit() -> None:
        nonlocal served
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                connection = http.client.HTTPConnection(*address, timeout=30)
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
                served += 1
                if served >= 200:
                    closing.set()

    visitor = threading.Thread(target=visit)
    visitor.start()
    if not answers:
        # What is drawn from here on waits, in the terminal first, then in the debugger.
        session.terminal.freeze()
    assert closing.wait(60)
    session.terminal.hang_up()
    assert session.terminal.process.wait(30) == CODES[signal.SIGHUP]
    assert session.terminal.survivors(4) == []
    visitor.join(60)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to look for the worker")  # noqa: PTH112 -- short
def test_killing_the_debugger_ends_the_worker(start: Start) -> None:
    session = start(*RUN)
    session.get("/")
    session.terminal.process.kill()
    session.terminal.process.wait(30)
    assert session.terminal.survivors(4) == []


def test_quitting_asks_when_a_request_is_held(start: Start) -> None:
    session = start(*RUN)
    terminal = session.terminal
    assert session.address
    terminal.press("i")
    terminal.wait_for(lambda it: "next" in it.text.lower())
    answer = session.ask("/")
    terminal.wait_for("HELD")
    terminal.press("q")
    terminal.wait_for(lambda it: "quit" in it.text.lower())
    assert terminal.process.poll() is None
    terminal.press("y")
    assert terminal.wait() == 0
    assert answer.result(60)[0] == 200, "what was held is let go, and answered"


def test_demo_browses_by_itself(start: Start) -> None:
    session = start("demo", "--port", "0")
    session.terminal.wait_for(lambda it: sum("GET" in line for line in it.lines) >= 5)
    session.terminal.press("q")
    assert session.terminal.wait() == 0
    assert session.terminal.left_on() == []
    assert session.terminal.survivors(4) == []


def test_without_a_screen_it_records(start: Start) -> None:
    session = start(*RUN, TERM="dumb")
    session.terminal.wait_for("serving demos.shop:app on http://127.0.0.1:")
    session.terminal.process.send_signal(signal.SIGINT)
    assert session.terminal.wait() == 130
    assert b"\x1b" not in session.terminal.raw
