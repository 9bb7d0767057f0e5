"""Secrets in bodies, by what their bytes are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wsgitrace.redact.masker import Masker

_BOUNDARY: Final = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)
_PART_NAME: Final = re.compile(rb'\bname="?([^";\r\n]*)', re.IGNORECASE)
_HEAD_LIMIT: Final = 16_384
_LOOK: Final = 2_048
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def mask_body(masker: Masker, data: bytes, content_type: str = "") -> bytes:
    """A body without content codings, its secrets masked; bytes that are no text stay as they are."""
    if masker.names.none or not data:
        return data
    kind = content_type.partition(";")[0].strip().lower()
    boundary = _BOUNDARY.search(content_type) if kind.startswith("multipart/") else None
    mark = b"--" + boundary[1].encode("latin-1", "replace") if boundary is not None else _found_boundary(data)
    if mark is not None:
        return _multipart(masker, data, mark)
    if _CONTROL.search(data[:_LOOK]):
        return data
    # Latin-1 maps each byte to a character and back, so that nothing but secrets can change.
    text = data.decode("latin-1")
    start = text[:_LOOK].lstrip("\xef\xbb\xbf \t\r\n")[:1]
    if kind.endswith("json") or start in {"{", "["}:
        masked = masker.json(text)
    elif kind == "application/x-www-form-urlencoded":
        masked = masker.form(text)
    else:
        masked = masker.markup(text)
    return masked.encode("latin-1")


def _found_boundary(data: bytes) -> bytes | None:
    """The boundary of what looks like a multipart body and does not say so."""
    line, end, rest = data[:_LOOK].partition(b"\r\n")
    if end and re.fullmatch(rb"--[\w'()+,./:=?-]{1,70}", line) and rest[:20].lower().startswith(b"content-disposition"):
        return line
    return None


def _multipart(masker: Masker, data: bytes, mark: bytes) -> bytes:
    """RFC 2046, 5.1: parts between delimiter lines, each a head, an empty line and a content."""
    pieces = re.split(rb"(" + re.escape(mark) + rb"(?:--)?[ \t]*(?:\r?\n|\Z))", data)
    for index in range(0, len(pieces), 2):
        pieces[index] = _part(masker, pieces[index])
    return b"".join(pieces)


def _part(masker: Masker, piece: bytes) -> bytes:
    for gap in (b"\r\n\r\n", b"\n\n"):
        end = piece.find(gap, 0, _HEAD_LIMIT)
        if end >= 0:
            break
    else:
        return piece
    head, content = piece[:end], piece[end + len(gap) :]
    bare = content.removesuffix(b"\n").removesuffix(b"\r")
    tail = content[len(bare) :]
    found = _PART_NAME.search(head)
    if found is not None and masker.names.secret(found[1].decode("latin-1")):
        masked = masker.hide(bare.decode("latin-1")).encode("latin-1")
    else:
        kind = re.search(rb"^content-type:[ \t]*([^\r\n]*)", head, re.IGNORECASE | re.MULTILINE)
        masked = mask_body(masker, bare, kind[1].decode("latin-1") if kind is not None else "text/plain")
    return head + gap + masked + tail
