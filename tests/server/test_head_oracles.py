"""The request head against h11, llhttp, and whatever hypothesis finds."""

from __future__ import annotations

import time

import h11
import httptools
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgitrace.server.head import Refusal, RequestHead, check_partial, parse_head
from wsgitrace.server.options import ServerOptions

OPTIONS = ServerOptions()
HOST = "Host: x\r\n"
POST = f"POST / HTTP/1.1\r\n{HOST}"


@settings(deadline=None)  # a busy machine is not the parser's fault
@given(st.binary(max_size=300))
def test_never_raises(data):
    verdict = parse_head(data + b"\r\n\r\n", OPTIONS)
    assert isinstance(verdict, (Refusal, RequestHead))
    if isinstance(verdict, Refusal):
        assert 0 <= verdict.offset <= len(data) + 4
    check_partial(data or b"x", 0, OPTIONS)


FRAGMENTS = (
    *(
        "GET",
        "POST",
        " ",
        "/",
        "*",
        "http://",
        "x",
        ":",
        "HTTP/1.1",
        "HTTP/1.0",
        "\r\n",
        "\r",
        "\n",
        "\t",
        "\0",
        "é",
        ",",
    ),
    *(
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "chunked",
        "5",
        "0",
        "Connection",
        "close",
        "Expect",
        "_",
        "-",
        "#",
    ),
    *("GET / HTTP/1.1\r\nHost: x\r\n", "POST /a?b HTTP/1.1\r\nHost: y:8\r\n", "Content-Length: 3\r\n", "A: b\r\n"),
)
FRAGMENT = st.sampled_from(FRAGMENTS)


@settings(deadline=None)  # a busy machine is not the parser's fault
@given(st.lists(FRAGMENT, max_size=20).map("".join))
def test_what_is_accepted_the_oracles_accept_alike(text):
    raw = text.encode("latin-1") + b"\r\n\r\n"
    raw = raw[: raw.index(b"\r\n\r\n") + 4]
    head = parse_head(raw, OPTIONS)
    if not isinstance(head, RequestHead) or "http" in head.line.target.lower() or not head.line.target.isascii():
        return
    if head.line.version not in {"HTTP/1.0", "HTTP/1.1"} or not head.line.modern:
        return
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(raw)
    event = connection.next_event()
    assert isinstance(event, h11.Request)
    assert event.method == head.line.method.encode()
    assert event.target == head.line.target.encode("latin-1")
    values = dict(head.fields.variables)
    for name, value in event.headers:
        key = name.decode().upper().replace("-", "_")
        if b"_" not in name:
            joined = values.get(key) or values["HTTP_" + key]
            assert value.decode("latin-1").lower() in joined.lower()
    lengths = [value for name, value in event.headers if name == b"content-length"]
    assert (head.fields.content_length or 0) == (int(lengths[0]) if lengths else 0)


class Heard:
    def __init__(self):
        self.fields = []
        self.url = b""

    def on_url(self, url):
        self.url += url

    def on_header(self, name, value):
        self.fields.append((name, value))


@settings(deadline=None)  # a busy machine is not the parser's fault
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.lists(
        st.tuples(
            st.text("ABCdef-", min_size=1, max_size=8),
            st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=8),
        ),
        max_size=6,
    ),
)
def test_well_formed_heads_are_read_as_llhttp_reads_them(method, fields):
    lines = [f"{method} /a HTTP/1.1", "Host: x", *(f"X-{name}: {value}" for name, value in fields)]
    raw = ("\r\n".join(lines) + "\r\n\r\n").encode()
    head = parse_head(raw, OPTIONS)
    assert isinstance(head, RequestHead)
    heard = Heard()
    parser = httptools.HttpRequestParser(heard)
    parser.feed_data(raw)
    assert parser.get_method().decode() == head.line.method
    assert heard.url == b"/a"
    expected = {}
    for name, value in heard.fields:
        key = "HTTP_" + name.decode().upper().replace("-", "_")
        text = value.decode().rstrip(" \t")
        expected[key] = f"{expected[key]}, {text}" if key in expected else text
    assert head.fields.variables == expected


HOSTILE = [
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b" " * 60000 + b"b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"\t " * 30000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: " + b"%41" * 20000 + b"%\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: " + b"a" * 60000 + b'"\r\n\r\n',
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + b"chunked," * 8000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + b"," * 60000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"1" * 60000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a" * 60000 + b"\r\n\r\n",
    b"\r" * 60000 + b"\r\n\r\n",
    b"GET http://" + b"a" * 16000 + b'" HTTP/1.1\r\nHost: x\r\n\r\n',
    *[b"GET / HTTP/1.1\r\nHost: x\r\n" + bytes([byte]) * 60000 + b"\r\n\r\n" for byte in range(256)],
]


def test_linear_time_on_hostile_heads():
    """Generous enough for a busy machine: a quadratic step over 60,000 bytes would take minutes."""
    began = time.process_time()
    for raw in HOSTILE:
        parse_head(raw, OPTIONS)
        check_partial(raw[:-3], 0, OPTIONS)
    assert time.process_time() - began < 20
