"""A name for a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Input, Static

from wsgitrace.named_filters import NAME
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

__all__ = ["NameScreen"]


class NameScreen(Dialog[str]):
    """Answers with a name, or with nothing."""

    def __init__(self, text: str, named: Mapping[str, str]) -> None:
        super().__init__()
        self._text = text
        self._named = named

    def compose(self) -> ComposeResult:
        """The filter, the one field, and what is to be said about it."""
        with Vertical(classes="dialog") as box:
            box.border_title = label("Save the filter")
            box.border_subtitle = label("enter saves · esc does not")
            yield Static(label(self._text), markup=False)
            yield Input(placeholder="name, as in api: then @api stands for it", max_length=40)
            yield Static("", id="name-said", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what the name means now."""
        event.stop()
        text = self._named.get(event.value)
        said = "" if text is None else f"In the place of @{event.value}, which stands for {text}"
        self.query_one("#name-said", Static).update(label(said))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if it can be a name."""
        event.stop()
        name = event.value.strip().removeprefix("@")
        if NAME.fullmatch(name):
            self.dismiss(name)
        else:
            said = "A name has letters, digits, - and _, and begins with a letter."
            self.query_one("#name-said", Static).update(label(said))
