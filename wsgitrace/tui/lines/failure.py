"""The traceback of a failed import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.lines.values import text_row

if TYPE_CHECKING:
    from wsgitrace.tui.feed import Status
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Row

__all__ = ["failure_rows"]


def failure_rows(status: Status, shown: Shown) -> list[Row]:
    """The traceback, the exception itself standing out; the message where there is none."""
    if status.phase != "import failed":
        return []
    lines = shown.prose(status.traceback).splitlines()
    rows = [] if lines else [text_row(shown.prose(status.message), "strong")]
    for line in lines:
        role = "dim" if line.startswith("  File ") else "plain" if line.startswith(" ") else "error"
        if line.startswith("Traceback "):
            role = "heading"
        rows.append(text_row(line, role))
    return rows
