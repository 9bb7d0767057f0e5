from __future__ import annotations

import pytest

from tests.support import stories
from wsgitrace.events import Done, HeadReceived, ResponseHead
from wsgitrace.export import NotExportable
from wsgitrace.export.raw import as_raw_request, as_raw_response
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace


@pytest.mark.parametrize(
    ("head", "body", "framed"),
    [
        (b"GET /\xff HTTP/1.0\r\nX:  odd\t \r\nx:\r\n\r\n", b"", b""),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n", b"\0\n", b"\0\n"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"abc", b"3\r\nabc\r\n0\r\n\r\n"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"", b"0\r\n\r\n"),
    ],
    ids=["odd", "length", "chunked", "empty chunked"],
)
def test_a_request_is_its_very_bytes(request_of, head, body, framed):
    assert as_raw_request(request_of(head, body)) == head + framed


def test_a_masked_request_is_still_one(request_of):
    head = b"POST /?token=abc HTTP/1.1\r\nHost: a\r\nCookie: sid=9f3c\r\nContent-Length: 12\r\n\r\n"
    written = as_raw_request(request_of(head, b"password=abc", Masker(Names())))
    head, _, body = written.partition(b"\r\n\r\n")
    assert body.startswith(b"password=<redacted 3 #")
    assert b"Content-Length: %d" % len(body) in head
    assert head.startswith(b"POST /?token=%3Credacted%203%20%23")
    assert b"9f3c" not in written


def test_a_response_is_its_very_bytes(taken):
    written = as_raw_response(taken(stories.hello().trace()))
    head, _, body = written.partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"HTTP/1.1 200 OK"
    assert body == stories.hello().trace().response_body.data


def test_no_body_follows_where_none_can(taken):
    head = HeadReceived(0, 0, 0, 0, raw=b"HEAD / HTTP/1.1\r\n\r\n", peer="")
    answered = ResponseHead(1, 0, 0, 1, status="200 OK", headers=(("Transfer-Encoding", "chunked"),))
    exchange = taken(Trace.from_events([head, answered, Done(2, 0, 0, 2, how="complete")]))
    assert as_raw_response(exchange) == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_what_is_not_there_is_refused(taken):
    with pytest.raises(NotExportable, match="no response was sent"):
        as_raw_response(taken(stories.held().trace()))
    with pytest.raises(NotExportable, match="its response is not whole: recording stopped at its limit"):
        as_raw_response(taken(stories.truncated().trace()))
    with pytest.raises(NotExportable, match="the server refused the request"):
        as_raw_request(taken(stories.refused().trace()))
