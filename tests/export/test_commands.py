"""Exported commands, run: what arrives is what was recorded."""

from __future__ import annotations

import shutil
from functools import partial
from unittest.mock import patch

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.receiver import in_shell, same
from wsgitrace.export import NotExportable, format_named
from wsgitrace.export.curl import as_curl
from wsgitrace.export.httpie import as_httpie
from wsgitrace.export.httpx_script import as_httpx
from wsgitrace.redact import Masker, Names

PATIENT = settings(
    max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

TOKENS = st.text("abcXYZ019-_.!#$%&'*+^`|~", min_size=1, max_size=8).map(lambda text: f"X-{text}")
VALUES = st.binary(max_size=24).map(
    lambda data: bytes(byte for byte in data if byte not in b"\0\r\n\x7f" and (byte >= 32 or byte == 9)).strip(b" \t")
)
TARGETS = st.text("abc/.%2F?&=#'\"{}[]()$`!~;:@\\|^é ÿ", max_size=16).map(
    lambda text: "/" + text.replace(" ", "").replace("%", "%25")
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH", "patch"])
BODIES = st.one_of(
    st.just(b""), st.binary(max_size=40), st.sampled_from([b"@/etc/passwd", b"a\r\nb\n", b"-n %s\\", b"!'\""])
)


def head_of(receiver, method, target, fields, body, *, version="HTTP/1.1", framing=b""):
    lines = [f"{method} {target} {version}".encode("latin-1"), b"Host: " + receiver.host.encode()]
    lines += [name.encode() + b": " + value for name, value in fields]
    if framing:
        lines.append(framing)
    elif body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""])


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@needs_curl
@PATIENT
@example("GET", "/", [], b"")
@example("POST", "/%2e%2e/../a", [("X-Quote", b'it\'s "quoted" $HOME `id` \\ ! %s')], b"@file")
@example(
    "POST",
    "/",
    [("User-Agent", b"x"), ("X-Latin", b"caf\xe9"), ("X-Utf", "naïve ☃".encode()), ("X-Empty", b"")],
    b"\0\xff%n'",
)
@example("PUT", "/\xff\xe9?a=[1-3]&{b,c}#d", [("X-A", b"1"), ("X-A", b"2"), ("Accept", b"x/y")], b"line\n\n")
@example("OPTIONS", "*", [], b"")
@given(METHODS, TARGETS, st.lists(st.tuples(TOKENS, VALUES), max_size=4), BODIES)
def test_curl_sends_the_very_bytes(receiver, request_of, method, target, fields, body):  # noqa: PLR0917 -- what is drawn
    head = head_of(receiver, method, target, fields, body)
    in_shell(as_curl(request_of(head, body)))
    sent, arrived = receiver.take()
    same(head, sent)
    assert arrived == body


@needs_curl
@pytest.mark.parametrize("body", [bytes(range(256)) * 20, b"letters " * 20_000], ids=["bytes", "text"])
def test_curl_sends_large_bodies(receiver, request_of, body):
    head = head_of(receiver, "POST", "/", [("Content-Type", b"image/png")], body)
    in_shell(as_curl(request_of(head, body)))
    sent, arrived = receiver.take()
    same(head, sent)
    assert arrived == body


def run_httpx(exchange):
    # Reading the certificates of the system for each client takes longer than all the rest.
    with patch.object(httpx, "Client", partial(httpx.Client, verify=False, trust_env=False)):
        exec(compile(as_httpx(exchange), "exported", "exec"), {"print": lambda *_: None})


@needs_curl
@pytest.mark.parametrize("send", [lambda exchange: in_shell(as_curl(exchange)), run_httpx], ids=["curl", "httpx"])
@pytest.mark.parametrize("body", [b"", b"one", bytes(range(256))], ids=["empty", "text", "bytes"])
def test_what_came_in_chunks_is_sent_in_chunks(receiver, request_of, body, send):
    head = head_of(receiver, "POST", "/", [("Content-Type", b"a/b")], body, framing=b"Transfer-Encoding: chunked")
    send(request_of(head, body))
    sent, arrived = receiver.take()
    same(head, sent)
    assert arrived == body


@needs_curl
def test_curl_asks_for_the_head_alone(receiver, request_of):
    head = head_of(receiver, "HEAD", "/", [("Accept-Encoding", b"gzip, br")], b"")
    in_shell(as_curl(request_of(head)))
    same(head, receiver.take()[0])


@needs_curl
def test_curl_speaks_the_older_version(receiver, request_of):
    head = b"GET /old HTTP/1.0\r\nHost: " + receiver.host.encode() + b"\r\n\r\n"
    in_shell(as_curl(request_of(head)))
    same(head, receiver.take()[0])


@needs_curl
def test_curl_sends_an_empty_body_that_was_announced(receiver, request_of):
    head = head_of(receiver, "POST", "/", [], b"", framing=b"Content-Length: 0")
    in_shell(as_curl(request_of(head)))
    same(head, receiver.take()[0])


def test_commands_stand_on_one_line_where_they_can(request_of):
    head = b"POST /login HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5\r\n\r\n"
    assert as_curl(request_of(head, b"a=b&c")).count("\n") == 1


def test_what_is_masked_is_said_in_a_comment(request_of):
    head = b"GET /?token=abcdef HTTP/1.1\r\nHost: shop.test\r\nCookie: sid=9f3c\r\n\r\n"
    exchange = request_of(head, masker=Masker(Names()))
    for name in ("curl", "httpie", "httpx"):
        (written,) = format_named(name).write([exchange], _Nothing())
        first, *_ = written.decode().splitlines()
        assert first.startswith("# Secrets in it are masked, so it will not authenticate")
        assert b"9f3c" not in written
        assert b"abcdef" not in written
        assert b"sid=<redacted 4 #" in written
        assert b"token=%3Credacted%206%20%23" in written


class _Nothing:
    def __init__(self):
        self.reasons, self.written, self.masked = {}, 0, False


def test_a_body_that_nobody_read_cannot_be_sent_again(request_of, taken):
    from wsgitrace.events import HeadReceived  # noqa: PLC0415 -- for this one
    from wsgitrace.trace import Trace  # noqa: PLC0415 -- likewise

    raw = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n"
    exchange = taken(Trace.from_events([HeadReceived(0, 0, 0, 0, raw=raw, peer="")]))
    with pytest.raises(NotExportable, match="nothing of 35 bytes was read"):
        as_curl(exchange)


@PATIENT
@example("POST", "/a/%2e%2e/b?x=1", [("X-Quote", b'it\'s "quoted" \\ \xe9')], b"\0\xff'\n")
@example("GET", '/?[]{}"', [("Accept", b"x/y")], b"")
@given(METHODS, TARGETS, st.lists(st.tuples(TOKENS, VALUES), max_size=4), BODIES)
def test_httpx_sends_the_very_bytes(receiver, request_of, method, target, fields, body):  # noqa: PLR0917 -- what is drawn
    method, target = method.upper(), target.encode("ascii", "ignore").decode()
    head = head_of(receiver, method, target, fields, body)
    run_httpx(request_of(head, body))
    sent, arrived = receiver.take()
    # What has no length said so in another way: httpx tells of the methods that have bodies that there is none.
    same(head, sent, left_out=() if body else (b"content-length",))
    assert arrived == body


@pytest.mark.skipif(shutil.which("http") is None, reason="HTTPie is not installed")
@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([("X-Quote", b'it\'s "quoted" ;:=@ \\ !')], b""),
        ([("X-Begins", b"=@:x"), ("X-Empty", b""), ("Content-Type", b"a/b")], b"\0\xff%'\n"),
    ],
    ids=["quotes", "bytes"],
)
def test_httpie_sends_the_same(receiver, request_of, fields, body):
    head = head_of(receiver, "POST" if body else "GET", "/a/../b?x=1&y=%20", fields, body)
    in_shell(as_httpie(request_of(head, body)))
    sent, arrived = receiver.take()
    same(head, sent)
    assert arrived == body


def test_httpie_says_what_it_cannot_send(request_of):
    bare = as_httpie(request_of(b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert bare.startswith("# HTTPie tells of it that it has no body: Content-Length: 0.\n")
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nX-Latin: caf\xe9\r\nX-Slash: a\\:b\r\nX-Good: yes\r\n\r\n"
    text = as_httpie(request_of(raw))
    assert text.count("cannot send the value of X-") == 2
    assert "X-Good:yes" in text
