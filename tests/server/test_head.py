"""The request head: what is accepted, what is refused, where and why."""

from __future__ import annotations

import time

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.server.head import Refusal, RequestHead, check_partial, parse_head
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


def test_h01_request_line_by_grammar():
    head = accepted(f"GET /a?b=c HTTP/1.1\r\n{HOST}\r\n")
    assert (head.method, head.target, head.version, head.modern) == ("GET", "/a?b=c", "HTTP/1.1", True)
    assert (head.path, head.query) == ("/a", "b=c")
    assert head.raw == b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"


def test_h05_minor_versions_above_ours_are_as_ours():
    head = accepted(f"GET / HTTP/1.9\r\n{HOST}\r\n")
    assert head.modern
    assert head.version == "HTTP/1.9"


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
    assert (head.path, head.query, head.variables["HTTP_HOST"]) == (path, query, host)
    assert head.target == line.split(" ")[1]


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
    assert accepted(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").variables["HTTP_HOST"] == host


def test_h11_http_1_0_needs_no_host():
    assert accepted("GET / HTTP/1.0\r\n\r\n").variables == {}


def test_h15_value_stripped_of_space_and_tab_only():
    head = accepted(f"GET / HTTP/1.1\r\n{HOST}A: \t b\tc \t\r\nB:\r\nC:\xa0d\xa0\r\n\r\n")
    assert head.variables["HTTP_A"] == "b\tc"
    assert head.variables["HTTP_B"] == ""
    assert head.variables["HTTP_C"] == "\xa0d\xa0"


def test_h16_obs_text_passes_as_bytes():
    assert accepted(f"GET / HTTP/1.1\r\n{HOST}A: \xff\x80\r\n\r\n").variables["HTTP_A"] == "\xff\x80"


def test_h17_chunked_in_any_case():
    assert accepted(f"{POST}Transfer-Encoding: \tChunked \r\n\r\n").content_length is None


@pytest.mark.parametrize(("value", "length"), [("5", 5), ("0", 0), ("005", 5), (" 7\t", 7), ("9" * 18, 10**18 - 1)])
def test_h19_content_length(value, length):
    assert accepted(f"{POST}Content-Length: {value}\r\n\r\n").content_length == length


def test_h19_none_is_zero():
    assert accepted(f"{POST}\r\n").content_length == 0


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
    assert accepted(f"GET / HTTP/{version}\r\n{HOST}{connection}\r\n").keep_alive is kept


def test_h24_in_any_list_member_of_repeated_fields():
    assert not accepted(f"GET / HTTP/1.1\r\n{HOST}Connection: a\r\nConnection: close\r\n\r\n").keep_alive


@pytest.mark.parametrize(
    ("version", "length", "expected"), [("1.1", "5", True), ("1.0", "5", False), ("1.1", "0", False)]
)
def test_h36_expectation(version, length, expected):
    text = f"POST / HTTP/{version}\r\n{HOST}Content-Length: {length}\r\nExpect: 100-Continue\r\n\r\n"
    assert accepted(text).expects_continue is expected


def test_h40_body_limit():
    refusal = parse(f"{POST}Content-Length: 101\r\n\r\n", ServerOptions(body_limit=100))
    assert (refusal.rule, refusal.status, refusal.offset) == ("H40", 413, len(POST))


def test_s18_s19_s20_names_to_keys():
    head = accepted(
        f"GET / HTTP/1.1\r\n{HOST}x-A: 1\r\nX-a: 2\r\nX_A: 3\r\ncontent-type: t\r\nContent_Length: 9\r\nX.y!z: 4\r\n"
        "cookie: a=1\r\nCookie: b=2\r\n\r\n"
    )
    assert head.variables == {
        "HTTP_HOST": "x",
        "HTTP_X_A": "1, 2",
        "CONTENT_TYPE": "t",
        "HTTP_X.Y!Z": "4",
        "HTTP_COOKIE": "a=1; b=2",
    }


def test_a_second_spelling_of_a_known_name_is_still_checked():
    accepted(f"GET / HTTP/1.1\r\n{HOST}X-Known: 1\r\n\r\n")
    assert parse(f"GET / HTTP/1.1\r\n{HOST}X-Known\r\n\r\n").rule == "H12"


# Heads that are not complete yet.


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


@given(st.lists(FRAGMENT, max_size=20).map("".join))
def test_what_is_accepted_the_oracles_accept_alike(text):
    raw = text.encode("latin-1") + b"\r\n\r\n"
    raw = raw[: raw.index(b"\r\n\r\n") + 4]
    head = parse_head(raw, OPTIONS)
    if not isinstance(head, RequestHead) or "http" in head.target.lower() or not head.target.isascii():
        return
    if head.version not in {"HTTP/1.0", "HTTP/1.1"} or not head.modern:
        return
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(raw)
    event = connection.next_event()
    assert isinstance(event, h11.Request)
    assert event.method == head.method.encode()
    assert event.target == head.target.encode("latin-1")
    values = dict(head.variables)
    for name, value in event.headers:
        key = name.decode().upper().replace("-", "_")
        if b"_" not in name:
            joined = values.get(key) or values["HTTP_" + key]
            assert value.decode("latin-1").lower() in joined.lower()
    lengths = [value for name, value in event.headers if name == b"content-length"]
    assert (head.content_length or 0) == (int(lengths[0]) if lengths else 0)


class Heard:
    def __init__(self):
        self.fields = []
        self.url = b""

    def on_url(self, url):
        self.url += url

    def on_header(self, name, value):
        self.fields.append((name, value))


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
    assert parser.get_method().decode() == head.method
    assert heard.url == b"/a"
    expected = {}
    for name, value in heard.fields:
        key = "HTTP_" + name.decode().upper().replace("-", "_")
        text = value.decode().rstrip(" \t")
        expected[key] = f"{expected[key]}, {text}" if key in expected else text
    assert head.variables == expected


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
