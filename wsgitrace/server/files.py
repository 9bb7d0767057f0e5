"""Files that the server answers with itself, as web servers do before they pass a request on."""

from __future__ import annotations

import mimetypes
import os
import re
from dataclasses import dataclass
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.server.conditions import format_date, precondition, range_holds
from wsgitrace.server.file_wrapper import FileWrapper
from wsgitrace.server.ranges import Part, Parts, parse_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    StartResponse = Callable[..., Callable[[bytes], None]]

_BLOCK: Final = 64 * 1024
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""Precompressed siblings, the better one first."""
_HIDDEN: Final = re.compile(r"/\.(?!well-known(?:/|$))")
_QUALITY: Final = re.compile(r"[ \t]*([A-Za-z*-]+)[ \t]*(?:;[ \t]*q=([01](?:\.[0-9]{0,3})?))?[ \t]*")

_types = mimetypes.MimeTypes()
for _type, _suffix in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("application/json", ".map"),
    ("application/manifest+json", ".webmanifest"),
    ("application/wasm", ".wasm"),
    ("font/woff", ".woff"),
    ("font/woff2", ".woff2"),
    ("image/avif", ".avif"),
    ("image/svg+xml", ".svg"),
    ("image/webp", ".webp"),
    ("text/markdown", ".md"),
):
    # The same on every system, whatever its own tables say.
    _types.add_type(_type, _suffix)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that answers a request."""

    path: str
    """Where it is, links followed."""
    content_type: str
    coding: str
    """Its Content-Encoding; empty for none."""
    varies: bool
    """Other clients may get it in another coding."""

    def answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """A WSGI response."""
        file = open(self.path, "rb")  # noqa: PTH123, SIM115 -- closed by who sends it
        try:
            return self._respond(file, environ, start_response)
        except BaseException:
            file.close()
            raise

    def _respond(self, file: Any, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status = os.fstat(file.fileno())
        size, modified = status.st_size, int(status.st_mtime)
        etag = f'"{status.st_mtime_ns:x}-{size:x}"'
        headers = [
            ("Content-Type", self.content_type),
            ("Last-Modified", format_date(modified)),
            ("ETag", etag),
            # While one develops, a file may change at any time: asked again, it costs a 304.
            ("Cache-Control", "no-cache"),
            ("Accept-Ranges", "bytes"),
        ]
        headers += [("Content-Encoding", self.coding)] if self.coding else []
        headers += [("Vary", "Accept-Encoding")] if self.varies else []
        outcome = precondition(environ, etag, modified)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        if outcome is not None:
            file.close()
            # RFC 9110 15.4.5: of a 304, what tells which version is meant.
            start_response(outcome, headers[1:] if outcome.startswith("304") else [("Content-Length", "0")])
            return []
        # RFC 9110 14.2: ranges are for GET alone.
        asked = None if is_head or "HTTP_RANGE" not in environ else environ["HTTP_RANGE"]
        parts = parse_ranges(asked, size) if asked and range_holds(environ, etag, modified) else None
        if parts is not None:
            return _partial(file, parts, size, headers, start_response)
        start_response("200 OK", [*headers, ("Content-Length", str(size))])
        if is_head:
            file.close()
            return []
        return FileWrapper(file, _BLOCK)


def _partial(
    file: Any,
    parts: Sequence[tuple[int, int]],
    size: int,
    headers: list[tuple[str, str]],
    start_response: StartResponse,
) -> Iterable[bytes]:
    if not parts:
        file.close()
        start_response("416 Range Not Satisfiable", [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")])
        return []
    if len(parts) > 1:
        body = Parts(file, parts, size, headers[0][1])
        headers = [("Content-Type", body.content_type), *headers[1:], ("Content-Length", str(body.length))]
        start_response("206 Partial Content", headers)
        return body
    ((start, count),) = parts
    extent = [("Content-Range", f"bytes {start}-{start + count - 1}/{size}"), ("Content-Length", str(count))]
    start_response("206 Partial Content", headers + extent)
    return Part(file, start, count)


class Files:
    """Folders whose files are served below paths."""

    def __init__(self, mounts: Iterable[tuple[str, str]]) -> None:
        # The longest first: /assets/fonts before /assets.
        self._mounts = sorted(
            ((prefix.rstrip("/") + "/", os.path.realpath(folder)) for prefix, folder in mounts),
            key=lambda mount: -len(mount[0]),
        )

    def find(self, environ: dict[str, Any]) -> Found | None:
        """The file that a request is for; None where there is none, and the application is to answer."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        path: str = environ["PATH_INFO"]
        for prefix, root in self._mounts:
            if path.startswith(prefix):
                found = _inside(root, path[len(prefix) :])
                if found is not None:
                    return _negotiate(found, root, environ.get("HTTP_ACCEPT_ENCODING", ""))
        return None


def _inside(root: str, name: str) -> str | None:
    """The regular file of that name in a folder; None also for what leads out of it, is hidden, or is no plain name."""
    # By parts, before the file system sees any of them: "..", ".", "", and the separators of other systems.
    if "\0" in name or "\\" in name or _HIDDEN.search(f"/{name}") or not all(name.split("/")):
        return None
    try:
        # PEP 3333: the characters are the bytes of the path.
        real = os.path.realpath(os.path.join(root, os.fsdecode(name.encode("latin-1"))), strict=True)  # noqa: PTH118 -- see above
        regular = S_ISREG(os.stat(real).st_mode) and os.access(real, os.R_OK)  # noqa: PTH116 -- text, as all here
    except (OSError, ValueError):
        return None
    return real if regular and real.startswith(os.path.join(root, "")) else None  # noqa: PTH118 -- with its slash


def _negotiate(path: str, root: str, accepted: str) -> Found:
    """The file, or a compressed sibling that is not older than it and that the client takes."""
    kind, packed = _types.guess_type(path)
    if packed is not None:
        # shop.tar.gz is what was asked for, not an encoding of something else.
        return Found(path, {"gzip": "application/gzip"}.get(packed, "application/octet-stream"), "", varies=False)
    kind = kind or "application/octet-stream"
    content_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    modified = os.stat(path).st_mtime  # noqa: PTH116 -- text, as all here
    siblings: dict[str, str] = {}
    for coding, suffix in _CODINGS:
        sibling = _inside(
            root, os.path.relpath(path, root).encode("utf-8", "surrogateescape").decode("latin-1") + suffix
        )
        if sibling is not None and os.stat(sibling).st_mtime >= modified:  # noqa: PTH116 -- text, as all here
            siblings[coding] = sibling
    for coding, sibling in siblings.items():
        if _takes(accepted, coding):
            return Found(sibling, content_type, coding, varies=True)
    return Found(path, content_type, "", varies=bool(siblings))


def _takes(accepted: str, coding: str) -> bool:
    """Whether Accept-Encoding names the coding, or all, and not with a quality of 0."""
    named: dict[str, float] = {}
    for member in accepted.split(","):
        match = _QUALITY.fullmatch(member)
        if match is not None:
            named[match[1].lower()] = float(match[2] or 1)
    return named.get(coding, named.get("*", 0.0)) > 0
