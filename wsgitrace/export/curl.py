"""The same request as a command for curl."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.export.shell import LITERAL_LIMIT, comment, printable, standard_input, word

if TYPE_CHECKING:
    from wsgitrace.export.exchange import Exchange, Message

__all__ = ["MASKED", "as_curl", "plain_target"]

MASKED: Final = "Secrets in it are masked, so it will not authenticate; --reveal exports them as they were recorded."
"""What is said above a request that is not the one recorded."""

_PLAIN: Final = re.compile(r"/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]*")
"""A target that curl and others put on the wire as it stands in a URL."""

_OWN: Final = ("User-Agent", "Accept")
"""Fields that curl adds unless it is told not to."""

_FOLLOWS: Final = frozenset({"host", "content-length"})
"""Fields that curl makes of the URL and of the body, as they were."""

_HEAD_SECONDS: Final = "10"


def plain_target(target: str) -> bool:
    """Whether a target survives being part of a URL."""
    return _PLAIN.fullmatch(target) is not None


def as_curl(exchange: Exchange) -> str:
    """A command for a POSIX shell that sends the same bytes, lines ended.

    Raises :class:`~wsgitrace.export.exchange.NotExportable`.
    """
    request = exchange.sendable()
    words = ["curl", "-i", "--path-as-is", "--http1.0" if exchange.version == "HTTP/1.0" else "--http1.1"]
    words += _method(exchange, has_body=_has_body(request))
    for name, value in _fields(exchange, request):
        words += ["-H", word(f"{name}: {value}".encode("latin-1") if value else f"{name};".encode("latin-1"))]
    words += [item for name in _removed(request) for item in ("-H", word(f"{name}:".encode()))]
    if request.header("accept-encoding"):
        words.append("--compressed")
    words += _address(exchange)
    lines = [comment(MASKED)] if exchange.masked else []
    return "\n".join([*lines, _with_body(words, request), ""])


def _has_body(request: Message) -> bool:
    return bool(request.body) or request.chunked or request.header("content-length") is not None


def _method(exchange: Exchange, *, has_body: bool) -> list[str]:
    if exchange.method == "HEAD":
        # With a body, -I is not allowed, and -X alone waits for a body that no answer to HEAD has.
        return ["-X", "HEAD", "--max-time", _HEAD_SECONDS] if has_body else ["-I"]
    if exchange.method == ("POST" if has_body else "GET"):
        return []
    return ["-X", word(exchange.method.encode("latin-1"))]


def _fields(exchange: Exchange, request: Message) -> list[tuple[str, str]]:
    # curl leaves the port of its scheme out of the Host that it makes.
    follows = exchange.authority if not exchange.authority.endswith((":80", ":443")) else None
    return [
        (name, value)
        for name, value in request.fields
        if name.lower() not in _FOLLOWS or (name.lower() == "host" and value != follows)
    ]


def _removed(request: Message) -> list[str]:
    """Fields that curl would add and that the request did not have."""
    names = [*_OWN, "Host"]
    if _has_body(request):
        names += ["Content-Type", "Expect"]
        if request.header("content-length") is None and not request.chunked:
            names.append("Content-Length")
    return [name for name in names if request.header(name) is None]


def _address(exchange: Exchange) -> list[str]:
    if plain_target(exchange.target):
        return [word(exchange.url.encode("latin-1"))]
    base = f"{exchange.scheme}://{exchange.authority}/"
    return ["--request-target", word(exchange.target.encode("latin-1")), word(base.encode("latin-1"))]


def _with_body(words: list[str], request: Message) -> str:
    if not _has_body(request):
        return " ".join(words)
    text = printable(request.body)
    if text is not None and len(request.body) <= LITERAL_LIMIT:
        # --data-raw takes what begins with "@" as it is, where --data-binary reads a file.
        return " ".join([*words[:-1], "--data-raw", word(request.body), words[-1]])
    return standard_input(request.body, " ".join([*words[:-1], "--data-binary", "@-", words[-1]]))
