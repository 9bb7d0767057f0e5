"""Colour where a person looks at a terminal, and nothing but text where a program reads."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final, TextIO

from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WIDTH", "Style", "clip", "pad"]

WIDTH: Final = 120
"""Columns written where nobody tells how many there are."""

_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "strike": "9",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_STATUS: Final = {1: "cyan", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class Style:
    """How one stream is written to.

    Text is made safe before it is coloured, never after: the escapes of colour are the only ones that get out.
    """

    def __init__(self, *, colour: bool, width: int = WIDTH) -> None:
        self.colour = colour
        self.width = width

    @classmethod
    def of(cls, stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> Style:
        """What suits ``stream``: colours on a terminal, unless ``NO_COLOR`` is set or it is a dumb one."""
        stream = stream or sys.stdout
        environ = os.environ if environ is None else environ
        terminal = stream.isatty() and environ.get("TERM", "") != "dumb"
        width = shutil.get_terminal_size((WIDTH, 24)).columns if stream.isatty() else WIDTH
        return cls(colour=terminal and not environ.get("NO_COLOR"), width=max(40, width))

    def paint(self, text: str, *names: str) -> str:
        """``text``, already safe, in these colours."""
        if not self.colour or not text or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def status(self, status: int | None, text: str) -> str:
        """``text`` in the colour of a status code."""
        return self.paint(text, _STATUS.get((status or 0) // 100, "red"))


def clip(text: str, width: int) -> str:
    """``text`` made safe, in at most ``width`` characters: what is cut shows as an ellipsis."""
    # A safe text is never shorter than the text: there is no need to look at more than can be shown.
    shown = safe(text[: width + 1])
    return shown if len(shown) <= width else shown[: max(0, width - 1)] + "…"


def pad(text: str, width: int) -> str:
    """``text`` made safe, in exactly ``width`` characters."""
    return clip(text, width).ljust(width)
