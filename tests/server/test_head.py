"""Request heads that are accepted, and what is read from them."""

from __future__ import annotations

import pytest

from wsgitrace.server import head
from wsgitrace.server.head import RequestHead, parse_head
from wsgitrace.server.options import ServerOptions

OPTIONS = ServerOptions()
HOST = "Host: x\r\n"
POST = f"POST / HTTP/1.1\r\n{HOST}"


def parse(text, options=OPTIONS):
    return parse_head(text.encode("latin-1"), options)


def accepted(text):
    head = parse(text)
    assert isinstance(head, RequestHead), head
    return head


def test_h01_request_line_by_grammar():
    head = accepted(f"GET /a?b=c HTTP/1.1\r\n{HOST}\r\n")
    assert head.line == ("GET", "/a?b=c", "HTTP/1.1", True, "/a", "b=c", None)
    assert head.raw == b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"


def test_h05_minor_versions_above_ours_are_as_ours():
    head = accepted(f"GET / HTTP/1.9\r\n{HOST}\r\n")
    assert head.line.modern
    assert head.line.version == "HTTP/1.9"


@pytest.mark.parametrize(
    ("line", "path", "query", "host"),
    [
        ("GET / HTTP/1.1", "/", "", "x"),
        ("GET //x/y HTTP/1.1", "//x/y", "", "x"),
        ("GET /%2f%41%C3%A9 HTTP/1.1", "//A\xc3\xa9", "", "x"),
        ("GET /%zz% HTTP/1.1", "/%zz%", "", "x"),
        ("GET /%2525 HTTP/1.1", "/%25", "", "x"),
        ("GET /a?b?c=%20 HTTP/1.1", "/a", "b?c=%20", "x"),
        ("GET /\xc3\xa9 HTTP/1.1", "/\xc3\xa9", "", "x"),
        ("GET http://y:8000/a?b HTTP/1.1", "/a", "b", "y:8000"),
        ("GET HTTP://y HTTP/1.1", "/", "", "y"),
        ("GET http://y?b HTTP/1.1", "/", "b", "y"),
        ("GET https://[::1]:8/a HTTP/1.1", "/a", "", "[::1]:8"),
        ("OPTIONS * HTTP/1.1", "*", "", "x"),
        ("OPTIONS http://y HTTP/1.1", "*", "", "y"),
        ("OPTIONS http://y/ HTTP/1.1", "/", "", "y"),
        ("PURGE / HTTP/1.1", "/", "", "x"),
        ("get / HTTP/1.1", "/", "", "x"),
    ],
)
def test_h06_target_forms_and_h10_paths(line, path, query, host):
    head = accepted(f"{line}\r\n{HOST}\r\n")
    assert (head.line.path, head.line.query, head.fields.variables["HTTP_HOST"]) == (path, query, host)
    assert head.line.target == line.split(" ")[1]


def test_h07_target_too_long():
    refusal = parse(f"GET /{'a' * OPTIONS.line_limit} HTTP/1.1\r\n{HOST}\r\n")
    assert (refusal.rule, refusal.status) == ("H07", 414)


def test_h07_eight_thousand_octets_are_supported():
    assert accepted(f"GET /{'a' * 8000} HTTP/1.1\r\n{HOST}\r\n")


def test_h08_too_many_fields():
    many = "".join(f"A{number}: b\r\n" for number in range(OPTIONS.fields_limit))
    refusal = parse(f"GET / HTTP/1.1\r\n{HOST}{many}\r\n")
    assert (refusal.rule, refusal.status) == ("H08", 431)
    assert refusal.offset == len(f"GET / HTTP/1.1\r\n{HOST}{many}") - len(f"A{OPTIONS.fields_limit - 1}: b\r\n")
    few = many.rpartition("A")[0]
    assert accepted(f"GET / HTTP/1.1\r\n{HOST}{few}\r\n")


@pytest.mark.parametrize("host", ["x", "x:80", "x:", "", "[::1]", "[::1]:8", "1.2.3.4", "a_b.c", "%41", "xn--4ca"])
def test_h11_host_by_grammar(host):
    assert accepted(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").fields.variables["HTTP_HOST"] == host


def test_h11_http_1_0_needs_no_host():
    assert accepted("GET / HTTP/1.0\r\n\r\n").fields.variables == {}


def test_h15_value_stripped_of_space_and_tab_only():
    head = accepted(f"GET / HTTP/1.1\r\n{HOST}A: \t b\tc \t\r\nB:\r\nC:\xa0d\xa0\r\n\r\n")
    assert head.fields.variables["HTTP_A"] == "b\tc"
    assert head.fields.variables["HTTP_B"] == ""
    assert head.fields.variables["HTTP_C"] == "\xa0d\xa0"


def test_h16_obs_text_passes_as_bytes():
    assert accepted(f"GET / HTTP/1.1\r\n{HOST}A: \xff\x80\r\n\r\n").fields.variables["HTTP_A"] == "\xff\x80"


def test_h17_chunked_in_any_case():
    assert accepted(f"{POST}Transfer-Encoding: \tChunked \r\n\r\n").fields.content_length is None


@pytest.mark.parametrize(("value", "length"), [("5", 5), ("0", 0), ("005", 5), (" 7\t", 7), ("9" * 18, 10**18 - 1)])
def test_h19_content_length(value, length):
    assert accepted(f"{POST}Content-Length: {value}\r\n\r\n").fields.content_length == length


def test_h19_none_is_zero():
    assert accepted(f"{POST}\r\n").fields.content_length == 0


@pytest.mark.parametrize(
    ("version", "value", "kept"),
    [
        ("1.1", None, True),
        ("1.1", "close", False),
        ("1.1", "Close", False),
        ("1.1", "foo, \tCLOSE", False),
        ("1.1", "keep-alive, close", False),
        ("1.1", "closed", True),
        ("1.1", "keep-alive", True),
        ("1.0", None, False),
        ("1.0", "Keep-Alive", True),
        ("1.0", "keep-alive, close", False),
    ],
)
def test_h24_h25_close_option(version, value, kept):
    connection = "" if value is None else f"Connection: {value}\r\n"
    assert accepted(f"GET / HTTP/{version}\r\n{HOST}{connection}\r\n").fields.keep_alive is kept


def test_h24_in_any_list_member_of_repeated_fields():
    assert not accepted(f"GET / HTTP/1.1\r\n{HOST}Connection: a\r\nConnection: close\r\n\r\n").fields.keep_alive


@pytest.mark.parametrize(
    ("version", "length", "expected"), [("1.1", "5", True), ("1.0", "5", False), ("1.1", "0", False)]
)
def test_h36_expectation(version, length, expected):
    text = f"POST / HTTP/{version}\r\n{HOST}Content-Length: {length}\r\nExpect: 100-Continue\r\n\r\n"
    assert accepted(text).fields.expects_continue is expected


def test_h40_body_limit():
    refusal = parse(f"{POST}Content-Length: 101\r\n\r\n", ServerOptions(body_limit=100))
    assert (refusal.rule, refusal.status, refusal.offset) == ("H40", 413, len(POST))


def test_s18_s19_s20_names_to_keys():
    head = accepted(
        f"GET / HTTP/1.1\r\n{HOST}x-A: 1\r\nX-a: 2\r\nX_A: 3\r\ncontent-type: t\r\nContent_Length: 9\r\nX.y!z: 4\r\n"
        "cookie: a=1\r\nCookie: b=2\r\n\r\n"
    )
    assert head.fields.variables == {
        "HTTP_HOST": "x",
        "HTTP_X_A": "1, 2",
        "CONTENT_TYPE": "t",
        "HTTP_X.Y!Z": "4",
        "HTTP_COOKIE": "a=1; b=2",
    }


def test_a_second_spelling_of_a_known_name_is_still_checked():
    accepted(f"GET / HTTP/1.1\r\n{HOST}X-Known: 1\r\n\r\n")
    assert parse(f"GET / HTTP/1.1\r\n{HOST}X-Known\r\n\r\n").rule == "H12"


AGAIN = [
    f"GET / HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET /other?b HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET / HTTP/1.0\r\n{HOST}A: 1\r\n\r\n",
    f"GET / HTTP/2.0\r\n{HOST}A: 1\r\n\r\n",
    f"GET http://y/ HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET /# HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET /\x00 HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET /\r HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET / HTTP/1.1\n{HOST}A: 1\r\n\r\n",
    f"GET /{'a' * 300} HTTP/1.1\r\n{HOST}A: 1\r\n\r\n",
    f"GET / HTTP/1.1\r\nB: 1\r\n{HOST}A: 1\r\n\r\n",
    f"GET / HTTP/1.1\r\n{HOST}A: 2\r\n\r\n",
    f"{HOST}A: 1\r\n\r\n",
    f"POST / HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\n",
    f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n",
    f"POST / HTTP/1.1\r\n{HOST}Content-Length: 0\r\nExpect: 100-continue\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    f"GET / HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n",
    f"GET / HTTP/1.1\r\n{HOST}A: {'1' * 5000}\r\n\r\n",
]


def test_what_a_client_sends_again_is_taken_as_it_was_the_first_time():
    options = ServerOptions(line_limit=200)
    for first in AGAIN:
        before = parse(first, options)
        for second in AGAIN:
            alone = parse(second, options)
            assert (
                parse_head(second.encode("latin-1"), options, before if type(before) is RequestHead else None) == alone
            )
    first = accepted(AGAIN[0])
    assert parse_head(AGAIN[1].encode("ascii"), OPTIONS, first).fields.variables is first.fields.variables
    assert parse_head(AGAIN[0].encode("ascii"), OPTIONS, first) is first


def test_what_is_kept_of_request_lines_is_bounded(monkeypatch):
    monkeypatch.setattr(head, "_LINES", {})
    first = accepted(f"GET / HTTP/1.1\r\n{HOST}\r\n")
    for number in range(head._LINES_LIMIT * 2 + 1):
        again = parse_head(f"GET /{number} HTTP/1.1\r\n{HOST}\r\n".encode("ascii"), OPTIONS, first)
        assert again.line.path == f"/{number}"
        assert len(head._LINES) <= head._LINES_LIMIT
    kept = len(head._LINES)
    assert parse_head(f"GET /{'a' * 300} HTTP/1.1\r\n{HOST}\r\n".encode("ascii"), OPTIONS, first).line.modern
    assert len(head._LINES) == kept
    # What is kept for one server is measured by the bounds of another.
    again = parse_head(f"GET /{number} HTTP/1.1\r\n{HOST}\r\n".encode("ascii"), ServerOptions(line_limit=9), first)
    assert (again.rule, again.status) == ("H07", 414)
