"""What a ledger in words is made of."""

from __future__ import annotations

from typing import NamedTuple


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
