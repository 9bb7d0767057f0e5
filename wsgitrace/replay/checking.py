"""What a server would refuse in an edited request, said before it is sent (RFC 9110, RFC 9112)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.replay.draft import field_name, field_value
from wsgitrace.trace.editing import broken_rule_of_header
from wsgitrace.trace.head import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.replay.draft import Draft

__all__ = ["flaw", "line_break"]

_TARGET: Final = re.compile(r"[!-~\x80-\xff]+")
_URL: Final = re.compile(r"https?://[^/?#@]+(?:[/?][^#]*)?", re.IGNORECASE)
_VERSION: Final = re.compile(r"HTTP/1\.[0-9]")
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::[0-9]{0,5})?")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_FOR_SERVERS: Final = frozenset({"connection", "keep-alive", "te", "trailers", "upgrade", "proxy-authorization"})
"""Hop-by-hop fields that a client may send: it is the application's response that must not have them."""


def line_break(draft: Draft) -> str:
    """Why a request cannot be written as one at all; one sentence, empty where it can."""
    words = (("method", draft.method), ("target", draft.target), ("version", draft.version))
    for what, text in words:
        if not text:
            return f"There is no {what}."
        if re.search(r"[\r\n]", text) or (what != "target" and " " in text):
            return f"The {what} has a space or a line end in it, which ends it."
    return next((f"{line!r} is no header field: write Name: value." for line in draft.fields if ":" not in line), "")


def flaw(draft: Draft) -> str:
    """Why the server would refuse it, or read something else than it says; one sentence, empty where it would not."""
    return next(_flaws(draft), "")


def _flaws(draft: Draft) -> Iterator[str]:
    if TOKEN.fullmatch(draft.method) is None:
        yield f"{draft.method!r} is no method: a token (RFC 9110, 9.1)."
    yield from _flaws_of_target(draft.method, draft.target)
    if _VERSION.fullmatch(draft.version) is None:
        yield f"The server speaks HTTP/1.1, not {draft.version}."
    for line in draft.fields:
        yield from _flaws_of_field(line)
    hosts = draft.values("host")
    if not hosts and draft.version != "HTTP/1.0":
        yield "There is no Host: an HTTP/1.1 request has one (RFC 9112, 3.2)."
    if len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts)):
        yield "Host is host[:port], and there is one (RFC 9112, 3.2)."
    if len(draft.values("content-type")) > 1:
        yield "Content-Type is given twice, and is no list (RFC 9110, 8.3)."
    yield from _flaws_of_framing(draft)


def _flaws_of_target(method: str, target: str) -> Iterator[str]:
    if method == "CONNECT":
        yield "CONNECT asks for a tunnel, which a WSGI application cannot give."
    elif _TARGET.fullmatch(target) is None:
        yield "The target has a space or a control character: write %20 for a space (RFC 9112, 3.2)."
    elif "#" in target:
        yield "The target has a fragment, which a client never sends: write %23 for # (RFC 9112, 3.2)."
    elif not (target.startswith("/") or (target == "*" and method == "OPTIONS") or _URL.fullmatch(target)):
        yield "The target is neither a path that begins with / nor an http URL (RFC 9112, 3.2)."


def _flaws_of_field(line: str) -> Iterator[str]:
    name, _, value = line.partition(":")
    value = value.strip(" \t")
    if name[:1] in {" ", "\t"}:
        yield f"The line of {name.strip()!r} begins with a space: it continues no field (RFC 9112, 5.2)."
    elif name.lower() == "transfer-encoding":
        if value.lower() != "chunked":
            yield "The only Transfer-Encoding that is understood is chunked (RFC 9112, 6.1)."
    elif name.lower() == "expect" and value.lower() != "100-continue":
        yield "The only expectation is 100-continue (RFC 9110, 10.1.1)."
    elif name.lower() not in _FOR_SERVERS and (why := broken_rule_of_header(name, value)):
        yield why


def _flaws_of_framing(draft: Draft) -> Iterator[str]:
    before = [line for line in draft.command.head.decode("latin-1").split("\r\n")[1:] if line]
    lengths = draft.values("content-length")
    if draft.chunked and (lengths or draft.version == "HTTP/1.0"):
        yield "Transfer-Encoding stands beside Content-Length, or in HTTP/1.0 (RFC 9112, 6.1)."
    elif len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        yield "Content-Length is one number in digits (RFC 9110, 8.6)."
    elif lengths and ("content-length" in draft.meant or lengths != _lengths(before)):
        if int(lengths[0]) != len(draft.body):
            yield f"Content-Length says {int(lengths[0]):,}, and the body has {len(draft.body):,} bytes."
    elif draft.body and not lengths and not draft.chunked and _had_length(before):
        yield "The body has no Content-Length any more: what is in it would be taken for another request."


def _lengths(lines: list[str]) -> list[str]:
    return [field_value(line) for line in lines if field_name(line) == "content-length"]


def _had_length(lines: list[str]) -> bool:
    """As :func:`wsgitrace.replay.draft.as_command` sees it: then it is not put there again."""
    names = {field_name(line) for line in lines}
    return "content-length" in names and "transfer-encoding" not in names
