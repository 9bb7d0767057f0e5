"""The very bytes: what was received, and what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.export.exchange import NotExportable
from wsgitrace.trace.framing import one_chunk

if TYPE_CHECKING:
    from wsgitrace.export.exchange import Exchange, Message

__all__ = ["as_raw_request", "as_raw_response"]


def as_raw_request(exchange: Exchange) -> bytes:
    """The head as received, byte for byte, and the body, a chunked one in one chunk.

    With something in it masked, the length of the body is told as it is now. Raises
    :class:`~wsgitrace.export.exchange.NotExportable`.
    """
    request = exchange.sendable()
    head = exchange.trace.head
    if head is not None and not exchange.masked:
        return head.raw + _framed(request)
    return _joined(f"{exchange.method} {exchange.target} {exchange.version}", request)


def as_raw_response(exchange: Exchange) -> bytes:
    """Status line and fields as sent, and the body, a chunked one in one chunk.

    Raises :class:`~wsgitrace.export.exchange.NotExportable`.
    """
    response = exchange.response
    if response is None:
        raise NotExportable("no response was sent")
    if response.why:
        raise NotExportable(f"its response is not whole: {response.why}")
    # RFC 9112, 4: the version is the server's own, whatever the client's.
    first = f"HTTP/1.1 {exchange.status}"
    return _head(first, response) if exchange.bodiless else _joined(first, response)


def _joined(first: str, message: Message) -> bytes:
    return _head(first, message) + _framed(message)


def _head(first: str, message: Message) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in message.fields), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def _framed(message: Message) -> bytes:
    return one_chunk(message.body) if message.chunked else message.body
