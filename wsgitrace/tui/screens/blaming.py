"""Asking who did something, where it is shown."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from wsgitrace.tui.lines.blames import thing_of
from wsgitrace.tui.screens.blame import BlameScreen
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.widget import Widget

    from wsgitrace.trace import Span, Trace
    from wsgitrace.trace.blame import Thing
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Row
    from wsgitrace.tui.widgets.inspector import Inspector
    from wsgitrace.tui.widgets.layer_tree import LayerTree

__all__ = ["Blaming", "BlamingInspected"]

_ASKING: Final = frozenset(
    {"who", "step_who", "diff_who", "flow_who", "row_next", "row_previous", "significant"}
    | {"flow_next", "flow_previous", "flow_whole", "step_change_next", "step_change_last", "step_significant"}
)
"""Keys that are about a request's trace."""


class Blaming:
    """A screen that shows a request: ``w`` asks about the row under the cursor, from elsewhere about everything."""

    shown: Shown
    focused: Widget | None

    @property
    @abstractmethod
    def shown_trace(self) -> Trace | None:
        """The trace that rows are about."""

    @property
    def asked_span(self) -> Span | None:
        """The pass whose response rows are about; None where rows themselves tell."""
        return None

    @property
    def shown_as(self) -> str:
        """Which request it is, where several are shown; else empty."""
        return ""

    def thing_of(self, row: Row | None) -> Thing | None:
        """What a row is about; None for none."""
        return thing_of(row, self.asked_span)

    def load_now(self) -> None:
        """Read at once what is under the cursor; nothing to do where that is shown already."""

    def why_not(self, key: str) -> str:
        """As for every screen; a change can be asked about where a request is shown."""
        if key in _ASKING and self.shown_trace is None:
            return "No request is selected."
        return str(super().why_not(key))  # type: ignore[misc]  # a screen's

    def action_who(self) -> None:
        """Who set, changed or dropped what is under the cursor."""
        self.load_now()
        trace = self.shown_trace
        if self.refused("who") or trace is None:  # type: ignore[attr-defined]  # a screen's
            return
        row = self.focused.current if isinstance(self.focused, LineView) else None
        screen = BlameScreen(trace, self.shown, self.thing_of(row), self.shown_as)
        self.app.push_screen(screen)  # type: ignore[attr-defined]  # a screen's


class BlamingInspected(Blaming):
    """The same with an inspector, in which one goes from change to change."""

    @property
    @abstractmethod
    def inspector(self) -> Inspector:
        """The tabs that show a pass."""

    @property
    def asked_span(self) -> Span | None:
        """That of the inspector."""
        return self.inspector.span

    @property
    @abstractmethod
    def passes(self) -> LayerTree:
        """The layers that the request went through."""

    def action_significant(self) -> None:
        """Leave out what is insignificant where the cursor is, or show it: in the inspector, else among the layers."""
        if self.focused is self.inspector.view:
            self.inspector.toggle_significant()
        else:
            self.passes.action_fold()

    def action_change_row(self, step: int) -> None:
        """To the next row of the inspector that tells of a change, or the one before."""
        self.inspector.go_to_change(step)
