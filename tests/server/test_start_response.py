"""start_response(): PEP 3333's obligations of a server, rule by rule."""

from __future__ import annotations

import gc
import sys
import threading
import weakref

import pytest

from tests.support.responding import Body, answering, failing
from wsgitrace.server.errors import ApplicationError


def test_s31_two_or_three_positional_arguments(serve):
    def application(environ, start_response):
        write = start_response("200 OK", [], *extra.pop())
        assert callable(write)
        return [b"x"]

    extra = [(None,), ()]
    wire = serve(application).connect()
    assert wire.get().code == 200
    assert wire.get().code == 200


@pytest.mark.parametrize("first", [("200 OK", []), ("200 OK", [("A", "b")]), ("bad", []), ("200 OK", None)])
def test_s32_second_call_without_exc_info_raises(serve, first):
    def application(environ, start_response):
        try:
            start_response(*first)
        except (AssertionError, TypeError):
            raised.append("first")
        try:
            start_response("200 OK", [("B", "c")])
        except AssertionError as error:
            raised.append(str(error))
        return [b"x"]

    raised = []
    answer = serve(application).connect().get()
    assert "second time" in raised[-1]
    assert answer.get("B") is None
    assert answer.code == (200 if first[0] == "200 OK" and first[1] is not None else 500)


def test_s33_exc_info_replaces_status_and_headers(serve):
    def application(environ, start_response):
        start_response("200 OK", [("A", "b"), ("Content-Length", "99")])
        try:
            failing(ValueError("no"))
        except ValueError:
            start_response("503 Busy", [("C", "d")], sys.exc_info())
        return [b"x"]

    answer = serve(application).connect().get()
    assert (answer.status, answer.get("A"), answer.get("C"), answer.body) == ("503 Busy", None, "d", b"x")


def test_s34_exc_info_after_the_head_raises_that_very_exception(serve, wait_until):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        error = ValueError("no")
        try:
            failing(error)
        except ValueError:
            info = sys.exc_info()
        try:
            start_response("500 Oops", [], info)
        except ValueError as raised:
            seen.append(raised is error and raised.__traceback__ is not None)
            raise

    seen = []
    data = serve(application).connect().ask().rest()
    assert seen == [True]
    assert b"200 OK" in data
    assert not data.endswith(b"0\r\n\r\n")


def test_s34_a_call_after_the_head_without_exception_raises(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        try:
            start_response("200 OK", [], (None, None, None))
        except AssertionError as error:
            seen.append(str(error))
        yield b"second"

    seen = []
    assert serve(application).connect().get().body == b"firstsecond"
    assert "after the response head" in seen[0]


def test_s35_no_reference_to_exc_info_is_kept(serve, wait_until):
    class Mark(Exception):  # noqa: N818 -- a mark
        pass

    kept = []

    def application(environ, start_response):
        start_response("200 OK", [])
        try:
            raise Mark  # noqa: TRY301 -- a frame in between would hold a reference
        except Mark as error:
            kept.append(weakref.ref(error))
            start_response("200 Again", [], sys.exc_info())
        alive.append(kept[0]() is not None)
        return [b"x"]

    alive = []
    gc.disable()
    try:
        serve(application).connect().get()
        wait_until(lambda: kept[0]() is None)
    finally:
        gc.enable()


def test_s36_head_waits_for_the_first_non_empty_item(serve):
    def application(environ, start_response):
        start_response("200 OK", [("A", "b")])
        yield b""
        yield b""
        start_response("404 Not Found", [("C", "d")], (ValueError, ValueError(), None))
        yield b"x"

    answer = serve(application).connect().get()
    assert (answer.status, answer.get("A"), answer.get("C"), answer.chunks) == ("404 Not Found", None, "d", [b"x"])


def test_s36_the_first_write_sends_the_head_even_when_empty(serve):
    def application(environ, start_response):
        write = start_response("200 OK", [])
        write(b"")
        held.wait(20)
        return [b"x"]

    held = threading.Event()
    wire = serve(application).connect().ask()
    head = wire.head()
    held.set()
    assert head.code == 200
    assert head.get("Transfer-Encoding") == "chunked"
    assert wire.chunk() == b"x"


class Lazy:
    """Equal to a text that is no text yet, as Django's and Werkzeug's lazy strings are."""

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return other == self.text

    def __hash__(self):
        return hash(self.text)


BAD_HEADERS = [
    "nonsense",
    [("A",)],
    [("A", "b", "c")],
    ["AB"],
    [("A", 5)],
    [("A", None)],
    [("A", b"b")],
    [(b"A", "b")],
    [("A B", "c")],
    [("A:", "c")],
    [("", "c")],
    [("\xc3", "c")],
    [("A\r\nB", "c")],
    [("A", "b\r\nEvil: 1")],
    [("A", "b\nEvil: 1")],
    [("A", "b\rEvil: 1")],
    [("A", "b\r\n")],
    [("A", "\0")],
    [("A", "\x0b")],
    [("A", "\x7f")],
    [("A", "\u20ac")],
    [("A", "\ud800")],
    [("Content-Length", "x")],
    [("Content-Length", "-1")],
    [("Content-Length", "5, 5")],
    [("Content-Length", "5"), ("content-length", "5")],
    [("Content-Length", "")],
    [("Content-Length", "\xb2")],
    None,
    5,
]


@pytest.mark.parametrize("headers", BAD_HEADERS, ids=repr)
def test_s37_h35_bad_headers_raise_while_the_application_runs(serve, headers):
    def application(environ, start_response):
        try:
            start_response("200 OK", headers)
        except Exception as error:
            raised.append(error)
            raise
        return [b"x"]

    raised = []
    data = serve(application).connect().ask("/", "Connection: close").rest()
    assert raised
    assert data.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"Evil" not in data


@pytest.mark.parametrize(
    "status",
    [
        *("20", "2000 OK", "abc", "", " 200 OK", "200\tOK", "200 OK\r\nEvil: 1", "200 O\0K", "200 O\x7fK"),
        *("100 Continue", "099 Early", "600 Beyond", "999", "²²² x", "200 €", 200, b"200 OK", None),
    ],
    ids=repr,
)
def test_s37_h35_bad_statuses_raise(serve, status):
    data = serve(answering(b"x", status=status)).connect().ask("/", "Connection: close").rest()
    assert data.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"Evil" not in data


@pytest.mark.parametrize("status", ["100 Continue", "099 Early", "600 Beyond", "999"])
def test_a10_what_is_no_final_status_is_refused_by_that_rule(serve, status):
    def application(environ, start_response):
        with pytest.raises(ApplicationError, match="A10"):
            start_response(status, [])
        start_response("200 OK", [], (None, None, None))
        return [b"x"]

    assert serve(application).connect().get().body == b"x"


@pytest.mark.parametrize(
    ("status", "line"), [("200 OK", "200 OK"), ("299", "299 "), ("200 ", "200 "), ("404 Caf\xe9", "404 Caf\xe9")]
)
def test_h35_good_statuses(serve, status, line):
    assert serve(answering(b"x", status=status)).connect().get().status == line


def test_h38_header_order_case_and_repeats_are_kept(serve):
    headers = [("X-b", "1"), ("set-cookie", "a"), ("Set-Cookie", "b\t\xe9"), ("x-B", "")]
    answer = serve(answering(b"x", headers=headers)).connect().get()
    assert answer.fields[:4] == headers


def test_s38_hop_by_hop_fields_do_not_reach_the_wire(serve):
    names = ["Connection", "Keep-Alive", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade"]
    headers = [(name, "chunked") for name in names] + [("X", "y")]
    wire = serve(answering(b"a", b"b", headers=headers)).connect()
    answer = wire.get()
    assert [name for name, _ in answer.fields] == ["X", "Transfer-Encoding", "Date"]
    assert answer.body == b"ab"
    assert wire.get().code == 200


def test_connection_close_from_the_application_is_heeded(serve):
    wire = serve(answering(b"a", headers=[("Connection", "close")])).connect()
    assert wire.get().get("Connection") == "close"
    assert wire.is_closed()


def test_s39_start_response_as_late_as_the_first_item(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"late"

    assert serve(application).connect().get().body == b"late"


@pytest.mark.parametrize("items", [[], [b""], [b"x"], ()])
def test_s40_no_start_response_is_an_error_and_closes(serve, items, wait_until):
    body = Body(items)
    assert serve(lambda environ, start_response: body).connect().get().code == 500
    wait_until(lambda: body.closed)
    assert body.closed == 1


def test_a14_what_is_equal_to_text_that_was_found_right_is_no_text(serve):
    def application(environ, start_response):
        value = "hello" if environ["PATH_INFO"] == "/text" else Lazy("hello")
        start_response("200 OK", [("X-Greeting", value)])
        return [b"x"]

    wire = serve(application).connect()
    assert wire.get("/text").code == 200
    assert wire.get("/lazy").code == 500
