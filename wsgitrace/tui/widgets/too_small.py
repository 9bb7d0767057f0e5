"""What is shown where a terminal has no room for the panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Run
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.strip import Strip

__all__ = ["LEAST", "TooSmall"]

LEAST = (60, 16)
"""Columns and lines from which on the panels have room."""


class TooSmall(Panel):
    """Covers the screen and says what is needed."""

    def render_line(self, y: int) -> Strip:
        """One line."""
        cells, lines = self.content_size
        wide, high = LEAST
        said = [f"{cells}×{lines} is too small", f"wsgitrace needs {wide}×{high}", "recording goes on · q quits"]
        index = y - max(0, (lines - len(said)) // 2)
        text = said[index] if 0 <= index < len(said) else ""
        return self.paint((Run(text.center(cells), "dim"),), cells)
