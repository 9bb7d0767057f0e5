"""How these applications answer when they do it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse

HTML = ("Content-Type", "text/html; charset=utf-8")
TEXT = ("Content-Type", "text/plain; charset=utf-8")


def answer(
    start_response: StartResponse, text: str, *headers: tuple[str, str], status: str = "200 OK"
) -> Iterable[bytes]:
    """A complete answer in one chunk, of the right length; plain text unless ``headers`` say what it is."""
    body = text.encode()
    kind = () if any(name.lower() == "content-type" for name, _ in headers) else (TEXT,)
    start_response(status, [*kind, ("Content-Length", str(len(body))), *headers])
    return [body]
