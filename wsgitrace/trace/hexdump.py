"""Bytes as rows of hexadecimal digits: any window of any size of body, without making the rest."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 16
"""Bytes in a row."""


@dataclass(frozen=True, slots=True)
class HexRow:
    """One row."""

    offset: int
    """Offset of its first byte."""
    digits: str
    """Two digits a byte, in two groups."""
    text: str
    """The bytes that are printable ASCII, a dot for each other."""

    def __str__(self) -> str:
        return f"{self.offset:08x}  {self.digits:<{WIDTH * 3}}  {self.text}"


def row_count(data: bytes) -> int:
    """Rows that ``data`` makes."""
    return -(-len(data) // WIDTH)


def hexdump(data: bytes, first: int = 0, count: int | None = None) -> list[HexRow]:
    """``count`` rows from the row ``first`` (all that there are without it)."""
    stop = row_count(data) if count is None else min(first + count, row_count(data))
    rows = []
    for offset in range(first * WIDTH, stop * WIDTH, WIDTH):
        row = data[offset : offset + WIDTH]
        digits = f"{row[: WIDTH // 2].hex(' ')}  {row[WIDTH // 2 :].hex(' ')}".rstrip()
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)  # noqa: PLR2004 -- printable ASCII
        rows.append(HexRow(offset, digits, text))
    return rows
