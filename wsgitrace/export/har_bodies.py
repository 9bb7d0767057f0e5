"""Bodies of a HAR, as the bytes that went over the wire."""

from __future__ import annotations

import base64
import gzip
import zlib
from typing import Final
from urllib.parse import urlencode

import msgspec

from wsgitrace.export.har import charset_of
from wsgitrace.trace.forms import media_type

__all__ = ["Content", "Lenient", "bytes_of", "coded", "type_of"]

_MULTIPART: Final = "multipart/form-data"

_BOUNDARY: Final = "----wsgitrace"
"""What stands between parts where nobody says what did."""


class Lenient(msgspec.Struct, frozen=True, rename="camel"):
    """Fields that nobody asks for are skipped."""


class _Param(Lenient, frozen=True):
    name: str
    value: str | None = ""
    file_name: str | None = None
    content_type: str | None = None


class Content(Lenient, frozen=True):
    """The body of a request or of a response."""

    mime_type: str | None = None
    text: str | None = None
    encoding: str | None = None
    our_encoding: str | None = msgspec.field(default=None, name="_encoding")
    params: list[_Param] | None = None
    comment: str | None = None


def type_of(body: Content) -> str:
    """The Content-Type of a request whose header fields do not tell it; empty where the body does not, either."""
    kind = body.mime_type or ""
    if "/" not in kind or not kind.isprintable():
        return ""  # such as x-unknown
    main, parameters = media_type(kind)
    return f"{kind}; boundary={_BOUNDARY}" if main == _MULTIPART and "boundary" not in parameters else kind


def bytes_of(body: Content | None, kind: str, place: str) -> bytes:
    """What was sent; ``kind``: its Content-Type. Raises :class:`ValueError` that begins with ``place``."""
    if body is None:
        return b""
    if body.params and not body.text:
        main, parameters = media_type(kind)
        if main == _MULTIPART:
            return _multipart(body.params, parameters.get("boundary", _BOUNDARY))
        return urlencode([(param.name, param.value or "") for param in body.params]).encode()
    text = body.text or ""
    if "base64" in {body.encoding, body.our_encoding}:
        try:
            return base64.b64decode(text, validate=True)
        except ValueError as problem:
            raise ValueError(f"{place}.text: it is no base64 ({problem})") from None
    try:
        return text.encode(charset_of(body.mime_type or ""))
    except (UnicodeError, LookupError):
        return text.encode("utf-8", "surrogatepass")


def _multipart(params: list[_Param], boundary: str) -> bytes:
    """A form with files (RFC 7578), as far as its fields tell what was in them."""
    lines = []
    for param in params:
        names = [("name", param.name), ("filename", param.file_name)]
        told = "".join(f'; {key}="{_quoted(name)}"' for key, name in names if name is not None)
        of_file = param.content_type or ""
        kind = [f"Content-Type: {of_file}"] if of_file and of_file.isprintable() else []
        lines += [f"--{boundary}", f"Content-Disposition: form-data{told}", *kind, "", param.value or ""]
    return "\r\n".join([*lines, f"--{boundary}--", ""]).encode("utf-8", "surrogatepass")


def _quoted(name: str) -> str:
    """As browsers write it (WHATWG HTML, multipart form data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def coded(content: bytes, codings: str) -> bytes:
    """A body in the content coding that its fields tell of: a HAR has it undone."""
    match codings.strip().lower():
        case "gzip" | "x-gzip":
            return gzip.compress(content, mtime=0) if content else content
        case "deflate":
            return zlib.compress(content) if content else content
    return content
