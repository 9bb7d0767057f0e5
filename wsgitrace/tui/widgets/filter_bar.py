"""The filter line: what to look for, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from wsgitrace.tui.painting import label
from wsgitrace.tui.units import count

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

__all__ = ["FilterBar"]


class FilterBar(Horizontal):
    """Filters while one types; ``enter`` keeps the filter, ``escape`` clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", "Clear", show=False)]

    class Changed(Message):
        """Another text to look for."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Done typing."""

    def compose(self) -> ComposeResult:
        """A sign, the text, the count."""
        yield Static(" / ", id="filter-sign", markup=False)
        yield Input(placeholder="method, path or status contains …", id="filter-text", select_on_focus=False)
        yield Static("", id="filter-count", markup=False)

    def open(self) -> None:
        """Ask for a text."""
        self.add_class("-shown")
        # At once: Widget.focus() does it later, after the keys that were typed meanwhile.
        self.screen.set_focus(self.query_one(Input))

    def clear(self) -> None:
        """No filter."""
        self.query_one(Input).value = ""
        self.remove_class("-shown")
        self.post_message(self.Changed(""))

    def say(self, matches: int | None, total: int) -> None:
        """How many there are; None: being counted."""
        shown = "…" if matches is None else count(matches)
        self.query_one("#filter-count", Static).update(label(f"{shown} of {count(total)} match · esc clears"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it."""
        event.stop()
        if not event.value:
            self.remove_class("-shown")
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """``escape`` while typing."""
        self.clear()
        self.post_message(self.Left())
