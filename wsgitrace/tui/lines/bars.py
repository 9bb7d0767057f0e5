"""Bars of block characters: eighths of a cell where the terminal's font can, never colour alone."""

from __future__ import annotations

__all__ = ["EIGHTHS", "bar", "nice_step", "span_bar"]

EIGHTHS = " ▏▎▍▌▋▊▉█"
"""Blocks that fill a cell from the left, by eighths."""

_STEPS = (1, 2, 5, 10)


def bar(fraction: float, cells: int) -> str:
    """A bar from the left over ``fraction`` of ``cells`` cells; never empty. Beyond 1 it ends in ``»``."""
    if fraction > 1:
        return "█" * (cells - 1) + "»"
    eighths = max(1, round(fraction * cells * 8))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(cells)


def span_bar(start: float, middle: float, end: float, cells: int) -> tuple[str, str, str]:
    """Lead, first and second part of a waterfall bar.

    ``start``, ``middle`` and ``end`` are fractions of ``cells``: blank up to the first, ``█`` up to the second,
    ``▒`` up to the last. Together at least an eighth of a cell is shown, and never more than ``cells``.
    """
    first = min(int(start * cells), cells - 1)
    eighths = max(1, round((middle - start) * cells * 8)) if middle > start or end <= middle else 0
    eighths = min(eighths, (cells - first) * 8)
    full, rest = divmod(eighths, 8)
    called = "█" * full + (EIGHTHS[rest] if rest else "")
    after = first + len(called)
    iterated = "▒" * max(0, min(round(end * cells), cells) - after) if end > middle else ""
    if not called and not iterated:
        called = EIGHTHS[1]
    return " " * first, called, iterated


def nice_step(most: float, ticks: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that divides 0 to ``most`` into at most ``ticks`` parts."""
    if most <= 0:
        return 1.0
    power = 1.0
    raw = most / max(1, ticks)
    while power * 10 <= raw:
        power *= 10
    while power > raw:
        power /= 10
    return next((step * power for step in _STEPS if step * power >= raw * 0.999), power * 10)
