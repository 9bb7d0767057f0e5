"""Fields of forms and parts of multipart bodies, for a preview: lenient, and bounded whatever the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from wsgitrace.trace.decoding import decode_text

FIELDS_LIMIT = 1000
"""Fields of a form or parts of a multipart body that are listed."""

HEAD_LIMIT = 16_384
"""Bytes of one part's head that are looked at."""

PARAMETERS_LIMIT = 4096
"""Characters of a field value in which parameters are looked for."""

_PARAMETER = re.compile(r';\s*([\w!#$%&\'*+.^`|~-]{1,64})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, or one parameter of a query."""

    name: str
    """Its name, decoded."""
    value: str
    """Its value, decoded."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body."""

    name: str
    """Name of the field; empty where it has none."""
    filename: str | None
    """Name of the file; None where it is no file."""
    content_type: str
    """Its Content-Type; empty where it does not say."""
    headers: tuple[tuple[str, str], ...]
    """Its header fields."""
    data: bytes
    """Its content."""
    complete: bool = True
    """False when the body ends within it."""


def media_type(value: str) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition as its lower-case main value and its parameters, names in lower case."""
    main, _, _ = value.partition(";")
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(value[:PARAMETERS_LIMIT], len(main)):
        text = match[2].strip()
        if text.startswith('"') and text.endswith('"') and len(text) > 1:
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        parameters.setdefault(match[1].lower(), text)
    return main.strip().lower(), parameters


def form_fields(data: bytes, charset: str = "") -> tuple[tuple[Field, ...], bool]:
    """The fields of an ``application/x-www-form-urlencoded`` body or a query, and whether they are all."""
    pieces = data.split(b"&", FIELDS_LIMIT)
    fields = []
    for piece in pieces[:FIELDS_LIMIT]:
        if piece:
            name, _, value = piece.partition(b"=")
            fields.append(Field(_plain(name, charset), _plain(value, charset)))
    return tuple(fields), len(pieces) <= FIELDS_LIMIT


def _plain(quoted: bytes, charset: str) -> str:
    return decode_text(unquote_to_bytes(quoted.replace(b"+", b" ")), charset)[0]


def multipart_parts(data: bytes, boundary: str) -> tuple[tuple[Part, ...], bool]:
    """The parts of a multipart body (RFC 2046, 5.1), and whether they are all."""
    mark = b"--" + boundary.encode("latin-1", "replace")
    if not boundary:
        return (), False
    parts: list[Part] = []
    start = 0 if data.startswith(mark) else _after(data, b"\n" + mark, 0, 1)
    while start is not None and len(parts) < FIELDS_LIMIT:
        start += len(mark)
        if data.startswith(b"--", start):
            return tuple(parts), True
        line_end = data.find(b"\n", start)
        if line_end < 0:
            break
        following = _after(data, b"\n" + mark, line_end, 1)
        stop = len(data) if following is None else following - 1
        if following is not None and data[stop - 1 : stop] == b"\r":
            stop -= 1
        parts.append(_part(data[line_end + 1 : max(stop, line_end + 1)], complete=following is not None))
        start = following
    return tuple(parts), False


def _after(data: bytes, mark: bytes, start: int, skip: int) -> int | None:
    found = data.find(mark, start)
    return None if found < 0 else found + skip


def _part(data: bytes, *, complete: bool) -> Part:
    head, content = b"", data
    for gap in (b"\r\n\r\n", b"\n\n"):
        end = data.find(gap, 0, HEAD_LIMIT)
        if end >= 0:
            head, content = data[:end], data[end + len(gap) :]
            break
    else:
        # A part without header fields begins with the empty line.
        content = data.removeprefix(b"\r\n") if data.startswith(b"\r\n") else data.removeprefix(b"\n")
    headers = []
    for line in decode_text(head, "")[0].splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name, value.strip()))
    named = {name.lower(): value for name, value in reversed(headers)}
    _, parameters = media_type(named.get("content-disposition", ""))
    return Part(
        parameters.get("name", ""),
        parameters.get("filename"),
        named.get("content-type", ""),
        tuple(headers),
        content,
        complete,
    )
