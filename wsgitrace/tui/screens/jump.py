"""The number of an event to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Input

from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["JumpScreen"]


class JumpScreen(Dialog[int]):
    """Answers with a number, or with nothing."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def compose(self) -> ComposeResult:
        """The one field."""
        with Vertical(classes="dialog") as box:
            box.border_title = label("Jump to event")
            box.border_subtitle = label("enter goes · esc stays")
            yield Input(placeholder=f"0 to {self._last}", type="integer", max_length=9)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        self.dismiss(int(event.value) if event.value.isdecimal() else None)
