"""Connections: kept, pipelined, refused, and left by their clients."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from wsgitrace.server.selector import Selector


def test_keep_alive(serve, hello):
    wire = serve(hello).connect()
    for _ in range(20):
        answer = wire.get()
        assert (answer.code, answer.body, answer.get("Connection")) == (200, b"hello", None)


def test_h24_close_option_closes_after_the_response(serve, hello):
    wire = serve(hello).connect()
    wire.ask("/", "Connection: Close").ask("/never")
    assert wire.answer().get("Connection") == "close"
    assert wire.is_closed()


def test_h25_http_1_0_is_kept_only_when_asked_and_announced(serve, hello):
    running = serve(hello)
    wire = running.connect()
    assert wire.get(version="HTTP/1.0").get("Connection") == "close"
    assert wire.is_closed()
    wire = running.connect()
    for _ in range(2):
        assert wire.get("/", "Connection: keep-alive", version="HTTP/1.0").get("Connection") == "keep-alive"


def test_h26_pipelined_answers_in_order(serve, echo):
    wire = serve(echo).connect()
    bodies = [b"%d" % number * number for number in range(1, 40)]
    data = b""
    for body in bodies:
        data += b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        data += b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
            len(body),
            body,
        )
    wire.send(data)
    for body in bodies:
        assert wire.answer().body == body
        assert wire.answer().body == body


def test_h26_a_pipelined_request_is_not_late_because_the_one_before_it_took_long(serve, hello, monkeypatch):
    """Deadlines are looked at after an answer was sent and before the next request is."""
    give_back, resume = Selector.give_back, Selector._resume

    def late(selector, connection, *, keep_alive):
        connection.deadline = 0.0
        give_back(selector, connection, keep_alive=keep_alive)

    def after_a_sweep(selector, connection):
        selector._sweep(time.monotonic())
        resume(selector, connection)

    monkeypatch.setattr(Selector, "give_back", late)
    monkeypatch.setattr(Selector, "_resume", after_a_sweep)
    wire = serve(hello).connect().ask("/").ask("/").ask("/", "Connection: close")
    assert [wire.answer().code for _ in range(3)] == [200, 200, 200]


def test_h26_after_a_refusal_nothing_more_is_run(serve, hello, notes):
    data = serve(hello, observer=notes).send(
        b"GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two\r\n\r\nGET /three HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert data.count(b"HTTP/1.1 ") == 2
    assert b"400 Bad Request" in data
    assert [facts[1] for facts in notes.facts("head")] == ["/one"]
    raw, offset, rule, *_ = notes.wait("refused")[0]
    assert (raw, offset, rule) == (b"GET /two\r\n\r\n", 8, "H01")


def test_one_byte_at_a_time(serve, echo):
    wire = serve(echo).connect()
    for _ in range(2):
        for byte in b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n":
            wire.send(bytes([byte]))
        assert wire.answer().body == b"hello"


def test_h02_an_empty_line_before_a_request_is_ignored(serve, hello, notes):
    wire = serve(hello, observer=notes).connect()
    wire.send(b"\r\n")
    assert wire.get().code == 200
    wire.send(b"\r")
    wire.send(b"\n")
    assert wire.get().code == 200
    wire.send(b"\r\n").send(b"\r\n").ask()
    assert wire.answer().code == 400
    assert notes.wait("refused")[0][:3] == (b"GET / HTTP/1.1\r\nHost: test\r\n\r\n", 0, "H02")


def test_h02_empty_lines_alone_are_no_request(serve, hello, notes):
    wire = serve(hello, observer=notes).connect().send(b"\r\n\r\n")
    wire.sock.shutdown(socket.SHUT_WR)
    assert wire.is_closed()
    assert not notes.all


def test_h04_bare_line_feeds_are_refused_at_once(serve, hello):
    data = serve(hello).send(b"GET / HTTP/1.1\nHost: x\n\n")
    assert data.startswith(b"HTTP/1.1 400 ")
    assert b"rule H04" in data
    assert b"Connection: close" in data


def test_refusal_of_head_has_no_body(serve, hello):
    assert serve(hello).send(b"HEAD foo HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\n")


def test_h07_h08_long_heads(serve, hello):
    running = serve(hello)
    assert running.send(b"GET /" + b"a" * 17000).startswith(b"HTTP/1.1 414 ")
    assert running.send(b"GET / HTTP/1.1\r\nA: " + b"a" * 65536).startswith(b"HTTP/1.1 431 ")


def test_the_head_that_ends_early_is_refused(serve, hello, notes):
    wire = serve(hello, observer=notes).connect().send(b"GET / HTTP/1.1\r\nHost")
    wire.sock.shutdown(socket.SHUT_WR)
    assert wire.rest().startswith(b"HTTP/1.1 400 ")
    assert notes.facts("refused")[0][:3] == (b"GET / HTTP/1.1\r\nHost", 20, "H01")


def test_a_client_that_only_stopped_writing_gets_its_answer(serve, gate, notes):
    wire = serve(gate, observer=notes).connect().ask("/wait")
    wire.sock.shutdown(socket.SHUT_WR)
    assert gate.entered.acquire(timeout=20)
    gate.leave.release()
    assert wire.answer().body == b"/wait"
    assert notes.wait("done") == [(True,)]
    assert "gone" not in notes.names


def test_a_client_that_resets_while_the_application_streams(serve, notes, wait_until):
    def application(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.append(True)

    closed = []
    wire = serve(application, observer=notes).connect().ask()
    wire.head()
    wire.close()
    assert notes.wait("done") == [(False,)]
    assert closed == [True]
    assert notes.names[-2:] == ["gone", "done"]


def test_a_client_that_resets_while_the_application_is_silent(serve, notes, wait_until):
    def application(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b""

    running = serve(application, observer=notes)
    wire = running.connect().ask()
    notes.wait("head")
    wire.reset()
    assert notes.wait("done") == [(False,)]
    assert notes.names == ["head", "gone", "done"]


def test_a_client_that_left_during_a_slow_call_is_noticed(serve, gate, notes, wait_until):
    running = serve(gate, observer=notes)
    wire = running.connect().ask("/wait")
    assert gate.entered.acquire(timeout=20)
    wire.close()
    connections = running.server._selector._connections
    wait_until(lambda: any(connection.half_closed for connection in connections.values()))
    gate.leave.release()
    assert notes.wait("done") == [(False,)]
    assert "gone" in notes.names


def test_a_client_that_left_before_its_answer_harms_nobody(serve, hello, capsys):
    running = serve(hello)
    for _ in range(20):
        running.connect().ask().reset()
    assert running.connect().get().code == 200
    assert "Traceback" not in capsys.readouterr().err


def test_drop_closes_the_connection_now(serve, notes):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        threading.Thread(target=notes.exchange.drop).start()
        while True:
            yield b"x" * 1000

    wire = serve(application, observer=notes).connect().ask()
    assert b"first" in wire.rest()
    assert notes.wait("done") == [(False,)]
    assert "gone" not in notes.names


def test_drop_wakes_a_reader_of_the_body(serve, notes):
    def application(environ, start_response):
        threading.Timer(0.01, notes.exchange.drop).start()
        environ["wsgi.input"].read()

    wire = serve(application, observer=notes).connect().ask("/", "Content-Length: 5", method="POST")
    wire.rest()
    assert notes.wait("done") == [(False,)]


@pytest.mark.parametrize("way", ["close", "reset"])
def test_s44_an_application_can_ask_whether_its_client_is_gone(serve, wait_until, way):
    """Without sending anything; by our name, and by the one that applications know."""

    def application(environ, start_response):
        asks.append(environ["waitress.client_disconnected"])
        assert environ["wsgitrace.client_disconnected"] == asks[0]
        start_response("200 OK", [])
        told.append(asks[0]())
        wait_until(lambda: told.append(asks[0]()) or told[-1])
        return []

    asks, told = [], []
    running = serve(application)
    wire = running.connect().ask()
    wait_until(lambda: told)
    wire.reset() if way == "reset" else wire.close()
    wait_until(lambda: told[-1])
    wait_until(lambda: not running.server.open_exchanges)
    assert told[0] is False
    assert asks[0]() is True
