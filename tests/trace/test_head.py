import pytest

from tests.support import stories
from wsgitrace.events import HeadReceived, Surrogates
from wsgitrace.trace.head import header, header_list, read_request, status_code


def request(raw):
    return read_request(HeadReceived(0, 0, 1, 0, raw, "1.2.3.4:5", "https"))


def test_a_request_head_is_read():
    head = request(b"GET /a/b%20c?x=1&y HTTP/1.1\r\nHost: x\r\nAccept:  a \r\naccept: b\r\n\r\n")
    assert (head.method, head.target, head.path, head.query, head.version) == (
        "GET", "/a/b%20c?x=1&y", "/a/b%20c", "x=1&y", "HTTP/1.1",
    )  # fmt: skip
    assert head.headers == (("Host", "x"), ("Accept", "a"), ("accept", "b"))
    assert (head.header("ACCEPT"), head.header("none"), head.peer, head.scheme) == ("a", None, "1.2.3.4:5", "https")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("*", "*", ""),
        ("http://x.example/a?b", "/a", "b"),
        ("http://x.example", "/", ""),
        ("/a://b", "/a://b", ""),
        ("/?", "/", ""),
        ("x.example:443", "x.example:443", ""),
    ],
)
def test_forms_of_targets(target, path, query):
    head = request(f"GET {target} HTTP/1.1\r\n\r\n".encode())
    assert (head.path, head.query) == (path, query)


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\x16\x03\x01\x02", b"GET", b"GET /", b"GET / x HTTP/1.1", b"\n:\n: \n"]
)
def test_bytes_that_are_no_head_are_no_fault(raw):
    head = request(raw)
    assert head.raw == raw


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ("Content-Length: 12", 12),
        ("Content-Length: -1", None),
        ("Content-Length: \xb2", None),
        ("Content-Length: " + "9" * 40, None),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", None),
        ("X: y", None),
    ],
)
def test_announced_length(fields, length):
    assert request(f"POST / HTTP/1.1\r\n{fields}\r\n\r\n".encode("latin-1")).content_length == length


@pytest.mark.parametrize(("status", "code"), [("200 OK", 200), ("404", 404), ("", None), ("2x0", None), ("²²² ", None)])
def test_status_codes(status, code):
    assert status_code(status) == code


def test_fields_that_utf_8_cannot_hold_come_back_whole():
    assert header_list(((Surrogates(b"\xed\xb2\x80"), "b"),)) == (("\udc80", "b"),)
    assert header((("A", "1"), ("a", "2")), "a") == "1"


def test_the_response_is_what_went_over_the_wire():
    response = stories.page().trace().response
    assert (response.status, response.code, response.header("vary")) == ("200 OK", 200, "Accept-Encoding")
    assert response.headers[-1][0] == "Date"


def test_a_refused_request_has_no_head_but_a_reason():
    trace = stories.refused().trace()
    assert (trace.head, trace.refused.status, trace.how) == (None, 400, "refused")
