"""Parts of a file: the Range field of a request (RFC 9110 14), and the body of several parts at once."""

from __future__ import annotations

import re
from itertools import pairwise
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RANGE: Final = re.compile(r"([0-9]{1,18})?-([0-9]{1,18})?")
_MOST: Final = 16
"""Ranges in one request; more are taken for an attack, and the whole file is sent (RFC 9110 17.15)."""
_BLOCK: Final = 64 * 1024


def parse_ranges(value: str, size: int) -> list[tuple[int, int]] | None:
    """First byte and number of bytes of each part that is there; None where the field is to be ignored.

    An empty list: all parts lie beyond the end (416).
    """
    unit, equals, rest = value.partition("=")
    if unit.strip(" \t").lower() != "bytes" or not equals:
        return None
    specs = [spec.strip(" \t") for spec in rest.split(",")]
    specs = [spec for spec in specs if spec]
    if not specs or len(specs) > _MOST:
        return None
    found: list[tuple[int, int]] = []
    for spec in specs:
        match = _RANGE.fullmatch(spec)
        if match is None or spec == "-":
            return None
        first, last = match[1], match[2]
        if first is None:
            start, end = max(0, size - int(last)), size
        else:
            start, end = int(first), size if last is None else min(int(last) + 1, size)
            if last is not None and int(last) < int(first):
                return None
        if start < end:
            found.append((start, end - start))
    return found if _is_modest(found) else None


def _is_modest(parts: Sequence[tuple[int, int]]) -> bool:
    """No two of them overlap: who asks for the same bytes again and again wants the server's, not the file's."""
    ordered = sorted(parts)
    return all(start + count <= after for (start, count), (after, _) in pairwise(ordered))


class Part:
    """So many bytes of a file from a position on, read as they are sent."""

    def __init__(self, file: Any, start: int, count: int) -> None:
        self._file = file
        self._left = count
        self.close = file.close
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data: bytes = self._file.read(min(self._left, _BLOCK))
        if not data:
            raise StopIteration
        self._left -= len(data)
        return data


class Parts:
    """Several parts as one body, ``multipart/byteranges`` (RFC 9110 14.6)."""

    def __init__(self, file: Any, parts: Sequence[tuple[int, int]], size: int, content_type: str) -> None:
        boundary = token_hex(12)
        self.content_type = f"multipart/byteranges; boundary={boundary}"
        self._pieces: list[bytes | tuple[int, int]] = []
        for start, count in parts:
            head = f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n"
            head += f"Content-Range: bytes {start}-{start + count - 1}/{size}\r\n\r\n"
            self._pieces += (head.encode("latin-1"), (start, count))
        self._pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
        self.length = sum(len(piece) if isinstance(piece, bytes) else piece[1] for piece in self._pieces)
        """Bytes of the whole body."""
        self._file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from Part(self._file, *piece)
