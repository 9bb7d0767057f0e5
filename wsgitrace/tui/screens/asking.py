"""One line to type, checked as it is entered."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final, Self

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.completing import Completing
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.query import Completion

__all__ = ["AskScreen", "Problem"]

_WIDTH: Final = 64
"""Cells of a line of what a completion means."""


class Problem(str):
    """Why a text cannot be taken, one sentence, and whether it can if one insists."""

    __slots__ = ("insist",)
    insist: bool

    def __new__(cls, text: str, *, insist: bool = False) -> Self:
        """A problem; with ``insist`` the same text entered once more is taken."""
        made = super().__new__(cls, text)
        made.insist = insist
        return made


class AskScreen(Dialog[str], inherit_bindings=False):
    """Answers with what was typed, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("ctrl+e", "elsewhere", "In $EDITOR", show=False, priority=True),
        Binding("tab", "complete(1)", "Complete", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", "Complete", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        value: str,
        *,
        check: Callable[[str], str],
        hints: Sequence[str] = (),
        placeholder: str = "",
        elsewhere: Callable[[], None] | None = None,
        ways: Callable[[str, int], list[Completion]] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._check = check
        self._hints = hints
        self._placeholder = placeholder
        self._refused: str | None = None
        self._elsewhere = elsewhere
        self._completing = None if ways is None else Completing(ways)

    def compose(self) -> ComposeResult:
        """The one field, what may stand in it, and what is wrong with it."""
        with Vertical(classes="dialog") as box:
            box.border_title = label(self._title)
            box.border_subtitle = label("enter takes it · esc does not")
            yield Input(
                self._value,
                placeholder=self._placeholder,
                max_length=20_000,
                select_on_focus=False,  # what stands there is to be added to: a key must not replace it
            )
            view = LineView(id="ask-lines")
            view.can_focus = False
            view.set_rows(self._rows())
            yield view

    def _rows(self) -> list[Row]:
        """How what is typed may go on, and the hints."""
        completing = self._completing
        first = [] if completing is None or not completing.ways else [Row((Run(completing.ways, "strong"),))]
        about = "" if completing is None else completing.about
        first += [Row((Run(f"   {line}", "plain"),)) for line in wrap(about, _WIDTH)]
        return [*first, *(Row((Run(hint, "dim"),)) for hint in self._hints)]

    def action_complete(self, direction: int) -> None:
        """The first way to go on, then the next ones."""
        if self._completing is not None:
            self._completing.step(self.query_one(Input), direction)
            self.query_one(LineView).set_rows(self._rows())

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed goes on in other ways."""
        event.stop()
        if self._completing is not None:
            self._completing.typed(event.value)
            self.query_one(LineView).set_rows(self._rows())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 -- Textual's
        """``ctrl+e`` goes to the end of the line where there is no editor to go to."""
        if action == "complete":
            return self._completing is not None
        return action != "elsewhere" or self._elsewhere is not None

    def action_elsewhere(self) -> None:
        """Not here: in the user's editor."""
        self.dismiss(None)
        if self._elsewhere is not None:
            self._elsewhere()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, unless there is something wrong with it."""
        event.stop()
        problem = self._check(event.value)
        insists = isinstance(problem, Problem) and problem.insist
        if not problem or (insists and self._refused == event.value):
            self.dismiss(event.value)
            return
        self._refused = event.value
        rows = [Row((Run(problem, "error"),))]
        if insists:
            rows.append(Row((Run("enter once more: do it all the same", "dim"),)))
        self.query_one(LineView).set_rows(rows)
