"""Hostile and unusual framing of requests over a real socket: no byte of a body ever runs as a request."""

from __future__ import annotations

import pytest

from tests.support.conversation import cases, check

HOST = "Host: x\r\n"
POST = f"POST / HTTP/1.1\r\n{HOST}"
CODED = f"{POST}Transfer-Encoding: chunked\r\n\r\n"
EVIL = f"GET /evil HTTP/1.1\r\n{HOST}\r\n"
"""Must never run where it stands in the body of another request."""
SMUGGLED = f"0\r\n\r\n{EVIL}"
HELLO = "5\r\nhello\r\n0\r\n\r\n"


@cases(
    "H17",
    {
        400: [
            *[
                f"{POST}Transfer-Encoding:{value}\r\n\r\n{SMUGGLED}"
                for value in (
                    "",
                    " ",
                    " xchunked",
                    " chunkedx",
                    " chunked;q=0.5",
                    " chunked; a=b",
                    " chunked,",
                    " ,chunked",
                    " , chunked",
                    " chunked, chunked",
                    " chunked, identity",
                    " chunked, gzip",
                    " identity",
                    " gzip",
                    " 'chunked'",
                    ' "chunked"',
                    " chunked chunked",
                    " chunked\xa0",
                    "\xa0chunked",
                    "\x85chunked",
                    " chunKed\xff",
                    " [chunked]",
                    " cow",
                )
            ],
            f"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{SMUGGLED}",
            f"{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{SMUGGLED}",
            f"{POST}Transfer-Encoding: x\r\ntransfer-encoding: chunked, x\r\n\r\n{SMUGGLED}",
            f"POST / HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{SMUGGLED}",
            f"POST / HTTP/1.0\r\n{HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{SMUGGLED}",
        ],
        501: [
            f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n{SMUGGLED}",
            f"{POST}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n{SMUGGLED}",
            f"{POST}Transfer-Encoding: x-custom,chunked\r\n\r\n{SMUGGLED}",
        ],
    },
    [
        f"{POST}Transfer-Encoding:{value}\r\n\r\n{HELLO}"
        for value in ("chunked", " chunked", "\tchunked\t", " CHUNKED", " Chunked ")
    ],
)
def test_h17_transfer_encoding(say, text, code, kept):
    check(say, "H17", text, code, kept)


@cases(
    "H18",
    {
        400: [
            f"{POST}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n{SMUGGLED}"
            for length in ("0", "5", "6", "999999", "-1", "x")
        ]
        + [f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{SMUGGLED}"]
    },
)
def test_h18_both_framings(say, text, code, kept):
    check(say, "H18", text, code, kept)


@cases(
    "H19",
    {
        400: [
            *[
                f"{POST}Content-Length:{value}\r\n\r\n{EVIL}"
                for value in (
                    "",
                    " ",
                    " +5",
                    " -5",
                    " -0",
                    " 5.0",
                    " 5,",
                    " ,5",
                    " 5, 5",
                    " 5,6",
                    " 5 5",
                    " 5;",
                    " 0x5",
                    " 5h",
                    " 1e1",
                    " 1_0",
                    " \xd9\xa5",
                    " ²",
                    " \xb2",
                    " \xa05",
                    ' "5"',
                    " five",
                    " NaN",
                    " 18446744073709551616",
                    " 18446744073709551621",
                    " 99999999999999999999999999999999",
                    " " + "9" * 5000,
                )
            ],
            f"{POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            f"{POST}Content-Length: 5\r\nCONTENT-LENGTH: 6\r\n\r\nhello",
            f"{POST}Content-Length: 0\r\nContent-Length: 40\r\n\r\n{EVIL}",
            f"GET / HTTP/1.1\r\n{HOST}Content-Length: x\r\n\r\n",
            "POST / HTTP/1.0\r\nContent-Length: -1\r\n\r\n",
        ]
    },
    [
        f"{POST}Content-Length: 5\r\n\r\nhello",
        f"{POST}Content-Length:5\r\n\r\nhello",
        f"{POST}Content-Length: \t5 \t\r\n\r\nhello",
        f"{POST}Content-Length: 005\r\n\r\nhello",
        f"{POST}content-length: 0\r\n\r\n",
        f"{POST}\r\n",
        f"GET / HTTP/1.1\r\n{HOST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}",
        f"GET /unread HTTP/1.1\r\n{HOST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}",
        f"DELETE /unread HTTP/1.1\r\n{HOST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}",
        f"{POST}Content_Length: 99\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_h19_content_length(say, text, code, kept):
    check(say, "H19", text, code, kept)


@cases(
    "H20",
    {
        400: [
            *[
                f"{CODED}{line}\r\nhello\r\n0\r\n\r\n{EVIL}"
                for line in (
                    "",
                    " 5",
                    "5 ",
                    "5\t",
                    "+5",
                    "-5",
                    "0x5",
                    "5_0",
                    "5h",
                    "g",
                    "5,",
                    "5.0",
                    "\xb2",
                    "five",
                    "5;",
                    "5; ",
                    "5;;a",
                    "5;=b",
                    "5;a=",
                    "5;a=b c",
                    '5;a="b',
                    '5;a="b"c',
                    "5;a b",
                    "5 a",
                    "5;a=b,c",
                    "5;a\x00",
                    "5;a=\x7f",
                    '5;a="\x01"',
                    "10000000000000000F",
                    "00000000000000000000000000005",
                    "FFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                )
            ],
            f"{CODED}5\nhello\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5\rhello\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5;a\nhello\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5;a\rb\r\nhello\r\n0\r\n\r\n{EVIL}",
            f'{CODED}5;a="\n"\r\nhello\r\n0\r\n\r\n{EVIL}',
            f"{CODED}5\r\nhello\n0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhello0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhello!\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhell\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhello\r0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhello\r\r\n0\r\n\r\n{EVIL}",
            f"{CODED}5\r\nhello\r\n\r\n0\r\n\r\n{EVIL}",
            f"{CODED}hello\r\n\r\n{EVIL}",
            f"{CODED}{EVIL}",
        ]
    },
    [
        f"{CODED}{body}\r\n\r\n"
        for body in (
            "0",
            "000",
            "5\r\nhello\r\n0",
            "05\r\nhello\r\n00",
            "a\r\n0123456789\r\nA\r\n0123456789\r\n0",
            "5;a\r\nhello\r\n0",
            "5;a=b\r\nhello\r\n0;c",
            "5 ; a = b\r\nhello\r\n0",
            '5;a="b c;\\"d"\r\nhello\r\n0',
            "5;a;b=c;d\r\nhello\r\n0",
            "1\r\na\r\n1\r\nb\r\n1\r\n\n\r\n0",
            "2\r\n\r\n\r\n0",
            f"{len(EVIL):x}\r\n{EVIL}\r\n0",
            "0000000000000005\r\nhello\r\n0",
        )
    ],
)
def test_h20_chunks(say, text, code, kept):
    check(say, "H20", text, code, kept)


@cases(
    "H21",
    {
        400: [
            f"{CODED}5\r\nhello\r\n0\r\n{trailers}\r\n\r\n{EVIL}"
            for trailers in (
                "A : b",
                " A: b",
                "A",
                ": b",
                "A: b\r\n c",
                "A: \x00",
                "A: b\nC: d",
                "A: b\rC: d",
                "Host: y",
                "Content-Length: 5",
                "transfer-encoding: chunked",
                "GET /evil HTTP/1.1",
            )
        ]
    },
    [
        f"{CODED}5\r\nhello\r\n0\r\n{trailers}\r\n\r\n"
        for trailers in ("A: b", "A:", "A: b\r\nC: d", "Content-Type: text/plain", "X-Sum: \xff", "Expires: 0")
    ],
)
def test_h21_trailers(say, text, code, kept):
    check(say, "H21", text, code, kept)


def test_h21_trailers_are_not_merged_into_the_header(say):
    answer = say(f"{CODED}0\r\nX-A: b\r\n\r\nGET /after HTTP/1.1\r\n{HOST}\r\n")
    assert (answer.codes, answer.asked) == ([200, 200], ["POST /", "GET /after"])


@cases(
    "H40",
    {
        400: [CODED + ("1;a=" + "b" * 1000 + "\r\nx\r\n") * 90 + SMUGGLED],
        431: [
            f"{CODED}5;a={'b' * 5000}\r\nhello\r\n{SMUGGLED}",
            f"{CODED}0\r\nA: {'b' * 20000}\r\n\r\n{EVIL}",
            CODED + "0\r\n" + "A: b\r\n" * 200 + f"\r\n{EVIL}",
            CODED + "0" * 5000 + f"\r\n{EVIL}",
        ],
    },
)
def test_h40_chunk_lines_and_trailers_have_bounds(say, text, code, kept):
    check(say, "H40", text, code, kept)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (f"{POST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}", ["POST /"]),
        (f"POST /unread HTTP/1.1\r\n{HOST}Content-Length: {len(EVIL)}\r\n\r\n{EVIL}", ["POST /unread"]),
        (f"POST /unread HTTP/1.1\r\n{HOST}Content-Length: 9999999\r\n\r\n{EVIL}", ["POST /unread"]),
        (f"{POST}Transfer_Encoding: chunked\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}", ["POST /"]),
        (f"{POST}X: y\r\nTransfer-Encoding\x0b: chunked\r\n\r\n{SMUGGLED}", []),
        (f"{POST}Content-Length: 5\r\n\r\nhello{EVIL}", ["POST /", "GET /evil"]),
        (f"{POST}\r\n{EVIL}", ["POST /", "GET /evil"]),
        (f"{CODED}{HELLO}{EVIL}", ["POST /", "GET /evil"]),
        (f"{POST}Connection: close\r\nContent-Length: 0\r\n\r\n{EVIL}", ["POST /"]),
        (f"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n{EVIL}", ["POST /"]),
        (f"{EVIL}G ET / HTTP/1.1\r\n{HOST}\r\n{EVIL}", ["GET /evil"]),
        (
            f"GET / HTTP/1.1\r\n{HOST}Content-Length: 5\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nhello{EVIL}",
            ["GET /", "GET /evil"],
        ),
    ],
)
def test_h23_h26_only_what_is_a_request_runs(say, text, asked):
    assert say(text).asked == asked


@cases(
    "H36",
    {
        417: [
            f"{POST}Expect:{value}\r\nContent-Length: 5\r\n\r\nhello"
            for value in ("", " 200-ok", " 100-continue, x", " 100-continue;a", " x\r\nExpect: 100-continue")
        ]
    },
    [
        f"{POST}Expect: {value}\r\nContent-Length: 5\r\n\r\nhello"
        for value in (
            "100-continue",
            "100-Continue",
            " 100-CONTINUE ",
            "100-continue, 100-continue\r\nExpect: 100-Continue",
        )
    ]
    + [f"GET / HTTP/1.1\r\n{HOST}Expect: 100-continue\r\n\r\n", f"{CODED[:-2]}Expect: 100-continue\r\n\r\n{HELLO}"],
)
def test_h36_expectations(say, text, code, kept):
    check(say, "H36", text, code, kept)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("", True),
        ("Connection: keep-alive\r\n", True),
        ("Connection: close\r\n", False),
        ("Connection: CLOSE\r\n", False),
        ("Connection: keep-alive, close\r\n", False),
        ("Connection: x\r\nConnection: close\r\n", False),
        ("Connection: x,close,y\r\n", False),
        ("Connection: close-not\r\n", True),
        ("Connection: upgrade\r\nUpgrade: websocket\r\n", True),
    ],
)
def test_h24_close_option(say, fields, kept):
    answer = say(f"GET / HTTP/1.1\r\n{HOST}{fields}\r\n")
    assert (answer.codes, answer.kept) == ([200], kept)
    assert kept or b"\r\nConnection: close\r\n" in answer.data


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("", False),
        ("Connection: keep-alive\r\n", True),
        ("Connection: Keep-Alive\r\n", True),
        ("Connection: keep-alive, close\r\n", False),
        ("Keep-Alive: timeout=5\r\n", False),
        ("Proxy-Connection: keep-alive\r\n", False),
    ],
)
def test_h25_http_1_0_is_kept_when_it_asks(say, fields, kept):
    answer = say(f"GET / HTTP/1.0\r\n{HOST}{fields}\r\n")
    assert (answer.codes, answer.kept) == ([200], kept)
    assert kept == (b"\r\nConnection: keep-alive\r\n" in answer.data.partition(b"/last")[0])


def test_h26_many_pipelined_requests_are_answered_in_order(say):
    texts = [f"GET /{number} HTTP/1.1\r\n{HOST}\r\n" for number in range(50)]
    texts[10:10] = [f"POST /ten HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc", f"{CODED}{HELLO}"]
    answer = say("".join(texts))
    assert answer.codes == [200] * 52
    assert answer.kept
    assert answer.asked == [" ".join(text.split(" ")[:2]) for text in texts]
