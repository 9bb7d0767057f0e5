"""Bodies that are taken off the wire before the application asks for them."""

from __future__ import annotations

import socket

import pytest

from wsgitrace.server import ServerOptions
from wsgitrace.server.spool import Spool

CHUNKED = "Transfer-Encoding: chunked"


def framed(*parts):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def measuring(environ, start_response):
    """Answer with what the application was told of the body's size, and the body."""
    body = environ.get("CONTENT_LENGTH", "none").encode() + b" " + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def test_s16_a_chunked_body_has_its_length_when_the_application_is_called(serve):
    wire = serve(measuring).connect()
    assert wire.get("/", CHUNKED, method="POST", body=framed(b"abc", b"defg")).body == b"7 abcdefg"
    assert wire.get("/", CHUNKED, method="POST", body=framed()).body == b"0 "
    wire.ask("/", CHUNKED, method="POST", body=b"3\r\nab")
    wire.send(b"c\r\n0\r\nA: b\r\n\r\n")
    assert wire.answer().body == b"3 abc"


def test_s52_continue_is_sent_for_a_chunked_body_to_be_measured(serve):
    wire = serve(measuring).connect().ask("/", CHUNKED, "Expect: 100-continue", method="POST")
    assert wire.head().status == "100 Continue"
    assert wire.send(framed(b"abc")).answer().body == b"3 abc"


def test_s25_a_chunked_body_that_pauses_is_read_as_it_comes(serve):
    """Neither side waits for the other to end: both directions stream."""

    def application(environ, start_response):
        assert "CONTENT_LENGTH" not in environ
        assert environ["wsgi.input_terminated"]
        start_response("200 OK", [])
        while line := environ["wsgi.input"].readline():
            yield line.upper()

    wire = serve(application, options=ServerOptions(spool_patience=0.05, spool_timeout=1e6)).connect()
    wire.ask("/", CHUNKED, method="POST", body=b"2\r\na\n\r\n")
    assert wire.head().code == 200
    assert wire.chunk() == b"A\n"
    wire.send(b"2\r\nb\n\r\n")
    assert wire.chunk() == b"B\n"
    wire.send(b"0\r\n\r\n")
    assert wire.chunk() == b""


@pytest.mark.parametrize("bound", [{"spool_limit": 1}, {"spool_timeout": 0.01}], ids=str)
def test_h40_no_chunked_body_is_measured_beyond_the_bounds(serve, bound):
    """The application is called, and told no length, before the body is at its end."""

    def application(environ, start_response):
        start_response("200 OK", [])
        yield environ.get("CONTENT_LENGTH", "none").encode()
        yield environ["wsgi.input"].read()

    options = ServerOptions(**{"spool_patience": 1e6, "spool_timeout": 1e6, **bound})
    wire = serve(application, options=options).connect().ask("/", CHUNKED, method="POST", body=b"2\r\nab\r\n")
    assert wire.head().code == 200
    assert wire.chunk() == b"none"
    wire.send(b"2\r\ncd\r\n0\r\n\r\n")
    assert wire.chunk() == b"abcd"


def test_h40_a_client_that_reads_nothing_is_taken_no_more_than_the_bound_from(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        return iter(lambda: b"x" * 65536, None)

    running = serve(application, options=ServerOptions(spool_limit=1, reader_timeout=0.2))
    with pytest.raises(ConnectionError):
        running.connect().ask("/", "Content-Length: 99999999", method="POST", body=b"x" * 99_999_999)


def test_h20_a_malformed_chunked_body_never_reaches_the_application(serve, hello, notes):
    running = serve(hello, observer=notes)
    wire = running.connect().ask("/", CHUNKED, method="POST", body=b"3\r\nabc\r\n4 \r\nGET /evil")
    assert wire.rest().startswith(b"HTTP/1.1 400 ")
    ((raw, offset, rule, reason, status, _),) = notes.wait("refused")
    assert (rule, status) == ("H20", 400)
    assert raw[offset:].startswith(b" \r\nGET /evil")
    assert "hexadecimal" in reason
    assert "head" not in notes.names


def test_h20_what_is_shown_of_a_large_malformed_body_is_what_stands_around_its_fault(serve, hello, notes):
    body = framed(b"x" * 100_000)[:-5]
    serve(hello, observer=notes).connect().ask("/", CHUNKED, method="POST", body=body + b"-1\r\n").rest()
    ((raw, offset, _, reason, _, _),) = notes.wait("refused")
    assert raw[offset:].startswith(b"-1\r\n")
    assert len(raw) < 5000
    assert reason.endswith(f"byte {len(body)} of the body")


def test_h22_a_chunked_body_that_ends_early_never_reaches_the_application(serve, hello, notes):
    wire = serve(hello, observer=notes).connect().ask("/", CHUNKED, method="POST", body=b"3\r\nab")
    wire.sock.shutdown(socket.SHUT_WR)
    assert wire.rest().startswith(b"HTTP/1.1 400 ")
    assert notes.wait("refused")[0][2] == "H22"


@pytest.mark.parametrize("memory", [1, 4 * 1024 * 1024])
def test_a_client_that_sends_all_before_it_reads_anything(serve, memory):
    """An application that answers as it reads, and a client that would wait for ever for it to read on."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", str(size))])
        while data := environ["wsgi.input"].read(65536):
            yield data

    size = 24 * 1024 * 1024
    body = bytes(range(256)) * (size // 256)
    running = serve(application, options=ServerOptions(spool_memory=memory))
    running.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    wire = running.connect().ask("/", f"Content-Length: {size}", method="POST", body=body)
    assert wire.head().code == 200
    received = bytearray(wire.buffer)
    while len(received) < size:
        received += wire.sock.recv(1 << 20)
    assert received == body


def test_spool():
    spool = Spool(memory=4)
    for data in (b"ab", b"cd", b"ef", b"gh"):
        spool.put(data)
    assert spool.left == 8
    assert [spool.take(), spool.take(), spool.take(), spool.take()] == [b"ab", b"cd", b"efgh", b""]
    spool.put(b"ij")
    assert (spool.take(), spool.left) == (b"ij", 0)
    spool.put(b"klmnop")
    spool.put(b"q")
    assert (spool.take(), spool.take()) == (b"klmnopq", b"")
    spool.close()
    spool.close()
