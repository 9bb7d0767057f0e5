"""Keys about breakpoints, on every screen that shows requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.lines.breaking import suggested
from wsgitrace.tui.units import counted
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from wsgitrace.events import LayerFound
    from wsgitrace.trace import Trace
    from wsgitrace.tui.feed import Feed

__all__ = ["Breaking"]


class Breaking:
    """Mixed into a screen."""

    feed: Feed

    @property
    def shown_trace(self) -> Trace | None:
        """The trace that rows are about."""
        return None

    def _suggestion(self, layer: LayerFound | None) -> str:
        """The breakpoint that fits the row with the cursor."""
        focused = self.focused  # type: ignore[attr-defined]  # a screen's
        row = focused.current if isinstance(focused, LineView) else None
        name = "" if layer is None else layer.name
        if row is None:
            return suggested(None, "", None, name)
        trace = self.shown_trace
        if isinstance(row.key, tuple) and row.key[0] in {"span", "pass"} and trace is not None:
            span = trace.by_id.get(row.key[1])
            name = name if span is None or span.layer is None else span.layer.name
        return suggested(row.key, row.title, trace, name)

    def action_break_here(self) -> None:
        """Ask for a breakpoint, beginning with what the cursor stands on."""
        if self.refused("break_here"):  # type: ignore[attr-defined]  # a screen's
            return
        from wsgitrace.tui.screens.breakpoints import ask_breakpoint  # noqa: PLC0415 -- screens know each other

        text = self._suggestion(self.selected_layer)  # type: ignore[attr-defined]  # a screen's
        asking = ask_breakpoint(self.feed.capture, text, self._break)
        self.app.push_screen(*asking)  # type: ignore[attr-defined]  # a screen's

    def _break(self, text: str) -> None:
        on = self.feed.status().breakpoints_on
        self.feed.add_breakpoint(text)
        told = "What meets it will be held. B lists the breakpoints."
        self.say(told if on else "All breakpoints are off: I switches them on again.")  # type: ignore[attr-defined]  # a screen's

    def announce_breakpoints(self) -> None:
        """Tell of those that hold from the start, set the last time or on the command line."""
        status = self.feed.status()
        number = sum(one.on for one in status.breakpoints)
        if number and status.breakpoints_on:
            text = f"{counted(number, 'breakpoint')} in force from the start: B lists them."
            self.say(text, seconds=8)  # type: ignore[attr-defined]  # a screen's

    def action_breakpoints(self) -> None:
        """List them."""
        from wsgitrace.tui.screens.breakpoints import BreakpointsScreen  # noqa: PLC0415 -- screens know each other

        self.app.push_screen(BreakpointsScreen(self.feed))  # type: ignore[attr-defined]  # a screen's

    def action_breakpoints_off(self) -> None:
        """Switch all off, or on again."""
        if self.refused("breakpoints_off"):  # type: ignore[attr-defined]  # a screen's
            return
        on = not self.feed.status().breakpoints_on
        self.feed.switch_breakpoint(None, on=on)
        text = "Breakpoints hold again." if on else "All breakpoints are off."
        self.say(text)  # type: ignore[attr-defined]  # a screen's
