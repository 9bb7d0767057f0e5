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

    def __init__(self, title: str, question: str, yes: str, *, no: str = "") -> None:
        """``question``: a line or more; ``no``: what ``n`` does where that is not the same as to stay."""
        super().__init__()
        self._no = no
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and the two keys."""
        view = LineView(classes="dialog")
        view.border_title = label(self._title)
        keys = [("y", self._yes), *([("n", self._no)] if self._no else []), ("esc", "stay")]
        runs = [run for key, text in keys for run in (Run(key, "keycap"), Run(f" {text}    ", "dim"))]
        questions = [Row((Run(line, "strong"),)) for line in self._question.splitlines()]
        view.set_rows([*questions, Row(()), Row(tuple(runs))])
        view.can_focus = False
        yield view

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)  # noqa: FBT003 -- the answer
