"""Slow clients, and too many of them: every bound of H40."""

from __future__ import annotations

import contextlib
import select
import threading

import pytest

from wsgitrace.server import ServerOptions
from wsgitrace.server.connection import Connection


def drip(wire, data, wait_until):
    """Send it again and again, until the server has something to say or is gone."""

    def is_answered():
        wire.send(data)
        return select.select([wire.sock], [], [], 0.001)[0]

    with contextlib.suppress(OSError):
        wait_until(is_answered)


def test_h40_the_whole_head_has_a_deadline(serve, hello, notes, wait_until):
    """From its first byte, however many follow."""
    running = serve(hello, options=ServerOptions(head_timeout=0.3), observer=notes)
    wire = running.inject("1.2.3.4:5", sent=b"GET / HTTP/1.1\r\nA: ")
    drip(wire, b"a", wait_until)
    assert wire.rest().startswith(b"HTTP/1.1 408 ")
    assert notes.facts("refused")[0][2] == "H40"
    assert running.connect().is_closed()
    assert len(notes.facts("refused")) == 1, "a connection that never said anything is closed without a word"


def test_h40_empty_lines_keep_no_connection_open(serve, hello, wait_until):
    wire = serve(hello, options=ServerOptions(head_timeout=0.3)).connect()
    drip(wire, b"\r\n", wait_until)
    with contextlib.suppress(ConnectionResetError):
        assert wire.is_closed()


def test_an_error_of_the_server_costs_one_connection_only(serve, hello, monkeypatch, capsys):
    def fail(self):
        if self.buffer.startswith(b"POISON"):
            raise ValueError("a fault of the server")
        return real(self)

    real = Connection.next_head
    monkeypatch.setattr(Connection, "next_head", fail)
    running = serve(hello)
    assert running.send(b"POISON / HTTP/1.1\r\n\r\n") == b""
    assert running.connect().get().code == 200
    assert "a fault of the server" in capsys.readouterr().err


def test_h40_idle_connections_are_closed(serve, hello):
    wire = serve(hello, options=ServerOptions(idle_timeout=0.05)).connect()
    wire.get()
    assert wire.is_closed()


def test_h40_a_stalled_body_is_answered_408(serve, echo):
    running = serve(echo, options=ServerOptions(body_timeout=0.05))
    data = running.connect().ask("/", "Content-Length: 5", method="POST", body=b"abc").rest()
    assert data.startswith(b"HTTP/1.1 408 ")


def test_h40_a_stalled_reader_is_cut(serve, notes, wait_until):
    def application(environ, start_response):
        start_response("200 OK", [])
        return iter(lambda: b"x" * 1_000_000, None)

    running = serve(application, options=ServerOptions(reader_timeout=0.05), observer=notes)
    running.connect().ask()
    assert notes.wait("done") == [(False,)]


def test_slow_clients_do_not_starve_others(serve, echo):
    running = serve(echo, options=ServerOptions(threads=2))
    slow_heads = [running.connect().send(b"GET / HT") for _ in range(20)]
    slow_bodies = [running.connect().ask("/", "Content-Length: 3", method="POST", body=b"a") for _ in range(20)]
    wire = running.connect()
    for _ in range(5):
        assert wire.get("/", "Content-Length: 2", method="POST", body=b"ok").body == b"ok"
    for slow in slow_heads:
        assert slow.send(b"TP/1.1\r\nHost: x\r\n\r\n").answer().code == 200
    for slow in slow_bodies:
        assert slow.send(b"bc").answer().body == b"abc"


def test_threads_that_wait_in_blocking_do_not_count(serve, notes, wait_until):
    def application(environ, start_response):
        exchange = exchanges.pop()
        if environ["PATH_INFO"] == "/held":
            with exchange.blocking():
                held.release()
                assert let_go.acquire(timeout=20)
        start_response("200 OK", [])
        return [b"x"]

    exchanges = []
    notes.head = exchanges.append
    held, let_go = threading.Semaphore(0), threading.Semaphore(0)
    running = serve(application, options=ServerOptions(threads=2, max_threads=8), observer=notes)
    wires = [running.connect().ask("/held") for _ in range(6)]
    for _ in wires:
        assert held.acquire(timeout=20)
    assert running.connect().get().body == b"x"
    for _ in wires:
        let_go.release()
    assert [wire.answer().body for wire in wires] == [b"x"] * 6


def test_a_queue_that_does_not_move_gets_another_thread(serve, gate):
    running = serve(gate, options=ServerOptions(threads=2, max_threads=4, queue_patience=0.05))
    wires = [running.connect().ask("/wait") for _ in range(2)]
    for _ in wires:
        assert gate.entered.acquire(timeout=20)
    assert running.connect().get("/other").code == 200
    for _ in wires:
        gate.leave.release()


def test_beyond_the_cap_503(serve, gate, notes, wait_until):
    options = ServerOptions(threads=1, queue_limit=1)
    running = serve(gate, options=options, observer=notes)
    first = running.connect().ask("/wait")
    assert gate.entered.acquire(timeout=20)
    second = running.connect().ask("/two")
    wait_until(lambda: running.server.open_exchanges == 2)
    answer = running.connect().get("/three")
    assert (answer.code, answer.get("Retry-After"), answer.get("Connection")) == (503, "1", "close")
    assert notes.facts("refused")[0][:3] == (b"GET /three HTTP/1.1\r\nHost: test\r\n\r\n", 0, "H40")
    gate.leave.release()
    assert first.answer().code == 200
    assert second.answer().code == 200


def test_waiting_too_long_for_a_thread_503(serve, gate):
    running = serve(gate, options=ServerOptions(threads=1, queue_timeout=0.05))
    first = running.connect().ask("/wait")
    assert gate.entered.acquire(timeout=20)
    assert running.connect().get("/two").code == 503
    gate.leave.release()
    assert first.answer().code == 200


def test_single_threaded_is_never_entered_twice(serve, gate, wait_until):
    running = serve(gate, options=ServerOptions(threads=1, queue_patience=0.01))
    first = running.connect().ask("/wait")
    assert gate.entered.acquire(timeout=20)
    second = running.connect().ask("/two")
    pool = running.server._pool
    wait_until(lambda: pool._extra, "the wait that another thread is granted for where there may be more")
    assert pool.names == ("wsgi-1",)
    gate.leave.release()
    assert (first.answer().body, second.answer().body) == (b"/wait", b"/two.")


def test_h40_too_many_connections_close_the_longest_idle(serve, hello):
    running = serve(hello, options=ServerOptions(connections_limit=2))
    first, second = running.connect(), running.connect()
    first.get()
    second.get()
    assert running.connect().get().code == 200
    assert first.is_closed()


def test_200_clients_of_each_slow_kind_and_one_that_is_not(serve, echo):
    running = serve(echo)
    for slow in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"):
        for _ in range(200):
            running.connect().send(slow)
        # None of the others ends before its deadline, which is later than that of this test.
        assert running.connect().get("/").code == 200


@pytest.mark.parametrize("bound", [{"linger_timeout": 0.05}, {"linger_limit": 100}], ids=str)
def test_h40_a_refused_client_that_does_not_leave_is_read_for_a_while_only(serve, hello, wait_until, bound):
    running = serve(hello, options=ServerOptions(**{"linger_timeout": 1e6, **bound}))
    wire = running.connect().send(b"nonsense\r\n\r\n")
    assert wire.rest().startswith(b"HTTP/1.1 400 ")
    if "linger_limit" in bound:
        assert running.server._selector._connections, "it is waited for"
        wire.send(b"x" * 101)
    wait_until(lambda: not running.server._selector._connections)


def test_at_the_limit_a_slow_head_makes_room_for_a_newcomer(serve, hello, notes, monkeypatch):
    monkeypatch.setattr("wsgitrace.server.selector._SLOW", 0.01)
    running = serve(hello, options=ServerOptions(connections_limit=3), observer=notes)
    slow = [running.connect().send(b"GET / HT") for _ in range(3)]
    assert running.connect().get("/").code == 200
    assert slow[0].answer().code == 503
    assert notes.wait("refused")[0][0] == b"GET / HT"


def test_a_request_that_came_as_its_connection_expired_is_answered(serve, hello, monkeypatch):
    from wsgitrace.server.selector import Selector  # noqa: PLC0415 -- only here

    running = serve(hello, options=ServerOptions(idle_timeout=0.3))
    wire = running.connect()
    assert wire.get("/").code == 200
    # As if the selector's thread had looked away from the moment the request came until the deadline was over.
    monkeypatch.setattr(Selector, "_attend", lambda *_: None)
    assert wire.ask("/").answer().code == 200
