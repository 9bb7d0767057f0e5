"""Shape: a class whose every call returns an object of another class, which is iterated and closed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TEXTUAL = ("text/html", "text/css", "text/csv", "text/plain", "text/javascript", "application/json", "image/svg+xml")
GZIP = 16 + zlib.MAX_WBITS


class Gzip:
    """Compress text for clients that accept it, chunk by chunk: nothing is held back."""

    def __init__(self, app: WSGIApplication, level: int = 6) -> None:
        self.app = app
        self.level = level

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the body of the wrapped application, compressed if that is of use."""
        if not _accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return self.app(environ, start_response)
        response = Compressed(start_response, self.level, has_body=environ["REQUEST_METHOD"] != "HEAD")
        response.chunks = self.app(environ, response.start)
        return response


class Compressed:
    """One response on its way out."""

    chunks: Iterable[bytes]

    def __init__(self, start_response: StartResponse, level: int, *, has_body: bool) -> None:
        self._start_response = start_response
        self._level = level
        self._has_body = has_body
        self._compress: Any = None

    def start(self, status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
        """Stand in for the server's ``start_response``, which may be called again after an error."""
        self._compress = None
        fields = {name.lower(): value for name, value in headers}
        kind = fields.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in TEXTUAL or "content-encoding" in fields:
            return self._start_response(status, headers, *exc_info)
        headers = [(name, _weak(name, value)) for name, value in headers if name.lower() != "content-length"]
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        write = self._start_response(status, headers, *exc_info)
        if self._has_body:
            self._compress = zlib.compressobj(self._level, zlib.DEFLATED, GZIP)
        return lambda chunk: write(self._press(chunk))

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            yield self._press(chunk)
        if self._compress is not None:
            yield self._compress.flush()

    def close(self) -> None:
        """Pass the server's ``close()`` on, also when it never asked for a chunk."""
        if close := getattr(self.chunks, "close", None):
            close()

    def _press(self, chunk: bytes) -> bytes:
        if self._compress is None or not chunk:
            return chunk
        pressed: bytes = self._compress.compress(chunk) + self._compress.flush(zlib.Z_SYNC_FLUSH)
        return pressed


def _accepts_gzip(accepted: str) -> bool:
    for offer in accepted.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "").strip("q=.0") != "" or not weight
    return False


def _weak(name: str, value: str) -> str:
    """The compressed form is another representation: its ETag is no longer strong (RFC 9110, 8.8.1)."""
    return f"W/{value}" if name.lower() == "etag" and not value.startswith("W/") else value
