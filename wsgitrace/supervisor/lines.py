"""Lines out of the worker's output pipes, and the exchanges that they are tied to."""

from __future__ import annotations

import re
from typing import NamedTuple

LINE_LIMIT = 65_536
"""Bytes after which a line without an end is taken as one."""

_MARK = re.compile(rb"\0(?:(\d{1,18})(?:\.(\d{1,9}))?)?\0")


class PrintedLine(NamedTuple):
    """One line that a worker printed."""

    text: str
    exchange: int | None = None
    """The worker's number of the exchange that it was printed in; None when untied."""
    span: int = 0
    """The pass that it was printed in; 0: the server's, or untied."""


class LineParser:
    """Splits one pipe into lines. A mark that stands in the middle of a line begins a new one."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[PrintedLine]:
        """The lines that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            lines.append(self._rest)
            self._rest = b""
        return [each for line in lines for each in _tied(line)]

    def finish(self) -> list[PrintedLine]:
        """What is left at the end of the pipe."""
        rest, self._rest = self._rest, b""
        return _tied(rest) if rest else []


def _tied(line: bytes) -> list[PrintedLine]:
    first, *marked = _MARK.split(line)
    found: list[PrintedLine] = []
    if first or not marked:
        found.append(PrintedLine(_text(first)))
    for exchange, span, text in zip(marked[::3], marked[1::3], marked[2::3], strict=True):
        found.append(PrintedLine(_text(text), int(exchange) if exchange else None, int(span or 0)))
    return found


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")
