"""The tabs of a panel: names, and a line under the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wsgitrace.tui.painting import Run, pad_left, width
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip

__all__ = ["TabStrip"]

GAP = 2


class TabStrip(Panel):
    """Two lines; a click chooses."""

    ALLOW_SELECT = False

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.active = 0
        self.note = ""
        """Shown at the right end: what the tabs are about."""

    def show(self, active: int, note: str = "") -> None:
        """Mark a tab as the one shown."""
        if (active, note) != (self.active, self.note):
            self.active, self.note = active, note
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Names above, the mark below."""
        cells = self.content_size.width
        runs: list[Run] = []
        last = len(self.names) - 1
        for index, name in enumerate(self.names):
            gap = GAP if index < last else 0
            chosen = index == self.active
            if y == 0:
                runs.append(Run(name + " " * gap, "strong" if chosen else "dim"))
            else:
                runs.append(Run(("━" if chosen else "─") * width(name), "accent" if chosen else "faint"))
                runs.append(Run("─" * gap, "faint"))
        used = sum(width(name) + GAP for name in self.names) - GAP
        if y == 0:
            free = cells - used
            if self.note and free > 10:  # noqa: PLR2004 -- too little to read
                runs.append(Run(" " * GAP + pad_left(self.note, free - GAP), "dim"))
        else:
            runs.append(Run("─" * max(0, cells - used), "faint"))
        return self.paint(runs, cells)

    def on_click(self, event: events.Click) -> None:
        """Choose."""
        at = 0
        for index, name in enumerate(self.names):
            at += width(name) + GAP
            if event.x < at:
                self.post_message(self.Chosen(index))
                return
