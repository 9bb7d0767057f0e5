"""What a ledger in words is made of."""

from __future__ import annotations

import os.path
from typing import NamedTuple

__all__ = ["Line", "Told", "spot"]


class Line(NamedTuple):
    """One thing that was done."""

    span: int
    """The pass that did it."""
    text: str
    """What."""
    fault: bool = False
    """True when it should not be."""


class Told(NamedTuple):
    """One ledger."""

    lines: tuple[Line, ...]
    """What was done, in order."""
    verdict: str = ""
    """One sentence without a full stop on what should not be; empty for nothing."""
    quiet: str = ""
    """One sentence on all of it where nothing is wrong."""


def spot(file: str, line: int) -> str:
    """``views.py:41``: a ledger has little room, and the layer is named beside it."""
    return f"{os.path.basename(file)}:{line}"  # noqa: PTH119 -- of a file that is elsewhere
