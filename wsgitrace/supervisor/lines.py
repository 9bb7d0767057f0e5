"""Lines out of the worker's output pipes, and the exchanges that they are tied to."""

from __future__ import annotations

import re

LINE_LIMIT = 65_536
"""Bytes after which a line without an end is taken as one."""

_MARK = re.compile(rb"\0(\d{0,18})\0")


class LineParser:
    """Splits one pipe into lines. A mark that stands in the middle of a line begins a new one."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, int | None]]:
        """The lines that are complete now, each with the worker's number of its exchange, None when untied."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            lines.append(self._rest)
            self._rest = b""
        return [each for line in lines for each in _tied(line)]

    def finish(self) -> list[tuple[str, int | None]]:
        """What is left at the end of the pipe."""
        rest, self._rest = self._rest, b""
        return _tied(rest) if rest else []


def _tied(line: bytes) -> list[tuple[str, int | None]]:
    first, *marked = _MARK.split(line)
    found: list[tuple[str, int | None]] = []
    if first or not marked:
        found.append((_text(first), None))
    for number, text in zip(marked[::2], marked[1::2], strict=True):
        found.append((_text(text), int(number) if number else None))
    return found


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")
