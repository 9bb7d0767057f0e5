"""Values as Python source that reads well, in ASCII or printable text, lines of bounded length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["bytes_literal", "document_literal", "header_lines", "literal", "text_literal"]

T = TypeVar("T", str, bytes)

WIDTH: Final = 100
"""Columns that a literal may take."""

_PIECE: Final = re.compile(rb"[^\n]*\n|[^\n]+")


def literal(value: str | bytes) -> str:
    """One value on one line."""
    if isinstance(value, bytes) or safe(value) == value:
        return repr(value)
    return ascii(value)


def text_literal(text: str, indent: str) -> str:
    """A text; over several lines where it is long."""
    return _lines([literal(piece) for each in text.splitlines(keepends=True) for piece in _cut(each)], indent, "''")


def bytes_literal(data: bytes, indent: str) -> str:
    """Bytes; over several lines where they are many."""
    return _lines([repr(piece) for found in _PIECE.findall(data) for piece in _cut(found)], indent, "b''")


def _cut(piece: T) -> Iterator[T]:
    """At most about a line of it at a time."""
    step = WIDTH * 3 // 4
    return (piece[start : start + step] for start in range(0, len(piece), step))


def _lines(pieces: list[str], indent: str, empty: str) -> str:
    if len(pieces) <= 1:
        return pieces[0] if pieces else empty
    inner = f"\n{indent}    "
    return f"({inner}{inner.join(pieces)}\n{indent})"


def document_literal(document: Any, indent: str) -> str:
    """What a JSON document says; an item a line where it is long."""
    short = repr(document)
    if len(short) <= WIDTH or not isinstance(document, dict | list):
        return short
    inner = f"{indent}    "
    if isinstance(document, dict):
        rows = [f"{inner}{key!r}: {document_literal(value, inner)},\n" for key, value in document.items()]
        return f"{{\n{''.join(rows)}{indent}}}"
    rows = [f"{inner}{document_literal(value, inner)},\n" for value in document]
    return f"[\n{''.join(rows)}{indent}]"


def header_lines(headers: Iterable[tuple[str, str]], indent: str) -> str:
    """Header fields as a list of pairs, one a line."""
    rows = [f"{indent}    ({literal(name)}, {literal(value)}),\n" for name, value in headers]
    return f"[\n{''.join(rows)}{indent}]" if rows else "[]"
