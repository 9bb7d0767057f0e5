"""How responses are framed on the wire, rule by rule."""

from __future__ import annotations

import re

import pytest

from tests.support.responding import answering, exchange_with


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
