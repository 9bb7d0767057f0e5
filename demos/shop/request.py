"""A WSGI environ as the shop's views like to read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from .response import HttpError

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .middleware.session import Session

LARGEST_BODY = 4 * 2**20


class Request:
    """One request. The body is read at most once, and only by a view that asks for it."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.root: str = environ.get("SCRIPT_NAME", "")
        # PEP 3333: a native string that carries the bytes of the path, one byte a character.
        self.path: str = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        self.query: dict[str, str] = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        self.session: Session = environ["shop.session"]
        self.user: str | None = environ.get("shop.user")

    def body(self) -> bytes:
        """The whole request body; HttpError 400, 411 or 413 when it cannot or should not be read."""
        announced = self.environ.get("CONTENT_LENGTH") or ""
        if not announced:
            if not self.environ.get("wsgi.input_terminated"):
                if "HTTP_TRANSFER_ENCODING" in self.environ:
                    raise HttpError(411)
                return b""
            body: bytes = self.environ["wsgi.input"].read(LARGEST_BODY + 1)
            if len(body) > LARGEST_BODY:
                raise HttpError(413)
            return body
        if not (announced.isascii() and announced.isdigit()):
            raise HttpError(400, "That Content-Length is not a number.")
        length = int(announced)
        if length > LARGEST_BODY:
            raise HttpError(413)
        body = self.environ["wsgi.input"].read(length)
        if len(body) < length:
            raise HttpError(400, "The request ended before its body did.")
        return body

    def form(self) -> dict[str, str]:
        """The fields of a form sent as ``application/x-www-form-urlencoded``."""
        return dict(parse_qsl(self.body().decode("utf-8", "replace")))

    def json(self) -> dict[str, object]:
        """The object of a JSON body; HttpError 400 when it is anything else."""
        try:
            value = json.loads(self.body())
        except ValueError:
            raise HttpError(400, "That is not JSON.") from None
        if not isinstance(value, dict):
            raise HttpError(400, "That JSON is not an object.")
        return value

    @property
    def wants_json(self) -> bool:
        """Whether the client would rather have JSON than a page."""
        return self.path.startswith("/api/") or self.environ.get("HTTP_ACCEPT", "").startswith("application/json")
