"""The same request as a command for HTTPie, as far as HTTPie can send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.export.curl import MASKED, plain_target
from wsgitrace.export.shell import comment, standard_input, word

if TYPE_CHECKING:
    from wsgitrace.export.exchange import Exchange, Message

__all__ = ["as_httpie"]

_OWN: Final = ("Accept", "Accept-Encoding", "Connection", "User-Agent")
"""Fields that HTTPie adds unless it is told not to."""

_FOLLOWS: Final = frozenset({"host", "content-length", "transfer-encoding"})
"""Fields that it makes of the URL, the body and ``--chunked``."""

_BODILESS: Final = frozenset({"GET", "HEAD"})
"""Methods of which HTTPie does not say that there is no body, where there is none."""

_SEPARATORS: Final = frozenset(":;=@")
"""Characters that make another item of ``Name:value`` where they follow the colon."""


def as_httpie(exchange: Exchange) -> str:
    """A command for a POSIX shell, lines ended; what HTTPie cannot send is said in comments above it.

    Raises :class:`~wsgitrace.export.exchange.NotExportable`.
    """
    request = exchange.sendable()
    lines = [comment(MASKED)] if exchange.masked else []
    words = ["http", "--print=hb", "--path-as-is"]
    if not request.body:
        words.append("--ignore-stdin")
    if request.chunked:
        words.append("--chunked")
    words += [word(exchange.method.encode("latin-1")), word(exchange.url.encode("latin-1"))]
    for name, value in request.fields:
        if name.lower() in _FOLLOWS and not (name.lower() == "host" and value != exchange.authority):
            continue
        item = _item(name, value)
        if item is None:
            lines.append(comment(f"HTTPie cannot send the value of {name} as it was; it is left out."))
        else:
            words.append(word(item.encode()))
    words += [word(f"{name}:".encode()) for name in _removed(request)]
    if exchange.method not in _BODILESS and not request.body and request.header("content-length") is None:
        lines.append(comment("HTTPie tells of it that it has no body: Content-Length: 0."))
    if not plain_target(exchange.target):
        lines.append(comment("HTTPie may quote parts of the target that were not quoted."))
    if exchange.version != "HTTP/1.1":
        lines.append(comment(f"HTTPie sends HTTP/1.1; this was {exchange.version}."))
    command = " ".join(words)
    return "\n".join([*lines, standard_input(request.body, command) if request.body else command, ""])


def _item(name: str, value: str) -> str | None:
    """A header field as HTTPie reads it; None where it has no way to write it."""
    if not value:
        return f"{name};"
    # It sends values in UTF-8, and takes a backslash away that stands before a separator.
    try:
        text = value.encode("latin-1").decode()
    except UnicodeError:
        return None
    if any(f"\\{separator}" in text for separator in _SEPARATORS):
        return None
    return f"{name}:\\{text}" if text[0] in _SEPARATORS else f"{name}:{text}"


def _removed(request: Message) -> list[str]:
    names = [*_OWN, "Content-Type"] if request.body else list(_OWN)
    return [name for name in names if request.header(name) is None]
