from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import stories
from wsgitrace.replay import ReplayRefused, as_command, draft_of, flaw, line_break, raw_of, read_raw, rebuild
from wsgitrace.server.head import RequestHead, parse_head
from wsgitrace.server.options import ServerOptions


@pytest.fixture
def upload():
    trace = stories.upload().trace()
    return draft_of(trace, rebuild(7, trace))


@pytest.fixture
def hello():
    trace = stories.hello().trace()
    return draft_of(trace, rebuild(1, trace))


def test_what_is_not_edited_is_the_same_request(upload):
    assert as_command(upload) == upload.command
    assert as_command(read_raw(upload, raw_of(upload))) == upload.command
    crlf = raw_of(upload).replace(b"\n", b"\r\n", len(upload.fields) + 2)
    assert as_command(read_raw(upload, crlf)) == upload.command


def test_the_length_follows_the_body(upload):
    edited = as_command(read_raw(upload, raw_of(upload) + b" more"))
    assert edited.body == upload.body + b" more"
    assert b"\r\nContent-Length: %d\r\n" % len(edited.body) in edited.head
    assert edited.head.endswith(b"\r\n\r\n")
    assert (edited.replay_of, edited.peer, edited.scheme) == (7, upload.peer, upload.scheme)


def test_a_length_that_was_edited_or_taken_away_is_meant(upload):
    for new in (b"\nContent-Length: 3\n", b"\n"):
        draft = read_raw(upload, raw_of(upload).replace(b"\nContent-Length: 51\n", new))
        assert new.replace(b"\n", b"\r\n") in as_command(draft).head
        assert b"Content-Length: 51" not in as_command(draft).head
        assert flaw(draft)
        assert not line_break(draft)


def test_a_body_where_there_was_none_gets_a_length_and_a_chunked_one_its_frame(hello):
    raw = raw_of(hello)
    assert b"\r\nContent-Length: 2\r\n" in as_command(read_raw(hello, raw + b"hi")).head
    chunked = raw.replace(b"\n\n", b"\nTransfer-Encoding: chunked\n\nhi")
    assert as_command(read_raw(hello, chunked)).body == b"2\r\nhi\r\n0\r\n\r\n"
    assert as_command(read_raw(hello, raw.rstrip(b"\n"))).head == hello.command.head, "an editor may leave that out"


@pytest.mark.parametrize("raw", [b"", b"GET /\n\n", b"GET /a b HTTP/1.1\n\n", b"GET / HTTP/1.1\nnonsense\n\n"])
def test_what_is_no_request_is_told(upload, raw):
    with pytest.raises(ReplayRefused, match=r"is no (request line|header field): write "):
        read_raw(upload, raw)


HOST = "Host: shop.example"

REFUSED = [
    {"method": "GE(T"},
    {"method": "CONNECT"},
    {"target": "cart"},
    {"target": "/a#b"},
    {"target": "/a b"},
    {"target": "/\x1b"},
    {"target": "*"},
    {"version": "HTTP/2.0"},
    {"fields": ()},
    {"fields": (HOST, HOST)},
    {"fields": ("Host: a b",)},
    {"fields": (HOST, "X Y: 1")},
    {"fields": (HOST, "X: \x00")},
    {"fields": (HOST, " X: folded")},
    {"fields": (HOST, "Content-Length: x")},
    {"fields": (HOST, "Content-Length: 1", "Content-Length: 1")},
    {"fields": (HOST, "Content-Length: 0", "Transfer-Encoding: chunked")},
    {"fields": (HOST, "Transfer-Encoding: gzip")},
    {"fields": (HOST, "Expect: tea")},
    {"fields": (HOST, "Content-Type: a/b", "Content-Type: a/b")},
    {"fields": (HOST, "Transfer-Encoding: chunked"), "version": "HTTP/1.0"},
]
TAKEN = [
    {},
    {"method": "PURGE"},
    {"method": "OPTIONS", "target": "*"},
    {"target": "http://shop.example/cart?x=1"},
    {"version": "HTTP/1.0", "fields": ()},
    {"fields": ("host: [::1]:8000", "X: \xe9", "Connection: close", "Content-Type: text/plain")},
    {"fields": (HOST, "Transfer-Encoding: chunked")},
]


@pytest.mark.parametrize("change", [*REFUSED, *TAKEN], ids=repr)
def test_what_the_server_would_refuse_is_known_before(hello, change):
    draft = replace(hello, **change)
    if not line_break(draft):
        taken = isinstance(parse_head(as_command(draft).head, ServerOptions()), RequestHead)
        assert taken == (not flaw(draft)), flaw(draft)
    assert bool(flaw(draft)) == (change in REFUSED)
