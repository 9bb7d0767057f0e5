"""Hostile and unusual requests over a real socket: which are answered, which refused by which rule, what runs after."""

from __future__ import annotations

import pytest

from tests.support.conversation import cases, check

HOST = "Host: x\r\n"
GET = f"GET / HTTP/1.1\r\n{HOST}"


@cases(
    "H01",
    {
        400: [
            f"GET  / HTTP/1.1\r\n{HOST}\r\n",
            f"GET /  HTTP/1.1\r\n{HOST}\r\n",
            f"GET / HTTP/1.1 \r\n{HOST}\r\n",
            f"GET\t/\tHTTP/1.1\r\n{HOST}\r\n",
            f"GET / HTTP/1.1x\r\n{HOST}\r\n",
            f"GET / HTTP/1.\r\n{HOST}\r\n",
            f"GET / HTTP/.1\r\n{HOST}\r\n",
            f"GET / HTTP/11\r\n{HOST}\r\n",
            f"GET / HTTP/1,1\r\n{HOST}\r\n",
            f"GET / HTTP/01.1\r\n{HOST}\r\n",
            f"GET / HTTP/1.01\r\n{HOST}\r\n",
            f"GET / HTTP/-1.1\r\n{HOST}\r\n",
            f"GET / HTTP / 1.1\r\n{HOST}\r\n",
            f"GET / Http/1.1\r\n{HOST}\r\n",
            f"GET / HTTPS/1.1\r\n{HOST}\r\n",
            f"GET / ICE/1.0\r\n{HOST}\r\n",
            f"GET / HTTP/\xb9.1\r\n{HOST}\r\n",
            f"GET / HTTP/1.1 HTTP/1.1\r\n{HOST}\r\n",
            f"GET HTTP/1.1\r\n{HOST}\r\n",
            f"/ HTTP/1.1\r\n{HOST}\r\n",
            f" GET / HTTP/1.1\r\n{HOST}\r\n",
            f"\tGET / HTTP/1.1\r\n{HOST}\r\n",
            f"\x00GET / HTTP/1.1\r\n{HOST}\r\n",
            f"\xef\xbb\xbfGET / HTTP/1.1\r\n{HOST}\r\n",
            f"G ET / HTTP/1.1\r\n{HOST}\r\n",
            f"G@T / HTTP/1.1\r\n{HOST}\r\n",
            f"GET: / HTTP/1.1\r\n{HOST}\r\n",
            f"G\x00T / HTTP/1.1\r\n{HOST}\r\n",
            f"GÉT / HTTP/1.1\r\n{HOST}\r\n",
            f'"GET" / HTTP/1.1\r\n{HOST}\r\n',
            f"[GET] / HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a b HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\tb HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\x00b HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\x0bb HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\x0cb HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\x1bb HTTP/1.1\r\n{HOST}\r\n",
            f"GET /a\x7fb HTTP/1.1\r\n{HOST}\r\n",
            "GET /\r\n",
            "GET\r\n\r\n",
            "HELO x\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01",
            "\x80\x2e\x01\x00\x02",
            "{}\r\n\r\n",
            "SSH-2.0-OpenSSH_9\r\n\r\n",
        ]
    },
    [
        f"{GET}\r\n",
        f"GET /a!$&'()*+,;=:@-._~ HTTP/1.1\r\n{HOST}\r\n",
        f'GET /"<>\\^`{{|}} HTTP/1.1\r\n{HOST}\r\n',
        f"GET /\xc3\xa9?\xff HTTP/1.1\r\n{HOST}\r\n",
        f"GET /?? HTTP/1.1\r\n{HOST}\r\n",
    ],
)
def test_h01_request_line(say, text, code, kept):
    check(say, "H01", text, code, kept)


@cases("H02", {400: [f"\r\n\r\n{GET}\r\n", f"\r\n\r\n\r\n{GET}\r\n"]}, [f"\r\n{GET}\r\n"])
def test_h02_empty_lines_first(say, text, code, kept):
    check(say, "H02", text, code, kept)


@cases(
    "H03",
    {
        400: [
            f"GET / HTTP/1.1\r{HOST}\r\n",
            f"GET /\r HTTP/1.1\r\n{HOST}\r\n",
            f"GET / HTTP/1.1\r\r\n{HOST}\r\n",
            f"{GET}A: b\rc\r\n\r\n",
            f"{GET}A: b\r\r\n\r\n",
            f"{GET}A\r: b\r\n\r\n",
            f"{GET}\rA: b\r\n\r\n",
            f"{GET}A: b\r\n\r\r\n",
            f"{GET}A: \rTransfer-Encoding: chunked\r\n\r\n",
        ]
    },
)
def test_h03_bare_cr(say, text, code, kept):
    check(say, "H03", text, code, kept)


@cases(
    "H04",
    {
        400: [
            "GET / HTTP/1.1\nHost: x\n\n",
            f"GET / HTTP/1.1\n{HOST}\r\n",
            "GET / HTTP/1.1\r\nHost: x\n\r\n",
            f"{GET}A: b\n\r\n",
            f"{GET}A: b\nTransfer-Encoding: chunked\r\n\r\n",
            f"{GET}A: b\r\n\n",
            f"GET /\nevil HTTP/1.1\r\n{HOST}\r\n",
            f"{GET}\nA: b\r\n\r\n",
        ]
    },
)
def test_h04_bare_lf(say, text, code, kept):
    check(say, "H04", text, code, kept)


@cases(
    "H05",
    {
        505: [
            f"GET / HTTP/0.9\r\n{HOST}\r\n",
            f"GET / HTTP/2.0\r\n{HOST}\r\n",
            f"GET / HTTP/3.0\r\n{HOST}\r\n",
            f"GET / HTTP/9.9\r\n{HOST}\r\n",
            f"GET / HTTP/0.0\r\n{HOST}\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ]
    },
    [f"GET / HTTP/1.2\r\n{HOST}\r\n", f"GET / HTTP/1.9\r\n{HOST}\r\n"],
)
def test_h05_versions(say, text, code, kept):
    check(say, "H05", text, code, kept)


@cases(
    "H06",
    {
        400: [
            f"{method} {target} HTTP/1.1\r\n{HOST}\r\n"
            for method, target in [
                ("GET", "*"),
                ("POST", "*"),
                ("OPTIONS", "**"),
                ("OPTIONS", "*?a"),
                ("GET", "a"),
                ("GET", "a/b"),
                ("GET", "?a"),
                ("GET", ".."),
                ("GET", "x:80"),
                ("GET", "%2f"),
                ("GET", "\\a"),
                ("GET", "/a#b"),
                ("GET", "/#"),
                ("GET", "http:/a"),
                ("GET", "http:a"),
                ("GET", "http://"),
                ("GET", "http:///a"),
                ("GET", "http://:80/"),
                ("GET", "http://?a"),
                ("GET", "http://u@h/"),
                ("GET", "http://u:p@h/"),
                ("GET", "http://h:p/"),
                ("GET", "http://h:123456/"),
                ("GET", "http://[::1/"),
                ("GET", "http://a\\b/"),
                ("GET", "http://h#a"),
                ("GET", "ws://h/"),
                ("GET", "file:///etc/passwd"),
                ("GET", "javascript:a"),
                ("CONNECT", "/"),
                ("CONNECT", "*"),
                ("CONNECT", "h"),
                ("CONNECT", "h:"),
                ("CONNECT", ":80"),
                ("CONNECT", "http://h:80/"),
            ]
        ],
        501: [f"CONNECT h:443 HTTP/1.1\r\n{HOST}\r\n", f"CONNECT [::1]:443 HTTP/1.1\r\n{HOST}\r\n"],
    },
    [f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n", f"OPTIONS http://h HTTP/1.1\r\n{HOST}\r\n"],
)
def test_h06_target_forms(say, text, code, kept):
    check(say, "H06", text, code, kept)


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("http://h", "/||h|"),
        ("http://h/", "/||h|"),
        ("http://h:8080/a?b=c", "/a|b=c|h:8080|"),
        ("HTTPS://H?b", "/|b|H|"),
        ("http://[::1]:80/a", "/a||[::1]:80|"),
        ("http://h/a%20b", "/a b||h|"),
        ("//evil.example/a", "//evil.example/a||x|"),
        ("/a//b/../c/./d", "/a//b/../c/./d||x|"),
        ("/%2e%2e/%2F", "/..//||x|"),
        ("/%25%32%35", "/%25||x|"),
        ("/%", "/%||x|"),
        ("/%g1%1", "/%g1%1||x|"),
        ("/a;b=c?d;e", "/a;b=c|d;e|x|"),
        ("/?", "/||x|"),
        ("/a?b?c#"[:-1], "/a|b?c|x|"),
        ("/?a=%00%0d%0a", "/|a=%00%0d%0a|x|"),
        ("/http://h/", "/http://h/||x|"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_h06_h10_targets_as_seen(say, target, seen, version):
    answer = say(f"GET {target} HTTP/{version}\r\n{HOST}\r\n")
    assert answer.codes == [200]
    assert f"\r\n\r\n{seen}".encode("latin-1") in answer.data


def test_h10_two_slashes_begin_a_path(say):
    assert b"\r\n\r\n//evil/a||x|" in say(f"GET //evil/a HTTP/1.1\r\n{HOST}\r\n").data


@cases("H07", {414: [f"GET /{'a' * 20000} HTTP/1.1\r\n{HOST}\r\n"]}, [f"GET /{'a' * 8000} HTTP/1.1\r\n{HOST}\r\n"])
def test_h07_long_targets(say, text, code, kept):
    check(say, "H07", text, code, kept)


@cases(
    "H08",
    {
        431: [
            f"{GET}A: {'b' * 70000}\r\n\r\n",
            f"{GET}{'a' * 70000}: b\r\n\r\n",
            GET + "A: b\r\n" * 200 + "\r\n",
            GET + "".join(f"A{number}: {'b' * 1000}\r\n" for number in range(100)) + "\r\n",
        ]
    },
    [f"{GET}A: {'b' * 30000}\r\n\r\n", GET + "A: b\r\n" * 100 + "\r\n"],
)
def test_h08_large_fields(say, text, code, kept):
    check(say, "H08", text, code, kept)


@pytest.mark.parametrize(
    "method", ["get", "Get", "PURGE", "PROPFIND", "M-SEARCH", "-", "1", "!#$%&'*+-.^_`|~", "X" * 99]
)
def test_h09_any_token_is_a_method_and_its_case_is_kept(say, method):
    answer = say(f"{method} / HTTP/1.1\r\n{HOST}\r\n")
    assert (answer.codes, answer.asked) == ([200], [f"{method} /"])


@cases(
    "H11",
    {
        400: [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n\r\n",
            "GET http://h/ HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.2\r\n\r\n",
            f"{GET}{HOST}\r\n",
            f"{GET}host: y\r\n\r\n",
            f"GET / HTTP/1.0\r\n{HOST}HOST: y\r\n\r\n",
            *[
                f"GET / HTTP/1.1\r\nHost: {value}\r\n\r\n"
                for value in (
                    "a b",
                    "a/b",
                    "a?b",
                    "a#b",
                    "u@a",
                    "http://a",
                    "a:b",
                    "a:80:80",
                    "a:-1",
                    "a:123456",
                    "::1",
                    "[::1",
                    "::1]",
                    "[::1]x",
                    "[]",
                    "[::g]",
                    "[:::]",
                    "[1::2::3]",
                    "[1:2:3:4:5:6:7:8:9]",
                    "[12345::]",
                    "[::1.2.3.256]",
                    "[1.2.3.4]",
                    "a\\b",
                    'a"b',
                    "a<b",
                    "a|b",
                    "a^b",
                    "{a}",
                    "\xe9",
                    "%",
                    "%zz",
                    "a\tb",
                    "a, b",
                )
            ],
        ]
    },
    [
        f"GET / HTTP/1.1\r\nHost:{value}\r\n\r\n"
        for value in (
            "",
            "x",
            " x ",
            "\tx\t",
            "x:",
            "x:80",
            "1.2.3.4:5",
            "[::1]",
            "[::ffff:1.2.3.4]:5",
            "[v1.a:b]",
            "a_b",
            "%41",
            "x.",
        )
    ],
)
def test_h11_host(say, text, code, kept):
    check(say, "H11", text, code, kept)


@cases(
    "H12",
    {
        400: [
            f"{GET}{line}\r\n\r\n"
            for line in (
                "A : b",
                "A\t: b",
                "Content-Length : 5",
                "Transfer-Encoding : chunked",
                ": b",
                ":",
                "A",
                "A b: c",
                "A(b): c",
                "A@b: c",
                "A/b: c",
                "A[b]: c",
                "A{b}: c",
                'A"b: c',
                "A,b: c",
                "A;b: c",
                "A=b: c",
                "A<b>: c",
                "A?b: c",
                "A\\b: c",
                "\xe9: c",
                "A\xa0: c",
                "GET /evil HTTP/1.1",
            )
        ]
    },
    [f"{GET}A:b\r\n\r\n", f"{GET}A::b\r\n\r\n", f"{GET}!#$%&'*+-.^_`|~0aZ: b\r\n\r\n", f"{GET}A:\r\nB: \r\n\r\n"],
)
def test_h12_field_names(say, text, code, kept):
    check(say, "H12", text, code, kept)


@cases(
    "H13",
    {400: [f"{GET}A: b\r\n{fold}\r\n\r\n" for fold in (" c", "\tc", " ", "\t", " C: d", " chunked")]},
)
def test_h13_folded_lines(say, text, code, kept):
    check(say, "H13", text, code, kept)


@cases("H14", {400: [f"GET / HTTP/1.1\r\n{first}\r\n{HOST}\r\n" for first in (" ", "\t", " A: b", "\tHost: y")]})
def test_h14_white_space_before_the_first_field(say, text, code, kept):
    check(say, "H14", text, code, kept)


@cases(
    "H15",
    {400: [f"{GET}A: b{chr(code)}c\r\n\r\n" for code in (0, 1, 7, 8, 11, 12, 14, 27, 31, 127)]},
    [f"{GET}A: b\tc\r\n\r\n", f"{GET}A:\t \tb\t \r\n\r\n"],
)
def test_h15_control_characters_in_values(say, text, code, kept):
    check(say, "H15", text, code, kept)


@cases("H16", {}, [f"{GET}A: \x80\xff\xa0\x85\r\n\r\n", f"{GET}User-Agent: caf\xc3\xa9\r\n\r\n"])
def test_h16_obs_text(say, text, code, kept):
    check(say, "H16", text, code, kept)
