"""A question with two answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

__all__ = ["ConfirmScreen"]


class ConfirmScreen(Dialog[bool]):
    """``y`` or ``enter`` does it, ``n`` or ``escape`` does not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "Yes", show=False, priority=True),
        Binding("n", "close", "No", show=False),
    ]

    def __init__(self, title: str, question: str, yes: str) -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and the two keys."""
        view = LineView(classes="dialog")
        view.border_title = label(self._title)
        view.set_rows(
            [
                Row((Run(self._question, "strong"),)),
                Row(()),
                Row((Run("y", "keycap"), Run(f" {self._yes}    ", "dim"), Run("esc", "keycap"), Run(" stay", "dim"))),
            ]
        )
        view.can_focus = False
        yield view

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)  # noqa: FBT003 -- the answer
