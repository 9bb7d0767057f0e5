"""Iteration, write() and close(): PEP 3333's obligations of a server, rule by rule."""

from __future__ import annotations

import threading

import pytest

from tests.support.responding import Body, answering, exchange_with


def test_s41_each_item_is_sent_before_the_next_is_asked_for(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        for number in range(5):
            assert received.acquire(timeout=20)
            yield b"%d" % number

    received = threading.Semaphore(1)
    wire = serve(application).connect().ask()
    wire.head()
    for number in range(5):
        assert wire.chunk() == b"%d" % number
        received.release()
    assert wire.chunk() == b""


def test_s42_write_comes_first_and_at_once(serve):
    def application(environ, start_response):
        write = start_response("200 OK", [])
        assert write(b"one") is None
        assert received.wait(20)
        write(b"two")
        return [b"three", b"four"]

    received = threading.Event()
    wire = serve(application).connect().ask()
    wire.head()
    assert wire.chunk() == b"one"
    received.set()
    assert [wire.chunk() for _ in range(4)] == [b"two", b"three", b"four", b""]


@pytest.mark.parametrize("item", ["text", bytearray(b"x"), memoryview(b"x"), 5, None, [b"x"]])
def test_s43_items_must_be_bytes(serve, item, wait_until):
    body = Body([item])

    def application(environ, start_response):
        start_response("200 OK", [])
        return body

    assert serve(application).connect().get().code == 500
    wait_until(lambda: body.closed)


@pytest.mark.parametrize("result", [None, 5, "text", b"bytes"])
def test_a_result_that_cannot_be_iterated_as_bytes_is_an_error(serve, result):
    def application(environ, start_response):
        start_response("200 OK", [])
        return result

    assert serve(application).connect().get().code == 500


@pytest.mark.parametrize(
    ("items", "facts"),
    [
        ([b"a", b"b"], {}),
        ([], {}),
        ([b""], {}),
        ([ValueError("first")], {}),
        ([b"a", ValueError("later")], {}),
        ([b"a", SystemExit(3)], {}),
        ([b"a", "text"], {}),
        ([b"a"], {"method": "HEAD"}),
        ([b"a"], {"status": "204 No Content"}),
        ([b"a"], {"status": "304 Not Modified"}),
        ([b"abc", b"def"], {"headers": [("Content-Length", "4")]}),
        ([b"abc"], {"headers": [("Content-Length", "9")]}),
        ([b"a"], {"fail_close": True}),
        ([b"a", b"b"], {"version": "HTTP/1.0"}),
    ],
    ids=repr,
)
def test_s44_s45_s46_close_once_on_the_iterable_whatever_happens(serve, items, facts):
    body, data = exchange_with(serve, items, **facts)
    assert data.startswith(b"HTTP/1.1 ")
    assert (body.iterated, body.closed, body.after_close) == (1, 1, 0)


def test_s44_close_when_the_client_is_gone(serve, wait_until):
    body = Body(iter(lambda: b"x" * 100_000, None))

    def application(environ, start_response):
        start_response("200 OK", [])
        return body

    wire = serve(application).connect().ask()
    wire.head()
    wire.reset()
    wait_until(lambda: body.closed)
    assert (body.closed, body.after_close) == (1, 0)


def test_s44_no_close_when_nothing_was_returned(serve):
    def application(environ, start_response):
        raise ValueError("no result")

    assert serve(application).connect().get().code == 500


def test_s44_an_exception_in_close_harms_nothing(serve, capsys):
    _, data = exchange_with(serve, [b"a"], fail_close=True)
    assert data.endswith(b"1\r\na\r\n0\r\n\r\n")
    assert "from close" in capsys.readouterr().err


def test_s47_length_of_a_one_item_result(serve):
    answer = serve(answering(b"hello")).connect().get()
    assert answer.get("Content-Length") == "5"

    def written(environ, start_response):
        start_response("200 OK", [])(b"hello ")
        return [b"world"]

    answer = serve(written).connect().get()
    assert answer.get("Content-Length") is None
    assert answer.body == b"hello world"


def test_s47_length_of_any_object_with_len(serve):
    class Lying(list):
        def __len__(self):
            return 1

    def application(environ, start_response):
        start_response("200 OK", [])
        return Lying([b"one", b"two"])

    answer = serve(application).connect().get()
    assert answer.body == b"one", "no more than was announced"


def test_s47_an_empty_result_has_length_zero(serve):
    answer = serve(answering()).connect().get()
    assert (answer.get("Content-Length"), answer.body) == ("0", b"")


def test_s48_never_more_than_content_length(serve, capsys):
    body, data = exchange_with(serve, iter(lambda: b"abc", None), headers=[("Content-Length", "4")])
    assert data.endswith(b"\r\n\r\nabca")
    assert body.nexts == 3
    assert "longer than its Content-Length" in capsys.readouterr().err


def test_s48_what_follows_the_last_yield_still_runs(serve, wait_until):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "1")])
        yield b"x"
        ran.append(True)

    ran = []
    serve(application).connect().get()
    wait_until(lambda: ran)


def test_s48_write_past_content_length_raises(serve, wait_until):
    def application(environ, start_response):
        write = start_response("200 OK", [("Content-Length", "4")])
        for data in chunks:
            try:
                write(data)
            except AssertionError as error:
                raised.append(str(error))
        return []

    raised = []
    running = serve(application)
    for chunks in ([b"abc", b"def"], [b"abcdef"]):  # noqa: B007 -- read by the application
        answer = running.connect().get()
        assert answer.body == b"abcdef"[:4]
    wait_until(lambda: len(raised) == 2)


def test_s49_fewer_bytes_close_the_connection(serve, capsys):
    _, data = exchange_with(serve, [b"abc"], headers=[("Content-Length", "9")])
    assert data.endswith(b"\r\n\r\nabc")
    assert "6 bytes short" in capsys.readouterr().err


@pytest.mark.parametrize(("version", "coding"), [("HTTP/1.1", "chunked"), ("HTTP/1.0", None)])
def test_s50_h33_chunked_only_to_1_1(serve, version, coding):
    wire = serve(answering(b"a", b"b")).connect()
    answer = wire.get("/", "Connection: keep-alive", version=version)
    assert (answer.get("Transfer-Encoding"), answer.body) == (coding, b"ab")
    assert answer.get("Connection") == (None if coding else "close")


@pytest.mark.parametrize(
    "error", [ValueError("boom"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), RecursionError()]
)
def test_s51_h39_an_error_after_the_head_does_not_look_complete(serve, error, capsys):
    _, data = exchange_with(serve, [b"abc", error])
    assert data.endswith(b"3\r\nabc\r\n")
    assert type(error).__name__ in capsys.readouterr().err


def test_s51_h39_an_error_in_a_body_that_ends_with_the_connection_resets_it(serve):
    with pytest.raises(ConnectionResetError):
        exchange_with(serve, [b"abc", ValueError("boom")], version="HTTP/1.0")


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_an_error_before_the_head_is_a_plain_500(serve, error, capsys):
    def application(environ, start_response):
        raise type(error)("boom")

    wire = serve(application).connect()
    for _ in range(2):
        answer = wire.get()
        assert (answer.code, answer.body) == (500, b"Internal Server Error\n")
    errors = capsys.readouterr().err
    assert type(error).__name__ in errors
    assert "wsgitrace/server" not in errors, "the traceback is the application's own"


def test_recursion_without_end_ends_its_request_only(serve, hello, capsys):
    def application(environ, start_response):
        return hello(environ, start_response) if environ["PATH_INFO"] == "/" else application(environ, start_response)

    wire = serve(application).connect()
    assert [wire.get(path).code for path in ("/deep", "/", "/deep", "/")] == [500, 200, 500, 200]
    assert "RecursionError" in capsys.readouterr().err
