"""Whether to keep a recording in which something is marked, asked when it would go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Input, Static

from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["KeepScreen"]


class KeepScreen(Dialog[str]):
    """Answers with the file to keep it in, with "" to let it go, or with nothing: stay."""

    def __init__(self, marked: int, file: str = "") -> None:
        super().__init__()
        self._marked = marked
        self._file = file or time.strftime("wsgitrace-%Y%m%d-%H%M%S.wtrace")

    def compose(self) -> ComposeResult:
        """The question and the file."""
        with Vertical(classes="dialog") as box:
            box.border_title = label("Keep the recording?")
            box.border_subtitle = label("enter keeps it and quits · emptied: quits without · esc stays")
            said = f"{counted(self._marked, 'request')} marked; the recording goes when you quit. Keep all of it in:"
            yield Static(label(said), markup=False)
            yield Input(self._file, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        self.dismiss(event.value.strip())
