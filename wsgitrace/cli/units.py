"""Quantities in lines and sentences."""

from __future__ import annotations

from wsgitrace.trace.describe import count as plural
from wsgitrace.trace.describe import duration

__all__ = ["amount", "duration", "plural", "short_size"]

_STEP = 1024


def amount(length: int) -> str:
    """Bytes in a sentence: ``1 byte``, ``412 bytes``, ``8.2 kB``, ``1.5 MB``; a kB is 1024 bytes."""
    if length < _STEP:
        return plural(length, "byte")
    short = short_size(length)
    return f"{short[:-1]} {short[-1]}B"


def short_size(length: int) -> str:
    """Bytes in a column, at most five characters: ``0``, ``412``, ``8.2k``, ``14k``, ``1.5M``."""
    if length < _STEP:
        return str(length)
    value, unit = length / _STEP, "k"
    for larger in ("M", "G", "T"):
        if value < 999.5:  # noqa: PLR2004 -- what rounds to three digits
            break
        value, unit = value / _STEP, larger
    return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"  # noqa: PLR2004 -- what rounds to one digit
