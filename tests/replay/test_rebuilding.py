from __future__ import annotations

import pytest

from tests.support import stories
from wsgitrace.events import Done, HeadReceived, InputRead, Refused, Truncated
from wsgitrace.replay import ReplayRefused, rebuild
from wsgitrace.trace import Trace


def head(fields=b"", method=b"POST"):
    raw = method + b" /cart?x=%20 HTTP/1.1\r\nHost: shop\r\n" + fields + b"\r\n"
    return HeadReceived(0, 0, 1, 0, raw=raw, peer="10.0.0.7:5000", scheme="https")


def read(seq, data, offset, *, end=False, stored=True):
    kept = data if stored else b""
    return InputRead(seq, 1, 1, seq, "read", None, len(data), offset, end, kept, stored)


def test_a_request_without_a_body_is_its_head():
    received = head(method=b"GET")
    command = rebuild(12, Trace.from_events([received]))
    assert (command.replay_of, command.head, command.body) == (12, received.raw, b"")
    assert (command.peer, command.scheme) == ("10.0.0.7:5000", "https")


def test_a_sized_body_is_put_together_from_its_reads():
    received = head(b"Content-Length: 10\r\n")
    trace = Trace.from_events([received, read(1, b"01234", 0), read(2, b"56789", 5, end=True)])
    assert rebuild(1, trace).body == b"0123456789"


@pytest.mark.parametrize(("data", "framed"), [(b"hello world", b"b\r\nhello world\r\n0\r\n\r\n"), (b"", b"0\r\n\r\n")])
def test_a_chunked_body_is_framed_again_as_the_head_says(data, framed):
    received = head(b"Transfer-Encoding: chunked\r\n")
    trace = Trace.from_events([received, read(1, data, 0, end=True)])
    command = rebuild(1, trace)
    assert command.body == framed
    assert command.head == received.raw


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([head(b"Content-Length: 10\r\n")], "nothing of 10 bytes was read"),
        ([head(b"Transfer-Encoding: chunked\r\n")], "nothing was read"),
        ([head(b"Content-Length: 10\r\n"), read(1, b"0123", 0)], "only 4 of 10 bytes were read"),
        (
            [
                head(b"Content-Length: 10\r\n"),
                Truncated(1, 1, 1, 1, "request body", 4),
                read(2, b"0123456789", 0, end=True, stored=False),
            ],
            "recording stopped at its limit of 4 bytes",
        ),
        ([Refused(0, 0, 1, 0, b"GET /", 3, "H12", "no version", 400)], "was refused by the server (no version)"),
        ([Done(0, 0, 1, 0, "complete")], "the head of request 1 is not recorded"),
    ],
)
def test_what_is_not_recorded_whole_is_refused_with_the_reason(events, says):
    with pytest.raises(ReplayRefused) as caught:
        rebuild(1, Trace.from_events(events))
    assert says in str(caught.value)


def test_where_it_was_served_is_what_the_application_was_told():
    exchange = stories.hello()
    assert rebuild(1, exchange.trace()).server == "127.0.0.1:8000"
    assert rebuild(1, Trace.from_events([head(method=b"GET")])).server == ""
