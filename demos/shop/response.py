"""What a view answers, and how that becomes a WSGI response."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse

POLICY = "default-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"


class HttpError(Exception):
    """Raised by a view that cannot answer; the error pages turn it into a response."""

    def __init__(self, status: int, message: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message or HTTPStatus(status).description or HTTPStatus(status).phrase)
        self.status = status
        self.headers = headers


@dataclass(slots=True)
class Response:
    """A status, header fields and a body: one bytes object, or an iterable of them that is sent as it comes."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def send(self, start_response: StartResponse, *, head: bool = False) -> Iterable[bytes]:
        """Answer. For a HEAD request the same header fields go out without the body."""
        headers = [*self.headers]
        if self.status != HTTPStatus.NOT_MODIFIED:
            headers.insert(0, ("Content-Type", self.content_type))
        if isinstance(self.body, bytes) and self.status != HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(len(self.body))))
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", headers)
        if not isinstance(self.body, bytes):
            if not head:
                return self.body
            if close := getattr(self.body, "close", None):
                close()
            return []
        return [] if head or not self.body else [self.body]


def page(html: str, status: int = 200) -> Response:
    """A page for people."""
    headers = [("Content-Security-Policy", POLICY), ("Cache-Control", "no-store")]
    return Response(html.encode(), status, headers=headers)


def data(value: object, status: int = 200) -> Response:
    """JSON for programs."""
    body = json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
    return Response(body, status, "application/json", [("Cache-Control", "no-store")])


def redirect(location: str) -> Response:
    """Send the client elsewhere; it follows with GET."""
    return Response(b"", HTTPStatus.SEE_OTHER, "text/plain", [("Location", location)])
