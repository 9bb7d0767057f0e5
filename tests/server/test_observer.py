"""What the observer is told, in which order, and that its faults are its own."""

from __future__ import annotations

import threading

import pytest

from wsgitrace.server.response import Response

HOOKS = ["head", "response_head", "sent", "done"]
BROKEN = ["head", "broke", "response_head", "sent", "done"]


def test_a_whole_exchange(serve, notes):
    def application(environ, start_response):
        threads.append(threading.get_ident())
        start_response("200 OK", [("A", "b")])(b"one")
        return [b"two", b"", b"three"]

    threads = []
    wire = serve(application, observer=notes).connect()
    answer = wire.get("/a?b")
    notes.wait("done")
    assert notes.all == [
        ("head", "GET", "/a?b"),
        ("response_head", answer.status, answer.fields),
        ("sent", 3),
        ("sent", 3),
        ("sent", 5),
        ("done", True),
    ]
    assert set(notes.threads) == set(threads)


def test_the_handle(serve, notes):
    def application(environ, start_response):
        start_response("200 OK", [])
        return []

    wire = serve(application, observer=notes).connect()
    wire.get("/x", "Content-Length: 3", method="POST", body=b"abc")
    exchange = notes.exchange
    assert exchange.head == b"POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n"
    assert (exchange.method, exchange.target, exchange.scheme, exchange.content_length) == ("POST", "/x", "http", 3)
    assert exchange.peer == "{}:{}".format(*wire.sock.getsockname())
    assert exchange.origin is None
    wire.get("/x", "Transfer-Encoding: chunked", method="POST", body=b"0\r\n\r\n")
    assert notes.exchange.content_length is None


def test_head_is_told_before_the_application_is_called(serve, notes, hello):
    def application(environ, start_response):
        order.append(list(notes.names))
        return hello(environ, start_response)

    order = []
    serve(application, observer=notes).connect().get()
    assert order == [["head"]]


def test_the_end_is_told_whatever_failed(serve, notes, monkeypatch):
    def application(environ, start_response):
        raise LookupError

    def fail(*_):
        raise OSError("ours")

    monkeypatch.setattr(Response, "replace", fail)
    serve(application, observer=notes).connect().sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    notes.wait("done")
    assert notes.names == ["head", "done"]


def test_a_refused_request(serve, notes, hello):
    wire = serve(hello, observer=notes).connect()
    wire.send(b"\r\nGET / HTTP/1.1\r\nHost : x\r\n\r\nrest").rest()
    assert notes.all == [
        (
            "refused",
            b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            20,
            "H12",
            "a field name is a token followed at once by a colon",
            400,
            "{}:{}".format(*wire.sock.getsockname()),
        )
    ]


@pytest.mark.parametrize("error", [ValueError("before"), None])
def test_a_500_is_told_as_sent(serve, notes, error):
    def application(environ, start_response):
        if error:
            raise error

    serve(application, observer=notes).connect().get()
    notes.wait("done")
    assert notes.names == (HOOKS if error else BROKEN)
    assert notes.facts("broke") == ([] if error else [("A02",)])
    assert notes.facts("response_head")[0][0] == "500 Internal Server Error"
    assert notes.all[-1] == ("done", True)


def test_a_cut_response_is_not_complete(serve, notes):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "9")])
        return [b"short"]

    serve(application, observer=notes).connect().ask().rest()
    assert notes.wait("done") == [(False,)]
    assert "gone" not in notes.names


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_failing_observer_is_detached_and_harms_nothing(  # noqa: PLR0917 -- fixtures
    serve, notes, hook, error, capsys, hello
):
    def fail(*facts):
        notes.all.append(("failed",))
        raise error("the observer's own")

    setattr(notes, hook, fail)
    wire = serve(hello, observer=notes).connect()
    for number in range(1, 3):
        assert wire.get().body == b"hello"
        notes.wait("failed", number)
        assert notes.names[-1] == "failed", "never called again for that exchange"
    assert "the observer's own" in capsys.readouterr().err


def test_an_observer_that_fails_at_a_refusal_harms_nothing(serve, notes, hello, capsys):
    def fail(*facts):
        raise SystemExit(3)

    notes.refused = fail
    running = serve(hello, observer=notes)
    assert running.send(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert running.connect().get().code == 200


def test_an_injected_connection(serve, notes, hello):
    environs = []

    def application(environ, start_response):
        environs.append(environ)
        return hello(environ, start_response)

    running = serve(application, observer=notes)
    origin = object()
    wire = running.inject("192.0.2.7:1234", scheme="https", origin=origin)
    for _ in range(2):
        assert wire.get().body == b"hello"
    assert (notes.exchange.peer, notes.exchange.scheme, notes.exchange.origin) == ("192.0.2.7:1234", "https", origin)
    environ = environs[0]
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("192.0.2.7", "1234")
    assert environ["wsgi.url_scheme"] == "https"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", str(running.address[1]))
    running.inject("192.0.2.7:1234", server="[::1]:8001").get()
    assert (environs[-1]["SERVER_NAME"], environs[-1]["SERVER_PORT"]) == ("[::1]", "8001")


def test_an_injected_client_that_leaves_is_noticed(serve, notes):
    def application(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"x"

    wire = serve(application, observer=notes).inject("[::1]:5").ask()
    wire.head()
    wire.close()
    assert notes.wait("done") == [(False,)]
    assert "gone" in notes.names
