"""Request bodies on real sockets: sized, chunked, expected, unread, malformed."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from wsgitrace.server import ServerOptions


@pytest.mark.parametrize("size", [0, 1, 65536, 3_000_000])
def test_sized_and_chunked_bodies(serve, echo, size):
    wire = serve(echo).connect()
    body = os.urandom(size)
    threading.Thread(target=wire.ask, args=("/", f"Content-Length: {size}"), kwargs={"body": body}).start()
    assert wire.answer().body == body
    chunks = b"".join(
        b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (body[at : at + 70_000] for at in range(0, size, 70_000))
    )
    chunks += b"0\r\nX-Trailer: x\r\n\r\n"
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


def test_h23_a_client_that_is_about_to_end_its_body_does_so_before_the_response_ends(serve):
    def application(environ, start_response):
        asked = environ["wsgi.input"].read(3)
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield asked
        yield b"done"

    wire = serve(application, options=ServerOptions(spool_patience=0.01, body_end_timeout=60)).connect()
    wire.ask("/", "Transfer-Encoding: chunked", method="POST", body=b"3\r\nabc\r\n")
    assert wire.head().code == 200
    assert (wire.chunk(), wire.chunk()) == (b"abc", b"done")
    wire.send(b"4\r\n0000\r\n0\r\n\r\n")
    assert wire.rest() == b"0\r\n\r\n"


@pytest.mark.parametrize("bound", [{"body_end_timeout": 0.01}, {"drain_limit": 1}], ids=str)
def test_h23_a_client_that_does_not_end_its_body_is_not_waited_for(serve, bound):
    def application(environ, start_response):
        asked = environ["wsgi.input"].read(3)
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield asked

    options = ServerOptions(**{"spool_patience": 0.01, "body_end_timeout": 1e6, **bound})
    wire = serve(application, options=options).connect()
    wire.ask("/", "Transfer-Encoding: chunked", method="POST", body=b"3\r\nabc\r\n")
    assert wire.head().get("Connection") == "close"
    assert wire.chunk() == b"abc"
    wire.send(b"5\r\n and \r\n")
    wire.send(b"4\r\nmore\r\n")
    assert wire.chunk() == b""


def test_h23_the_rest_of_a_small_unread_body_is_not_waited_for_without_end(serve, hello):
    wire = serve(hello, options=ServerOptions(drain_timeout=0.01)).connect()
    assert wire.get("/", "Content-Length: 5", method="POST", body=b"abc").get("Connection") is None
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
