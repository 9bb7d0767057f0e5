"""The events of a request on one line, and where one stands among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wsgitrace.tui.lines.steps import ruler_line
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual import events
    from textual.strip import Strip

    from wsgitrace.trace import Trace

__all__ = ["Ruler"]


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
        self.stops: Collection[int] = ()

    def show(self, trace: Trace, seq: int, stops: Collection[int]) -> None:
        """Stand at an event."""
        self.trace, self.seq, self.stops = trace, seq, stops
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line of events, or the mark under it."""
        cells = self.content_size.width
        if self.trace is None:
            return self.paint((), cells)
        return self.paint(ruler_line(self.trace, self.seq, self.stops, cells)[min(y, 1)], cells)

    def on_click(self, event: events.Click) -> None:
        """Jump there."""
        if self.trace is None or not self.trace.events:
            return
        every = self.trace.events
        width = max(2, self.content_size.width - 2)
        index = min(len(every) - 1, max(0, event.x - 1) * (len(every) - 1) // (width - 1))
        self.post_message(self.Jumped(every[index].seq))
