"""Files and pictures that never change while the shop is open: sent with an ETag, and by the server's file wrapper."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from .art import draw
from .catalogue import PLANTS
from .response import HttpError, Response

if TYPE_CHECKING:
    from .request import Request

STATIC = Path(__file__).with_name("static")
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in TYPES}
BLOCK = 16 * 1024


def file(request: Request, name: str) -> Response:
    """One of the files in ``static/``; no other name can be asked for, whatever it is made of."""
    path = FILES.get(name)
    if path is None:
        raise HttpError(404)
    content = path.read_bytes()
    response = _cached(request, content, TYPES[path.suffix])
    wrapper = request.environ.get("wsgi.file_wrapper")
    if response.body and wrapper is not None:
        response.headers.append(("Content-Length", str(len(content))))
        response.body = wrapper(path.open("rb"), BLOCK)
    return response


def picture(request: Request, slug: str) -> Response:
    """The portrait of a plant."""
    plant = PLANTS.get(slug)
    if plant is None:
        raise HttpError(404)
    return _cached(request, draw(plant).encode(), TYPES[".svg"])


def _cached(request: Request, content: bytes, kind: str) -> Response:
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    headers = [("ETag", etag), ("Cache-Control", "max-age=60")]
    known = {tag.strip().removeprefix("W/") for tag in request.environ.get("HTTP_IF_NONE_MATCH", "").split(",")}
    if etag in known or "*" in known:
        return Response(b"", 304, headers=headers)
    return Response(content, 200, kind, headers)
