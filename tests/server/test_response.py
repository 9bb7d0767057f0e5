"""start_response, write and iteration: PEP 3333's obligations of a server, rule by rule."""

from __future__ import annotations

import gc
import re
import sys
import threading
import weakref

import pytest


def answering(*items, status="200 OK", headers=()):
    def application(environ, start_response):
        start_response(status, list(headers))
        return items if len(items) != 1 else list(items)

    return application


def failing(error):
    raise error


class Body:
    """An iterable that counts what is done with it."""

    def __init__(self, items, *, fail_close=False):
        self.items = items
        self.iterated = self.nexts = self.closed = 0
        self.after_close = 0
        self.fail_close = fail_close

    def __iter__(self):
        self.iterated += 1
        return Items(self)

    def close(self):
        self.closed += 1
        if self.fail_close:
            raise RuntimeError("from close")


class Items:
    """Its iterator, which has a close() that nobody may call."""

    def __init__(self, body):
        self.body = body
        self.inner = iter(body.items)

    def __iter__(self):
        return self

    def __next__(self):
        self.body.nexts += 1
        self.body.after_close += self.body.closed
        item = next(self.inner)
        if isinstance(item, BaseException):
            raise item
        return item() if callable(item) else item

    def close(self):
        raise AssertionError("close() belongs to the iterable, not to its iterator")


# start_response


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
            raise Mark
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
    [("Date", "a"), ("date", "b")],
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
        *("100 Continue", "²²² x", "200 €", 200, b"200 OK", None),
    ],
    ids=repr,
)
def test_s37_h35_bad_statuses_raise(serve, status):
    data = serve(answering(b"x", status=status)).connect().ask("/", "Connection: close").rest()
    assert data.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"Evil" not in data


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


# Delivery


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


def exchange_with(serve, items, *, headers=(), method="GET", status="200 OK", version="HTTP/1.1", fail_close=False):
    body = Body(items, fail_close=fail_close)

    def application(environ, start_response):
        start_response(status, list(headers))
        return body

    running = serve(application)
    wire = running.connect().ask("/", "Connection: close", method=method, version=version)
    data = wire.rest()
    wire.close()
    running.stop()
    return body, data


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


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_h29_h30_no_body_and_no_length(serve, status):
    wire = serve(answering(b"body", status=status, headers=[("Content-Length", "4"), ("X", "y")])).connect()
    for _ in range(2):
        answer = wire.get()
        assert answer.status == status
        assert [name for name, _ in answer.fields] == ["X", "Date"]


def test_h31_205_is_empty_and_framed(serve):
    wire = serve(answering(b"body", status="205 Reset Content", headers=[("Content-Length", "4")])).connect()
    for _ in range(2):
        answer = wire.get()
        assert (answer.get("Content-Length"), answer.body) == ("0", b"")


@pytest.mark.parametrize(
    ("items", "headers", "length"),
    [
        ([b"body"], [("Content-Length", "4")], "4"),
        ([b"body"], [], "4"),
        ([], [("Content-Length", "4")], "4"),
        ([], [], None),
        ([b"a", b"b"], [], None),
    ],
)
def test_h28_head_has_no_content_and_the_length_of_get_or_none(serve, items, headers, length):
    wire = serve(answering(*items, headers=headers)).connect()
    for _ in range(2):
        answer = wire.get(method="HEAD")
        assert answer.get("Content-Length") == length
        assert answer.get("Transfer-Encoding") is None
    assert wire.buffer == b""


def test_head_of_an_endless_stream_ends(serve):
    body, data = exchange_with(serve, iter(lambda: b"x", None), method="HEAD")
    assert data.endswith(b"\r\n\r\n")
    assert body.closed == 1


def test_h32_s59_date_once_and_by_grammar(serve):
    answer = serve(answering(b"x")).connect().get()
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", answer.get("Date"))
    assert answer.get("Server") is None
    answer = serve(answering(b"x", headers=[("date", "mine")])).connect().get()
    assert answer.all("Date") == ["mine"]


def test_h34_one_length_never_with_chunked(serve):
    answer = (
        serve(answering(b"a", b"b", headers=[("Content-Length", "2"), ("Transfer-Encoding", "chunked")]))
        .connect()
        .get()
    )
    assert (answer.get("Content-Length"), answer.get("Transfer-Encoding"), answer.body) == ("2", None, b"ab")


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 65 * 1024, 3_000_000])
def test_bodies_of_all_sizes_both_framings(serve, size):
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    wire = serve(answering(data, b"", data)).connect()
    assert wire.get().body == data * 2
    wire = serve(answering(data)).connect()
    assert wire.get().body == data


def test_write_after_the_end_raises(serve, wait_until):
    def application(environ, start_response):
        writes.append(start_response("200 OK", []))
        return [b"x"]

    writes = []
    running = serve(application)
    running.connect().get()
    wait_until(lambda: not running.server.open_exchanges)
    with pytest.raises(AssertionError, match="over"):
        writes[0](b"y")


@pytest.mark.parametrize("data", ["text", bytearray(b"x"), None])
def test_write_takes_bytes_only(serve, data):
    def application(environ, start_response):
        start_response("200 OK", [])(data)
        return []

    assert serve(application).connect().get().code == 500
