"""Fields of forms and queries, set, added and removed; whatever is not named stays byte for byte as it was sent."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, unquote_to_bytes

from wsgitrace.trace.forms import media_type

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MULTIPART",
    "URLENCODED",
    "FormPart",
    "new_boundary",
    "new_part",
    "pairs_of",
    "parts_of",
    "quoted_pair",
    "with_field",
    "written_parts",
]

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


def pairs_of(text: str) -> list[tuple[str, str, str]]:
    """Name and value of each field of an urlencoded text (bytes as latin-1), decoded, and the piece as it was sent."""
    pieces = [piece for piece in text.split("&") if piece]
    return [(_plain(piece.partition("=")[0]), _plain(piece.partition("=")[2]), piece) for piece in pieces]


def _plain(quoted: str) -> str:
    return unquote_to_bytes(quoted.replace("+", " ").encode("latin-1", "replace")).decode("utf-8", "surrogateescape")


def quoted_pair(name: str, value: str, *, query: bool = False) -> str:
    """The piece of an urlencoded text that says so; ``query``: with ``%20`` for a space, as browsers write URLs."""
    how = quote if query else quote_plus
    return "=".join(how(text.encode("utf-8", "surrogateescape"), safe="") for text in (name, value))


def with_field(text: str, name: str, value: str | None, *, add: bool = False, query: bool = False) -> str:
    """An urlencoded text in which a field has another value: the first by that name, the others go; None: none has."""
    found = pairs_of(text)
    new = [] if value is None else [quoted_pair(name, value, query=query)]
    at = len(found) if add else next((index for index, pair in enumerate(found) if pair[0] == name), len(found))
    kept = [piece for _, _, piece in found[:at]]
    rest = [piece for other, _, piece in found[at:] if other != name]
    return "&".join([*kept, *new, *rest])


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part of a multipart form."""

    head: bytes
    """Its fields as sent, without the empty line."""
    data: bytes
    """Its content."""

    @property
    def _disposition(self) -> dict[str, str]:
        for line in self.head.decode("utf-8", "surrogateescape").split("\r\n"):
            field, _, value = line.partition(":")
            if field.strip().lower() == "content-disposition":
                return media_type(value)[1]
        return {}

    @property
    def name(self) -> str:
        """Name of the field; empty where it has none."""
        return self._disposition.get("name", "")

    @property
    def filename(self) -> str | None:
        """Name of the file; None where it is no file."""
        return self._disposition.get("filename")

    def with_data(self, data: bytes, filename: str | None = None) -> FormPart:
        """The same with another content; ``filename``: that of another file, whose type it gets."""
        if filename is None:
            return replace(self, data=data)
        return new_part(self.name, data, filename)


def new_part(name: str, data: bytes, filename: str | None = None) -> FormPart:
    """A part; of a file where there is a ``filename``, of which only the last element is told (RFC 7578, 4.2)."""
    head = f'Content-Disposition: form-data; name="{_escaped(name)}"'
    if filename is not None:
        base = PurePath(filename).name
        kind = mimetypes.guess_type(base)[0] or "application/octet-stream"
        head += f'; filename="{_escaped(base)}"\r\nContent-Type: {kind}'
    return FormPart(head.encode("utf-8", "surrogateescape"), data)


def _escaped(text: str) -> str:
    """As browsers write it (WHATWG HTML, multipart form data): a quotation mark and line ends percent-encoded."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def parts_of(data: bytes, boundary: str) -> list[FormPart] | None:
    """The parts of a body; None where it is none of that boundary, or is cut (RFC 2046, 5.1.1)."""
    mark = b"--" + boundary.encode("latin-1", "replace")
    if not boundary or not (data.startswith(mark) or b"\r\n" + mark in data):
        return None
    pieces = (b"\r\n" + data).split(b"\r\n" + mark)
    if not pieces[-1].startswith(b"--") or not all(re.match(rb"[ \t]*\r\n", piece) for piece in pieces[1:-1]):
        return None
    parts = []
    for piece in pieces[1:-1]:
        content = piece[piece.index(b"\r\n") + 2 :]
        head, _, body = (b"\r\n" + content).partition(b"\r\n\r\n")
        parts.append(FormPart(head.removeprefix(b"\r\n"), body))
    return parts


def written_parts(parts: Sequence[FormPart], boundary: str) -> bytes:
    """The body of these parts."""
    mark = b"--" + boundary.encode("latin-1", "replace")
    return b"".join(b"%b\r\n%b\r\n\r\n%b\r\n" % (mark, part.head, part.data) for part in parts) + mark + b"--\r\n"


def new_boundary(parts: Sequence[FormPart]) -> str:
    """A boundary that none of the parts contains, the same for the same parts."""
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(part.data)
    found = f"----wsgitrace{digest.hexdigest()}"
    while any(found.encode() in part.data for part in parts):
        digest.update(b"again")
        found = f"----wsgitrace{digest.hexdigest()}"
    return found
