"""Asking who did something, where an inspector shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.lines.blames import thing_of
from wsgitrace.tui.screens.blame import BlameScreen

if TYPE_CHECKING:
    from wsgitrace.trace import Trace
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.widgets.inspector import Inspector

__all__ = ["Blaming"]


class Blaming:
    """A screen with an inspector: ``w`` asks about the row under its cursor, from elsewhere about everything."""

    shown: Shown

    @property
    def inspector(self) -> Inspector:
        """The tabs that show a pass."""
        raise NotImplementedError

    @property
    def shown_trace(self) -> Trace | None:
        """The trace that rows are about."""
        raise NotImplementedError

    def load_now(self) -> None:
        """Read at once what is under the cursor."""
        raise NotImplementedError

    def why_not(self, key: str) -> str:
        """As for every screen; a change can be asked about where a request is shown."""
        if key in {"who", "row_next", "row_previous"} and self.shown_trace is None:
            return "No request is selected."
        return str(super().why_not(key))  # type: ignore[misc]  # a screen's

    def action_who(self) -> None:
        """Who set, changed or dropped what is under the cursor."""
        self.load_now()
        trace = self.shown_trace
        if self.refused("who") or trace is None:  # type: ignore[attr-defined]  # a screen's
            return
        view = self.inspector.view
        thing = thing_of(view.current, self.inspector.span) if view.has_focus else None
        self.app.push_screen(BlameScreen(trace, self.shown, thing))  # type: ignore[attr-defined]  # a screen's

    def action_change_row(self, step: int) -> None:
        """To the next row of the inspector that tells of a change, or the one before."""
        self.inspector.go_to_change(step)
