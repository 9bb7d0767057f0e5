import pytest

from tests.support import stories
from wsgitrace.events import (
    BigInt,
    Called,
    Chunk,
    Done,
    Event,
    HeadReceived,
    InputRead,
    Logged,
    LongText,
    ObserverDetached,
    Opaque,
    Raised,
    RawBytes,
    StartResponse,
    Surrogates,
    Truncated,
)
from wsgitrace.trace import describe, show_value
from wsgitrace.trace.describe import _SAYINGS, count, duration


def test_every_sort_of_event_has_its_line():
    assert set(_SAYINGS) == set(Event.__args__)


def test_the_lines_of_a_request():
    trace = stories.upload().trace()
    assert [describe(event) for event in trace.events] == [
        "request POST /api/cart HTTP/1.1 from 127.0.0.1:53124",
        "called with 19 environ keys",
        "called",
        "wsgi.input read(16) got 16 bytes, 0 to 16",
        "wsgi.input read() got 35 bytes, 16 to 51, the end",
        "start_response 201 Created, 1 header",
        "returned a list of 1 item",
        "chunk 1, 32 bytes",
        "returned what the layer inside returned",
        "response head sent: 201 Created, 2 headers",
        "32 bytes sent so far",
        "done: complete",
    ]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            Called(0, 1, 1, 0, 2, 3, {"a": 1, "b": 2, "c": 3, "d": 4}, ("e",)),
            "called, the layer above set a, b, c and 1 more and removed e",
        ),
        (Called(0, 1, 1, 0, 2, 3, {}, same_environ=False), "called with a copy of the environ"),
        (Called(0, 1, 1, 0, 2, 3, {}, subrequest=True), "called for a request of the application's own"),
        (
            StartResponse(0, 1, 1, 0, "500 X", (), "ValueError"),
            "start_response 500 X, 0 headers, replacing the first for ValueError",
        ),
        (StartResponse(0, 1, 1, 0, "5", (), malformed=True), "start_response 5, 0 headers, of the wrong types"),
        (Chunk(0, 1, 1, 0, 2, 1200, same=4, took=2_500_000), "chunk 3, 1,200 bytes, passed on, after 2.50 ms"),
        (Chunk(0, 1, 1, 0, 0, -1), "item 1 is not bytes"),
        (Raised(0, 1, 1, 0, "next", "KeyError", "'x'\n'y'", 1), "raised KeyError: 'x' 'y' while iterating"),
        (Raised(0, 1, 1, 0, "write", "OSError", "", 1), "raised OSError by write()"),
        (InputRead(0, 1, 1, 0, "next", None, 0, 7, end=True), "wsgi.input next() got 0 bytes, at 7, the end"),
        (InputRead(0, 1, 1, 0, "read", 5, 0, 0, end=False, error="gone"), "wsgi.input read(5) failed: gone"),
        (Truncated(0, 1, 1, 0, "events", 10_000), "from here on less is recorded: limit of 10,000 events"),
        (
            Truncated(0, 1, 1, 0, "response body", 10),
            "from here on the response body is not recorded: limit of 10 bytes",
        ),
        (ObserverDetached(0, 1, 1, 0, "enter", "E"), "a fault of wsgitrace in enter, untraced from here: E"),
        (Done(0, 0, 1, 0, "worker gone", 2), "done: worker gone, 2 events not recorded"),
        (Logged(0, 0, 1, 0, 20, "shop", Surrogates(b"x" * 80)), f"log info shop: {'x' * 60}…"),
    ],
)  # fmt: skip
def test_lines(event, line):
    assert describe(event) == line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a b", "a b"), (None, "None"), (True, "True"), (1.5, "1.5"), (7, "7"),
        (Surrogates(b"\xed\xb2\x80"), "\udc80"), (LongText("ab", 90_000), "ab… (90,000 characters)"),
        (RawBytes(b"a\0", 2), "b'a\\x00'"), (RawBytes(b"a", 20_000), "b'a'… (20,000 bytes)"),
        (BigInt("-0xff"), "-0xff"),
        (Opaque("dict", "{'a': 1}", 1), "{'a': 1}"), (Opaque("dict", "", 9), "<dict of 9>"), (Opaque("a.B"), "<a.B>"),
    ],
)  # fmt: skip
def test_values(value, shown):
    assert show_value(value) == shown


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [
        (0, "0 µs"), (850_000, "850 µs"), (1_000_000, "1.00 ms"), (12_440_000, "12.4 ms"), (999_400_000, "999 ms"),
        (3_410_000_000, "3.41 s"), (61_000_000_000, "61.0 s"), (3_661_000_000_000, "3,661 s"),
    ],
)  # fmt: skip
def test_durations(nanoseconds, shown):
    assert duration(nanoseconds) == shown


def test_counts():
    assert (count(1, "byte"), count(2000, "byte"), count(2, "pass", "passes")) == ("1 byte", "2,000 bytes", "2 passes")


def test_a_request_from_nobody_known_is_from_nobody():
    head = HeadReceived(seq=0, span=0, thread=1, at=0, raw=b"GET / HTTP/1.1\r\n\r\n", peer="")
    assert describe(head) == "request GET / HTTP/1.1"
