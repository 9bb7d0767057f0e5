from __future__ import annotations

import pytest

from tests.support import stories
from wsgitrace.replay import ReplayRefused, as_edited, raw_request, rebuild, with_request_line


@pytest.fixture
def upload():
    trace = stories.upload().trace()
    return trace, rebuild(7, trace)


def test_what_is_not_edited_is_the_same_request(upload):
    trace, command = upload
    assert as_edited(command, raw_request(trace, command)) == command


def test_the_length_follows_the_body(upload):
    trace, command = upload
    edited = as_edited(command, raw_request(trace, command) + b" more")
    assert edited.body == trace.request_body.data + b" more"
    assert b"\r\nContent-Length: %d\r\n" % len(edited.body) in edited.head
    assert edited.head.endswith(b"\r\n\r\n")
    assert (edited.replay_of, edited.peer, edited.scheme) == (7, command.peer, command.scheme)


def test_a_length_that_was_edited_is_meant(upload):
    trace, command = upload
    raw = raw_request(trace, command).replace(b"Content-Length: 51", b"Content-Length: 3")
    assert b"Content-Length: 3\r\n" in as_edited(command, raw).head


def test_a_body_where_there_was_none_gets_a_length_and_a_chunked_one_its_frame():
    trace = stories.hello().trace()
    command = rebuild(1, trace)
    raw = raw_request(trace, command)
    assert b"\r\nContent-Length: 2\r\n" in as_edited(command, raw + b"hi").head
    chunked = raw.replace(b"\n\n", b"\nTransfer-Encoding: chunked\n\nhi")
    assert as_edited(command, chunked).body == b"2\r\nhi\r\n0\r\n\r\n"
    assert as_edited(command, raw.rstrip(b"\n")).head == command.head, "an editor may leave out the empty line"


def test_another_first_line_leaves_the_rest(upload):
    trace, command = upload
    edited = with_request_line(trace, command, "PUT /api/cart?x=1 HTTP/1.1")
    assert edited.head.startswith(b"PUT /api/cart?x=1 HTTP/1.1\r\nHost: ")
    assert edited.body == command.body


@pytest.mark.parametrize("raw", [b"", b"GET /\n\n", b"GET /a b HTTP/1.1\n\n", b"GET / HTTP/1.1\nnonsense\n\n"])
def test_what_is_no_request_is_told(upload, raw):
    with pytest.raises(ReplayRefused, match=r"is no (request line|header field): write "):
        as_edited(upload[1], raw)
