"""The answer to bytes that are no request, or to a request that the server has no room for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wsgitrace.server.fields import http_date

if TYPE_CHECKING:
    from wsgitrace.server.head import Refusal


def answer(refusal: Refusal, raw: bytes) -> bytes:
    """A whole response that says what was wrong, and that the connection closes."""
    # By number: the phrases of some statuses differ between versions of Python.
    phrase = {413: "Content Too Large", 414: "URI Too Long"}.get(refusal.status) or HTTPStatus(refusal.status).phrase
    body = f"{refusal.status} {phrase}\n{refusal.reason} (byte {refusal.offset}, rule {refusal.rule})\n".encode()
    retry = "Retry-After: 1\r\n" if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {refusal.status} {phrase}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Date: {http_date()}\r\n"
        f"{retry}"
        "Connection: close\r\n\r\n"
    ).encode("ascii")
    return head if raw.startswith(b"HEAD ") else head + body
