"""Request heads that are refused: where, why, and how soon."""

from __future__ import annotations

import pytest

from wsgitrace.server.head import Refusal, check_partial, parse_head
from wsgitrace.server.options import ServerOptions

OPTIONS = ServerOptions()
HOST = "Host: x\r\n"
POST = f"POST / HTTP/1.1\r\n{HOST}"


def parse(text, options=OPTIONS):
    return parse_head(text.encode("latin-1"), options)


REFUSED = [
    # The mark stands before the first byte that breaks the rule.
    ("H01", 400, f"▸ GET / HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET ▸ / HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸ HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸HTTP/1.1 \r\n{HOST}\r\n"),
    ("H01", 400, f"GET▸\t/ HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, "GET /▸\r\n\r\n"),
    ("H01", 400, "GET▸\r\n\r\n"),
    ("H01", 400, f"▸{{}}POST / HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸http/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸HTTP/1.10\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸HTTP/1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET / ▸RTSP/1.0\r\n{HOST}\r\n"),
    ("H01", 400, f"GET /a ▸b HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET /▸\0 HTTP/1.1\r\n{HOST}\r\n"),
    ("H01", 400, f"GET /▸\x7f HTTP/1.1\r\n{HOST}\r\n"),
    ("H03", 400, f"GET / HTTP/1.1▸\rHost: x\r\n{HOST}\r\n"),
    ("H03", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\rc\r\n\r\n"),
    ("H03", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\r\r\n\r\n"),
    ("H04", 400, f"GET / HTTP/1.1▸\n{HOST}\r\n"),
    ("H04", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\nC: d\r\n\r\n"),
    ("H05", 505, f"GET / ▸HTTP/2.0\r\n{HOST}\r\n"),
    ("H05", 505, f"GET / ▸HTTP/0.9\r\n{HOST}\r\n"),
    ("H05", 505, "PRI * ▸HTTP/2.0\r\n\r\n"),
    ("H06", 400, f"GET ▸foo HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"GET ▸* HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"GET ▸x:80 HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"GET ▸ftp://x/ HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"GET http://▸u@x/ HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"GET http://▸/a HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f'GET http://▸a"b/ HTTP/1.1\r\n{HOST}\r\n'),
    ("H06", 400, f"GET /a▸#b HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 400, f"CONNECT ▸/ HTTP/1.1\r\n{HOST}\r\n"),
    ("H06", 501, f"CONNECT ▸x:443 HTTP/1.1\r\n{HOST}\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Accept: */*\r\n\r\n"),
    ("H11", 400, f"GET / HTTP/1.1\r\n{HOST}▸Host: x\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.0\r\nHost: a\r\n▸host: b\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Host: a b/\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Host: a,b/\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Host: a:b\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Host: [::1\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\n▸Host: u@x\r\n\r\n"),
    ("H11", 400, "GET / HTTP/1.1\r\nA: b\r\n▸Host: é\r\n\r\n"),
    ("H11", 400, "GET http://y/ HTTP/1.1\r\n▸\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}A▸ : b\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}A▸\t: b\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}▸: b\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}A▸ b\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}Accept▸\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}A▸(b): c\r\n\r\n"),
    ("H12", 400, f"GET / HTTP/1.1\r\n{HOST}A▸é: c\r\n\r\n"),
    ("H12", 400, "GET / HTTP/1.1\r\nHost▸ : x\r\n\r\n"),
    ("H13", 400, f"GET / HTTP/1.1\r\n{HOST}▸ folded\r\n\r\n"),
    ("H13", 400, f"GET / HTTP/1.1\r\n{HOST}▸\tfolded: b\r\n\r\n"),
    ("H14", 400, f"GET / HTTP/1.1\r\n▸ {HOST}\r\n"),
    ("H14", 400, f"GET / HTTP/1.1\r\n▸\t\r\n{HOST}\r\n"),
    ("H15", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\0\r\n\r\n"),
    ("H15", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\x0bc\r\n\r\n"),
    ("H15", 400, f"GET / HTTP/1.1\r\n{HOST}A: b▸\x7fc\r\n\r\n"),
    ("H15", 400, f"GET / HTTP/1.1\r\n{HOST}Content-Length:▸\x0b5\r\n\r\n"),
    ("H17", 400, f"POST / HTTP/1.0\r\n{HOST}▸Transfer-Encoding: chunked\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: xchunked\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: chunked;q=1\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: chunked, chunked\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: ,chunked\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: chunked, gzip\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: identity\r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: \r\n\r\n"),
    ("H17", 400, f"{POST}▸Transfer-Encoding: \xa0chunked\r\n\r\n"),
    ("H17", 400, f'{POST}▸Transfer-Encoding: "chunked"\r\n\r\n'),
    ("H17", 501, f"{POST}▸Transfer-Encoding: gzip, chunked\r\n\r\n"),
    ("H17", 400, f"{POST}Content-Length: x\r\n▸Transfer-Encoding: nonsense\r\n\r\n"),
    ("H18", 400, f"{POST}▸Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
    ("H18", 400, f"{POST}Content-Length: 5\r\n▸Transfer-Encoding: chunked\r\n\r\n"),
    *[
        ("H19", 400, f"{POST}▸Content-Length: {value}\r\n\r\n")
        for value in (
            "+5",
            "-5",
            "5, 5",
            "0x5",
            "5_0",
            "",
            "²",
            "5.0",
            "5 5",
            "9" * 19,
            "\xa05",
            "\xd9\xa5",
        )
    ],
    ("H19", 400, f"{POST}Content-Length: 5\r\n▸Content-Length: 5\r\n\r\n"),
    ("H19", 400, f"{POST}Content-Length: 5\r\n▸content-length: 6\r\n\r\n"),
    ("S19", 400, f"{POST}Content-Type: a/b\r\n▸content-type: a/b\r\n\r\n"),
    ("H36", 417, f"{POST}Content-Length: 5\r\n▸Expect: coffee\r\n\r\n"),
]


@pytest.mark.parametrize(("rule", "status", "marked"), REFUSED, ids=[f"{r[0]}-{i}" for i, r in enumerate(REFUSED)])
def test_refusal_names_rule_status_and_offset(rule, status, marked):
    offset = marked.index("▸")
    refusal = parse(marked.replace("▸", ""))
    assert isinstance(refusal, Refusal), refusal
    assert (refusal.rule, refusal.status, refusal.offset) == (rule, status, offset), refusal
    assert refusal.reason
    assert refusal.reason.isascii()


@pytest.mark.parametrize(
    ("rule", "status", "data"),
    [
        ("H01", 400, b"\x16\x03\x01\x02\x00\x01"),
        ("H01", 400, b"GET /\r\n"),
        ("H04", 400, b"GET / HTTP/1.1\nHost"),
        ("H03", 400, b"GET / HTTP/1.1\rHost"),
        ("H05", 505, b"GET / HTTP/3.0\r\n"),
        ("H07", 414, b"GET /" + b"a" * OPTIONS.line_limit),
        ("H08", 431, b"GET / HTTP/1.1\r\nA: " + b"a" * OPTIONS.head_limit),
    ],
)
def test_what_cannot_become_a_head_is_refused_at_once(rule, status, data):
    refusal = check_partial(data, 0, OPTIONS)
    assert (refusal.rule, refusal.status) == (rule, status)


def test_every_prefix_of_a_head_is_waited_for():
    data = f"POST /a HTTP/1.1\r\n{HOST}Content-Length: 5\r\nA: \xe9\r\n\r\n".encode("latin-1")
    for end in range(1, len(data)):
        for checked in range(end):
            assert check_partial(data[:end], checked, OPTIONS) is None
