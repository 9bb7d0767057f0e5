"""The table of ``wsgitrace ls``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.access_log import remarks, reported_target
from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import duration, short_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture import Summary
    from wsgitrace.cli.style import Style

__all__ = ["table"]

_COLUMNS: Final = f"{'#':>7} {'TIME':19} {'METHOD':7} {'ST':>3} {'TOTAL':>7} {'SIZE':>5} TARGET"
_FIXED: Final = len(_COLUMNS) - len("TARGET")
_REMARKS_WIDTH: Final = 40
_NARROWEST: Final = 20


def table(rows: Iterator[Summary], style: Style, *, reveal: bool = False) -> Iterator[str]:
    """The lines of the table; none at all, not even the head, when there is no row."""
    for index, summary in enumerate(rows):
        if not index:
            yield style.paint(_COLUMNS, "bold")
        yield _row(summary, style, reveal=reveal)


def _row(summary: Summary, style: Style, *, reveal: bool) -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(summary.wall / 1e9))
    status = style.status(summary.status, f"{summary.status or '…':>3}")
    notes = ", ".join(remarks(summary)) if summary.done else f"{summary.state} {summary.held_at}".rstrip()
    notes = clip(notes, _REMARKS_WIDTH)
    room = max(_NARROWEST, style.width - _FIXED - 2)
    target = clip(reported_target(summary, reveal=reveal), max(_NARROWEST, room - len(notes)))
    # Remarks stand in a column of their own as long as targets are short enough.
    target = target.ljust(max(_NARROWEST, room - _REMARKS_WIDTH))
    took = duration(summary.net_duration) if summary.done or summary.duration else ""
    return (
        f"{summary.number:>7} {stamp} {pad(summary.method or '-', 7)} {status} {took:>7} "
        f"{short_size(summary.response_size):>5} {target}  {style.paint(notes, 'dim')}"
    ).rstrip()
