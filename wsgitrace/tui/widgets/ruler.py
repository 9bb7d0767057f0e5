"""The events of a request on one line, and where one stands among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wsgitrace.tui.lines.steps import ruler_marks, ruler_position
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

    from wsgitrace.trace import Trace
    from wsgitrace.tui.painting import Line

__all__ = ["Ruler"]

LEAST = 30
"""Cells that a ruler needs."""


class Ruler(Panel):
    """Two lines; a click jumps."""

    ALLOW_SELECT = False

    class Jumped(Message):
        """A place on the ruler was clicked."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    def __init__(self) -> None:
        super().__init__()
        self.trace: Trace | None = None
        self.seq = 0
        self._marks: tuple[Trace, int, Line] | None = None

    def show(self, trace: Trace, seq: int) -> None:
        """Stand at an event."""
        if (trace, seq) != (self.trace, self.seq):
            self.trace, self.seq = trace, seq
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line of events, or the mark under it."""
        cells, trace = self.content_size.width, self.trace
        if trace is None or not trace.events or cells < LEAST:
            return self.paint((), cells)
        if y:
            return self.paint(ruler_position(trace, self.seq, cells), cells)
        if self._marks is None or self._marks[0] is not trace or self._marks[1] != cells:
            self._marks = (trace, cells, ruler_marks(trace, cells))
        return self.paint(self._marks[2], cells)

    def on_click(self, event: events.Click) -> None:
        """Jump there."""
        if self.trace is None or not self.trace.events:
            return
        every = self.trace.events
        width = max(2, self.content_size.width - 2)
        index = min(len(every) - 1, max(0, event.x - 1) * (len(every) - 1) // (width - 1))
        self.post_message(self.Jumped(every[index].seq))
