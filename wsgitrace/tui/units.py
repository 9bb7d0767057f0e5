"""Quantities as they are shown: short, of bounded width, the unit always there."""

from __future__ import annotations

import time

__all__ = ["BINARY", "clock", "count", "counted", "duration", "elapsed", "size"]

MICRO = 1_000
MILLI = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60

BINARY = ("k", "M", "G", "T")
"""Steps of 1024 bytes."""


_FORMS = (
    (100 * MICRO, MILLI, 2, "ms"),
    (99_950 * MICRO, MILLI, 1, "ms"),
    (999 * MILLI, MILLI, 0, "ms"),
    (9_995 * MILLI, SECOND, 2, "s"),
    (99_950 * MILLI, SECOND, 1, "s"),
)
"""Below which time: in which unit, with how many decimals."""


def duration(nanoseconds: int) -> str:
    """A measured time in at most seven cells: ``0.4ms``, ``48.2ms``, ``482ms``, ``3.41s``, ``12m05s``, ``3h07m``."""
    for limit, unit, decimals, name in _FORMS:
        if nanoseconds < limit:
            return f"{max(0, nanoseconds) / unit:.{decimals}f}{name}"
    return elapsed(nanoseconds)


def elapsed(nanoseconds: int) -> str:
    """A time that still runs, in whole seconds so that it does not flicker: ``<1s``, ``12s``, ``3m05s``, ``2h10m``."""
    seconds = max(0, nanoseconds) // SECOND
    if not seconds:
        return "<1s"
    if seconds < MINUTE:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, MINUTE)
    if minutes < MINUTE:
        return f"{minutes}m{seconds:02}s"
    hours, minutes = divmod(minutes, MINUTE)
    return f"{hours}h{minutes:02}m"


def size(length: int) -> str:
    """Bytes in at most five cells: ``0``, ``412``, ``8.2k``, ``14k``, ``1.5M``."""
    if length < 1000:  # noqa: PLR2004 -- three digits fit without a unit
        return str(length)
    value = float(length)
    for unit in BINARY:
        value /= 1024
        if value < 9.95:  # noqa: PLR2004 -- one decimal while it fits
            return f"{value:.1f}{unit}"
        if value < 999.5 or unit == BINARY[-1]:  # noqa: PLR2004 -- three digits fit
            return f"{value:.0f}{unit}"
    raise AssertionError  # the last unit takes everything


def count(number: int) -> str:
    """A number with its thousands apart: ``1,204``."""
    return f"{number:,}"


def counted(number: int, what: str) -> str:
    """``1 chunk``, ``1,204 chunks``, ``2 passes``."""
    plural = "es" if what.endswith("s") else "s"
    return f"{number:,} {what}{'' if number == 1 else plural}"


def clock(wall: int) -> str:
    """Local time of day of ``wall`` (nanoseconds since the epoch): ``14:02:07``."""
    return time.strftime("%H:%M:%S", time.localtime(wall / SECOND))
