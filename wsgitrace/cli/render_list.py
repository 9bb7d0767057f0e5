"""The table of ``wsgitrace ls``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.access_log import remarks
from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import duration, short_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture import Summary
    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker
    from wsgitrace.trace.badges import Badges

__all__ = ["table"]

_REMARKS_WIDTH: Final = 40
_NARROWEST: Final = 20
_ROOM_FOR_DATES: Final = 110


def table(rows: Iterator[tuple[Summary, Badges]], style: Style, masker: Masker) -> Iterator[str]:
    """The lines of the table; none at all, not even the head, when there is no row."""
    stamp = "%Y-%m-%d %H:%M:%S" if style.width >= _ROOM_FOR_DATES else "%H:%M:%S"
    for index, (summary, badges) in enumerate(rows):
        if not index:
            time_width = len(time.strftime(stamp))
            head = f"{'#':>7} {'TIME':{time_width}} {'METHOD':7} {'ST':>3} {'TOTAL':>7} {'SIZE':>5} "
            yield style.paint(f"{head}TARGET", "bold")
        notes = ", ".join(remarks(summary, masker, badges)) if summary.done else f"{summary.state} {summary.held_at}"
        yield _row(summary, notes.rstrip(), style, stamp, style.width - len(head), masker)


def _row(summary: Summary, notes: str, style: Style, stamp: str, room: int, masker: Masker) -> str:  # noqa: PLR0917 -- columns
    """One row; target and remarks share ``room`` columns."""
    at = time.strftime(stamp, time.localtime(summary.wall / 1e9))
    status = style.status(summary.status, f"{summary.status or '…':>3}")
    remarks_width = min(_REMARKS_WIDTH, max(0, room - _NARROWEST - 2))
    notes = clip(notes, remarks_width)
    target = clip(masker.target(summary.target), max(1, room - len(notes) - 2))
    # Remarks stand in a column of their own as long as targets are short enough.
    target = target.ljust(max(0, room - remarks_width - 2))
    took = duration(summary.net_duration) if summary.done or summary.duration else ""
    return (
        f"{summary.number:>7} {at} {pad(summary.method or '-', 7)} {status} {took:>7} "
        f"{short_size(summary.response_size):>5} {target}  {style.paint(notes, 'dim')}"
    ).rstrip()
