"""Connections: kept, pipelined, refused, lingering, slow, gone."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket
import threading
import time

import pytest

from wsgitrace.server import ServerOptions
from wsgitrace.server.connection import Connection


@pytest.fixture
def gate():
    """An application that waits, inside, to be let go."""

    class Gate:
        def __init__(self):
            self.entered = threading.Semaphore(0)
            self.leave = threading.Semaphore(0)

        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/wait":
                self.entered.release()
                assert self.leave.acquire(timeout=20)
            start_response("200 OK", [("Content-Length", "5")])
            return [environ["PATH_INFO"][-5:].encode().ljust(5, b".")]

    return Gate()


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


def test_h02_empty_lines_before_a_request_are_ignored(serve, hello):
    wire = serve(hello).connect()
    wire.send(b"\r\n\r\n")
    assert wire.get().code == 200
    wire.send(b"\r")
    wire.send(b"\n\r\n")
    assert wire.get().code == 200


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


# Request bodies


@pytest.mark.parametrize("size", [0, 1, 65536, 3_000_000])
def test_sized_and_chunked_bodies(serve, echo, size):
    wire = serve(echo).connect()
    body = os.urandom(size)
    threading.Thread(target=wire.ask, args=("/", f"Content-Length: {size}"), kwargs={"body": body}).start()
    assert wire.answer().body == body
    chunks = b"".join(
        b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (body[at : at + 70_000] for at in range(0, size, 70_000))
    )
    chunks += b"0\r\nTrailer: x\r\n\r\n"
    threading.Thread(target=wire.ask, args=("/", "Transfer-Encoding: chunked"), kwargs={"body": chunks}).start()
    assert wire.answer().body == body


def test_s28_body_is_readable_after_output_began(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"begun "
        while part := environ["wsgi.input"].read(3):
            yield part

    wire = serve(application).connect().ask("/", "Content-Length: 6", method="POST")
    wire.head()
    assert wire.chunk() == b"begun "
    wire.send(b"abc")
    assert wire.chunk() == b"abc"
    wire.send(b"def")
    assert wire.chunk() == b"def"
    assert wire.chunk() == b""
    assert wire.get("/", "Content-Length: 1", method="POST", body=b"x").body == b"begun x"


def test_s52_h36_continue_on_first_read(serve, echo):
    wire = serve(echo).connect()
    for _ in range(2):
        wire.ask("/", "Content-Length: 3", "Expect: 100-continue", method="POST")
        assert wire.head().status == "100 Continue"
        wire.send(b"abc")
        assert wire.answer().body == b"abc"


def test_s52_h36_no_continue_when_nothing_is_read(serve, hello):
    wire = serve(hello).connect().ask("/", "Content-Length: 3", "Expect: 100-continue", method="POST")
    answer = wire.answer()
    assert (answer.code, answer.get("Connection")) == (200, "close")
    assert wire.is_closed()


def test_s52_h36_no_continue_after_the_head(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        yield environ["wsgi.input"].read()

    wire = serve(application).connect().ask("/", "Content-Length: 3", "Expect: 100-continue", method="POST")
    assert wire.head().code == 200
    assert wire.chunk() == b"begun"
    wire.send(b"abc")
    assert wire.rest() == b"3\r\nabc\r\n0\r\n\r\n"


def test_h36_no_continue_to_http_1_0(serve, echo):
    wire = serve(echo).connect()
    wire.ask("/", "Content-Length: 3", "Expect: 100-continue", method="POST", version="HTTP/1.0", body=b"abc")
    assert wire.answer().body == b"abc"


def test_h23_a_small_unread_body_is_drained(serve, hello):
    wire = serve(hello).connect()
    for size in (1, 100_000):
        answer = wire.get("/", f"Content-Length: {size}", method="POST", body=b"G" * size)
        assert answer.get("Connection") is None
    assert wire.get().code == 200


@pytest.mark.parametrize("field", ["Content-Length: 9000000", "Transfer-Encoding: chunked"])
def test_h23_h27_an_unread_large_body_closes_and_the_answer_arrives(serve, hello, field):
    wire = serve(hello).connect().ask("/", field, method="POST")
    answer = wire.answer()
    assert (answer.code, answer.get("Connection")) == (200, "close")
    wire.send(b"x" * 100_000)
    assert wire.is_closed()


def test_h23_an_unread_body_never_runs_as_a_request(serve, hello, notes):
    inner = b"GET /evil HTTP/1.1\r\nHost: x\r\n\r\n"
    running = serve(hello, observer=notes)
    running.connect().get("/a", f"Content-Length: {len(inner)}", method="POST", body=inner)
    running.connect().ask("/b", "Content-Length: 99999999", method="POST", body=inner).rest()
    running.connect().ask("/c", "Content-Length: 99", "Expect: 100-continue", method="POST", body=inner).rest()
    assert [facts[1] for facts in notes.facts("head")] == ["/a", "/b", "/c"]


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (b"x\r\n", 400, b"H20"),
        (b"5\r\nhelloX", 400, b"H20"),
        (b"0\r\nA : b\r\n\r\n", 400, b"H21"),
        (b"fffffff\r\n", 413, b"H40"),
    ],
)
def test_h20_h21_a_malformed_body_is_answered_by_its_rule(serve, echo, body, status, rule):
    running = serve(echo, options=ServerOptions(body_limit=1000))
    data = running.connect().ask("/", "Transfer-Encoding: chunked", method="POST", body=body).rest()
    assert data.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close\r\n" in data
    assert rule in data


def test_h22_an_incomplete_body_is_an_error_in_the_application(serve):
    def application(environ, start_response):
        try:
            environ["wsgi.input"].read()
        except OSError as error:
            caught.append(error)
            raise

    caught = []
    wire = serve(application).connect().ask("/", "Content-Length: 9", method="POST", body=b"abc")
    wire.sock.shutdown(socket.SHUT_WR)
    assert wire.rest().startswith(b"HTTP/1.1 400 ")
    assert "incomplete" in str(caught[0])


def test_a49_a_kept_input_gives_nothing_once_the_request_is_over(serve, wait_until):
    def application(environ, start_response):
        kept.append(environ["wsgi.input"])
        start_response("200 OK", [])
        return [b"x"]

    kept = []
    running = serve(application)
    running.connect().get("/", "Transfer-Encoding: chunked", method="POST")
    running.connect().get("/", "Content-Length: 3", method="POST", body=b"abc")
    wait_until(lambda: not running.server.open_exchanges)
    with pytest.raises(OSError, match="over"):
        kept[0].read()
    assert kept[1].read() == b""


def test_h37_upgrade_is_ignored_and_the_body_read(serve, echo):
    wire = serve(echo).connect()
    fields = ("Connection: upgrade", "Upgrade: websocket", "Content-Length: 3")
    assert wire.get("/", *fields, method="POST", body=b"abc").body == b"abc"
    assert wire.get().code == 200


# Files


@pytest.mark.parametrize("kind", ["buffered", "raw", "plain", "pipe", "gzip-like"])
@pytest.mark.parametrize("length", [None, 5])
def test_s54_file_wrapper(serve, tmp_path, kind, length):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 5000)
    opened = []

    class Posing(io.BytesIO):
        """Has a fileno() whose file is not what it reads, as GzipFile has."""

        def fileno(self):
            return opened[0].fileno()

    def fill(writing):
        # The reader may stop early.
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe:
            pipe.write(path.read_bytes())

    def make():
        if kind == "raw":
            return path.open("rb", buffering=0)
        if kind == "plain":
            return io.BytesIO(path.read_bytes())
        if kind == "pipe":
            reading, writing = os.pipe()
            threading.Thread(target=fill, args=(writing,)).start()
            return os.fdopen(reading, "rb")
        if kind == "gzip-like":
            opened.append(path.open("rb"))
            return Posing(path.read_bytes())
        return path.open("rb")

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", str(length))] if length else [])
        file = make()
        files.append(file)
        file.read(3)
        return environ["wsgi.file_wrapper"](file, 1024)

    files = []
    wire = serve(application).connect()
    assert wire.get().body == (b"0123456789" * 5000)[3:][:length]
    assert wire.get(method="HEAD").code == 200
    assert wire.get(method="HEAD").code == 200
    assert files[0].closed
    assert files[1].closed
    for file in opened:
        file.close()
    gc.collect()


def test_s54_an_unused_file_wrapper_costs_nothing(serve, tmp_path):
    def application(environ, start_response):
        environ["wsgi.file_wrapper"](object())
        start_response("200 OK", [])
        return [b"x"]

    assert serve(application).connect().get().body == b"x"


# Slow clients, and too many


def test_h40_the_head_has_a_deadline(serve, hello, notes):
    running = serve(hello, options=ServerOptions(head_timeout=0.05), observer=notes)
    data = running.send(b"GET / HTTP/1.1\r\n")
    assert data.startswith(b"HTTP/1.1 408 ")
    assert notes.facts("refused")[0][2] == "H40"
    assert running.connect().is_closed()
    assert len(notes.facts("refused")) == 1, "a connection that never said anything is closed without a word"


def test_h40_empty_lines_keep_no_connection_open(serve, hello):
    wire = serve(hello, options=ServerOptions(head_timeout=0.2)).connect()
    with contextlib.suppress(OSError):
        for _ in range(2000):
            wire.send(b"\r\n")
            time.sleep(0.001)
        pytest.fail("still open")


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


def test_beyond_the_cap_503(serve, gate, notes):
    options = ServerOptions(threads=1, queue_limit=1)
    running = serve(gate, options=options, observer=notes)
    first = running.connect().ask("/wait")
    assert gate.entered.acquire(timeout=20)
    second = running.connect().ask("/two")
    while running.server.open_exchanges < 2:
        pass
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


def test_single_threaded_is_never_entered_twice(serve):
    def application(environ, start_response):
        inside.append(1)
        most.append(len(inside))
        start_response("200 OK", [])
        inside.pop()
        return [b"x"]

    inside, most = [], []
    running = serve(application, options=ServerOptions(threads=1))
    wires = [running.connect() for _ in range(8)]
    for _ in range(10):
        for wire in wires:
            wire.ask()
        for wire in wires:
            wire.answer()
    assert max(most) == 1


def test_h40_too_many_connections_close_the_longest_idle(serve, hello):
    running = serve(hello, options=ServerOptions(connections_limit=2))
    first, second = running.connect(), running.connect()
    first.get()
    second.get()
    assert running.connect().get().code == 200
    assert first.is_closed()


# Clients that leave


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
