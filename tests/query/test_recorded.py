from __future__ import annotations

import gzip
import zlib

import pytest

from wsgitrace.events import (
    Called,
    Chunk,
    ErrorsWrite,
    HeadReceived,
    InputRead,
    LayerFound,
    Logged,
    Refused,
    Released,
    ResponseHead,
    StartResponse,
    Surrogates,
    Wrote,
)
from wsgitrace.query import FACTS, Recorded, may_match, parse

HEAD = HeadReceived(
    0, 0, 1, 0, b"GET /x HTTP/1.1\r\nHost: Shop:80\r\nCookie: a=1; b=2\r\ncookie: c\r\nX-\xe9: \xdf\r\n\r\n", "p"
)


def test_the_request_head_tells_headers_cookies_and_host():
    recorded = Recorded([HEAD])
    assert recorded.get("req.header")[0] == ("Host", "Shop:80")
    assert recorded.get("req.header")[-1] == ("X-é", "ß")
    assert recorded.get("cookie") == (("a", "1"), ("b", "2"), ("c", ""))
    assert recorded.get("host") == "Shop:80"
    assert recorded.get("header") == recorded.get("req.header")
    assert recorded.get("resp.header") == recorded.get("set-cookie") == ()


def test_the_response_is_what_was_sent_or_else_what_was_last_given():
    first = StartResponse(1, 1, 1, 0, "200 OK", (("Vary", "a"),))
    second = StartResponse(2, 1, 1, 0, "500 X", (("Set-Cookie", "sid=1=2; Path=/"), ("Vary", Surrogates(b"b"))))
    sent = ResponseHead(3, 0, 1, 0, "500 X", (("Vary", "sent"),))
    assert Recorded([first, second]).get("set-cookie") == (("sid", "1=2"),)
    assert Recorded([first, second]).get("resp.header")[-1] == ("Vary", "b")
    assert Recorded([first, second, sent]).get("resp.header") == (("Vary", "sent"),)


def test_bodies_are_put_together():
    reads = [
        InputRead(1, 1, 1, 0, "read", None, 3, 0, end=False, data=b"abc"),
        InputRead(2, 1, 1, 0, "read", None, 3, 3, end=True, data=b"def"),
        InputRead(3, 2, 1, 0, "read", None, 2, 0, end=True, data=b"XY"),
    ]
    assert Recorded(reads).get("req.body") == ("XYcdef",)
    chunks = [
        Chunk(1, 2, 1, 0, 0, 2, b"he"),
        Chunk(2, 1, 1, 0, 0, 2, same=1),
        Chunk(3, 2, 1, 0, 1, 3, b"llo"),
        Chunk(4, 1, 1, 0, 1, 3, b"y"),
        Wrote(5, 3, 1, 0, 4, b"\xffraw"),
    ]
    assert set(Recorded(chunks).get("resp.body")) == {"hello", "hey", "\\xffraw"}
    assert set(Recorded([*reads, *chunks]).get("body")) == {"XYcdef", "hello", "hey", "\\xffraw"}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw"])
def test_packed_bodies_are_unpacked(coding):
    text = b"needle " * 50
    raw = zlib.compressobj(wbits=-15)
    data = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw": raw.compress(text) + raw.flush(),
    }[coding]
    head = ResponseHead(0, 0, 1, 0, "200 OK", (("Content-Encoding", "gzip" if coding == "gzip" else "deflate"),))
    inside, outside = Chunk(1, 2, 1, 0, 0, 1, text), Chunk(2, 1, 1, 0, 0, 1, data)
    assert Recorded([head, outside]).get("resp.body") == (text.decode(),)
    assert parse('resp.body:"needle n"').matches(Recorded([head, inside, outside]))


def test_layers_are_told_by_their_calls():
    layers = [LayerFound(1, "shop.Session", "wsgi", "", 0, ""), LayerFound(2, "shop.Never", "wsgi", "", 0, "")]
    recorded = Recorded([*layers, Called(1, 1, 1, 0, 0, 1, {}), Called(2, 2, 1, 0, 1, 9, {})])
    assert recorded.get("passes") == (("shop.Session", 0),)
    assert parse("layer:session").matches(recorded)
    assert not parse("layer:never").matches(recorded)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [Refused(0, 0, 1, 0, b"\xff\x00\n:\n", 0, "H1", "no", 400)],
        [Chunk(5, 1, 1, 0, 3, -1, same=99), InputRead(1, 1, 1, 0, "read", 5, 5, 9, end=False, data=b"late")],
        [ResponseHead(0, 0, 1, 0, "", (("Content-Encoding", "gzip"),)), Chunk(1, 1, 1, 0, 0, 3, b"not")],
    ],
)
def test_it_takes_any_events(events):
    recorded = Recorded(events)
    for name in FACTS:
        recorded.get(name)


def test_a_glance_never_leaves_out_what_folds_to_ascii():
    wanted = (b"zzz",)
    assert not may_match(b"abc \xc5\xac\r\n\r\n", wanted)
    assert may_match(b"xZZZy\r\n\r\n", wanted)
    for char in map(chr, range(0x80, 0xD800)):
        if any(each.isascii() for each in char.casefold()):
            assert may_match(f"x{char}y\r\n\r\n".encode(), wanted), char
    assert may_match(b"GET / HTTP/1.1\r\nX: \xdf\r\n\r\n", wanted)


def test_a_gap_is_the_longest_pause_between_items_as_they_leave_the_outermost_pass():
    inner = [Chunk(1 + each, 2, 1, at, each, 1, b"x") for each, at in enumerate((0, 50))]
    outer = [Chunk(7 + each, 1, 1, at, each, 1, b"x") for each, at in enumerate((10, 30, 100))]
    assert Recorded([*inner, *outer]).get("gap") == 70
    held = Released(9, 1, 1, 90, 55, "step")
    assert Recorded([*inner, *outer, held]).get("gap") == 20
    assert Recorded(outer[:1]).get("gap") is Recorded([HEAD]).get("gap") is None


def test_what_was_logged_and_by_which_thread():
    events = [
        HEAD,
        Called(1, 1, 404, 0, 0, 1, {}),
        Logged(2, 1, 404, 0, 30, "shop", "low stock"),
        ErrorsWrite(3, 1, 404, 0, "oops"),
    ]
    assert Recorded(events).get("log") == ("low stock", "shop", "oops")
    assert Recorded(events).get("thread") == 404
    assert Recorded([HEAD]).get("thread") is None


def test_who_is_slow_is_a_matter_of_taste():
    class Took:
        def get(self, name):
            return {"dur": 300_000_000}[name]

    assert not parse("is:slow").matches(Took())
    assert parse("is:slow", slow=200_000_000).matches(Took())
