"""The first line of the step screen: which request, where it is, and whether that is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.lines.notes import held_at
from wsgitrace.tui.painting import Run
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.strip import Strip

    from wsgitrace.capture import Summary
    from wsgitrace.tui.painting import Line

__all__ = ["StepBar"]


class StepBar(Panel):
    """One line."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.line: Line = ()

    def show(self, summary: Summary, target: str, seq: int, live: bool, waited: str) -> None:  # noqa: FBT001 -- one fact
        """Say where one stands."""
        held = summary.state == "held"
        chip = (" ‖ HELD ", "chip-held") if held else (" ■ RECORDED ", "chip-busy")
        if not held and not summary.done:
            chip = (" ● RUNNING ", "chip")
        line: list[Run] = [
            Run(chip[0], chip[1]),
            Run(f"  #{summary.number} ", "strong"),
            Run(f"{summary.method} ", "method"),
            Run(target, "strong"),
        ]
        if held and live:
            line.append(Run(f"   at {held_at(summary)}   held {waited}", "held"))
        elif held:
            line.append(Run(f"   looking back at event {seq}; it stays held at {held_at(summary)}", "warning"))
        else:
            line.append(Run(f"   event {seq}", "dim"))
            if summary.status is not None:
                line.append(Run(f"   {summary.status}", "dim"))
        if tuple(line) != self.line:
            self.line = tuple(line)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        return self.paint(self.line, self.content_size.width)
