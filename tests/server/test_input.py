"""``wsgi.input``: lazy, with an end, and honest about a body that never comes."""

from __future__ import annotations

import pytest

from wsgitrace.server.body import BodyError
from wsgitrace.server.connection import Phase
from wsgitrace.server.errors import ClientStalledError
from wsgitrace.server.head import parse_head
from wsgitrace.server.input import Input
from wsgitrace.server.intake import Intake
from wsgitrace.server.options import ServerOptions

BODY = b"one\ntwo\r\n\nfour, the last"


class Source:
    """In place of a connection: gives what it was given, piece by piece."""

    def __init__(self, pieces, options):
        self.pieces = list(pieces)
        self.options = options
        self.buffer = b""
        self.sent = []
        self.half_closed = False

    def take_buffer(self):
        data, self.buffer = self.buffer, b""
        return data

    def receive(self, timeout):
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if isinstance(piece, Exception):
            raise piece
        return piece

    def send(self, data):
        self.sent.append(data)


def make(pieces, framing="", *, expect=False):
    options = ServerOptions()
    field = framing or f"Content-Length: {sum(map(len, pieces))}"
    expectation = "Expect: 100-continue\r\n" if expect else ""
    head = parse_head(f"POST / HTTP/1.1\r\nHost: x\r\n{field}\r\n{expectation}\r\n".encode(), options)
    source = Source(pieces, options)
    intake = Intake(source, head)
    return Input(intake), source, intake


def pieces_of(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


def chunked(data, size):
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces_of(data, size)) + b"0\r\n\r\n"


@pytest.fixture(params=["sized", "chunked"])
def body(request):
    def new(size=3):
        if request.param == "sized":
            return make(pieces_of(BODY, size))[0]
        return make(pieces_of(chunked(BODY, 4), size), "Transfer-Encoding: chunked")[0]

    return new


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_s25_s26_read_all_then_end_ever_after(body, size):
    for all_of_it in (lambda b: b.read(), lambda b: b.read(-1), lambda b: b.read(None)):
        stream = body(size)
        assert all_of_it(stream) == BODY
        for _ in range(3):
            assert stream.read() == b""
            assert stream.read(5) == b""
            assert stream.readline() == b""
            assert stream.readlines() == []
            assert list(stream) == []


@pytest.mark.parametrize("count", [1, 2, 4, 5, 100])
def test_s27_read_gives_never_more_and_never_less(body, count):
    stream = body()
    parts = []
    while part := stream.read(count):
        parts.append(part)
    assert b"".join(parts) == BODY
    assert all(len(part) == count for part in parts[:-1])


def test_s27_read_of_nothing_consumes_nothing(body):
    stream = body()
    assert stream.read(0) == b""
    assert stream.readline(0) == b""
    assert stream.read() == BODY


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_s27_lines_keep_their_ends(body, size):
    lines = [b"one\n", b"two\r\n", b"\n", b"four, the last"]
    assert body(size).readlines() == lines
    assert list(body(size)) == lines
    stream = body(size)
    assert [stream.readline() for _ in range(5)] == [*lines, b""]


def test_s26_readline_with_a_size(body):
    stream = body()
    assert [stream.readline(2) for _ in range(4)] == [b"on", b"e\n", b"tw", b"o\r"]
    assert stream.readline(-1) == b"\n"
    assert stream.readline(None) == b"\n"
    assert stream.readline(1000) == b"four, the last"


def test_readlines_with_a_hint(body):
    assert body().readlines(1) == [b"one\n"]
    assert body().readlines(5) == [b"one\n", b"two\r\n"]
    assert len(body().readlines(0)) == 4
    assert len(body().readlines(None)) == 4


def test_s23_s24_only_the_methods_of_pep_3333():
    stream = make([b"x"])[0]
    assert {name for name in dir(stream) if not name.startswith("_")} == {"read", "readline", "readlines"}
    assert type(stream.read(1)) is bytes


def test_s52_continue_is_sent_on_the_first_real_need_once():
    stream, source, _ = make([b"abc", b"def"], expect=True)
    stream.read(0)
    assert source.sent == []
    assert stream.read(1) == b"a"
    assert source.sent == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    assert stream.read() == b"bcdef"
    assert len(source.sent) == 1


def test_h36_no_continue_when_the_body_came_unasked():
    stream, source, intake = make([b"abc"], expect=True)
    source.buffer = source.pieces.pop()
    assert stream.read() == b"abc"
    assert source.sent == []
    assert intake.ended


@pytest.mark.parametrize("framing", ["Content-Length: 10", "Transfer-Encoding: chunked"])
def test_h22_an_incomplete_body_is_an_error_never_an_end(framing):
    first = b"abcde" if "Length" in framing else b"a\r\nabcde"
    stream, source, _ = make([first], framing)
    assert stream.read(3) == b"abc"
    for _ in range(3):
        with pytest.raises(BodyError) as caught:
            stream.read()
        assert (caught.value.rule, caught.value.status) == ("H22", 400)
    assert stream.read(2) == b"de", "what has come stays readable"
    assert source.half_closed


def test_h40_a_stalled_body_is_an_error():
    stream, _, _ = make([b"ab", ClientStalledError("nothing")], "Content-Length: 5")
    with pytest.raises(BodyError) as caught:
        stream.read()
    assert caught.value.status == 408
    assert isinstance(caught.value, OSError)


def test_h20_a_malformed_body_is_an_error_each_time():
    stream, _, _ = make([b"2\r\nab\r\n", b"x\r\n"], "Transfer-Encoding: chunked")
    assert stream.readline(2) == b"ab"
    for _ in range(2):
        with pytest.raises(BodyError, match="hexadecimal"):
            stream.readline()


@pytest.mark.parametrize(
    ("pieces", "framing", "usable"),
    [
        ([], "Content-Length: 0", True),
        ([b"abc"], "", True),
        ([], f"Content-Length: {ServerOptions().drain_limit + 1}", False),
        ([], "Transfer-Encoding: chunked", False),
    ],
)
def test_h23_before_the_head_it_is_known_whether_the_connection_stays(pieces, framing, usable):
    assert make(pieces, framing)[2].settle() is usable


def test_h23_drain():
    _, source, intake = make([b"abc", b"defGET"], "Content-Length: 6")
    assert intake.drain()
    assert source.buffer == b"GET"
    assert not make([b"abc"], "Content-Length: 6")[2].drain()
    assert not make([b"x"], "Transfer-Encoding: chunked")[2].drain()


def test_phases_say_who_owns():
    assert len({phase.value for phase in Phase}) == len(Phase)
