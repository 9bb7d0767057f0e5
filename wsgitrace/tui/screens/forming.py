"""Forms: lines to fill in, what is wrong with them while one types, and leaving that asks once something is changed."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding
from textual.containers import Vertical

from wsgitrace.tui.keys import KEYS, Place, bindings
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.asking import Problem
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.form import FormNote
from wsgitrace.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import Input

    from wsgitrace.tui.widgets.form import FormChoice

__all__ = ["Forming"]

T = TypeVar("T")


class Forming(Dialog[T], inherit_bindings=False):
    """A form in a window; ``enter`` on a line and ``ctrl+r`` anywhere answer with what :meth:`answer` makes of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("form"),
        Binding("enter", "form_send", "Run", show=False),  # also on a choice, where nothing is typed
    ]
    place: ClassVar[Place] = "form"
    title_text: str = ""
    """What stands above it."""
    classes_of_box: ClassVar[str] = "dialog form"
    _insisted: object = None
    """What was refused, and is taken when it is sent once more."""

    @abstractmethod
    def lines(self) -> ComposeResult:
        """What there is to fill in."""

    @abstractmethod
    def wrong(self) -> str:
        """Why it cannot be taken so, one sentence, :class:`Problem` where one may insist; empty for nothing."""

    @abstractmethod
    def state(self) -> object:
        """All that is filled in, to be compared."""

    @abstractmethod
    def answer(self) -> T | None:
        """What it comes to, where nothing is wrong with it; None: it goes on."""

    def said(self) -> str:
        """What is to be known where nothing is wrong."""
        return ""

    def why_not(self, key: str) -> str:
        """Why a key cannot work now, one sentence; empty when it can."""
        return "" if key in {"form_next", "form_previous"} or hasattr(self, f"action_{key}") else "Not in this form."

    def compose(self) -> ComposeResult:
        """The lines, what is wrong, the keys."""
        with Vertical(classes=self.classes_of_box) as box:
            box.border_title = label(self.title_text)
            yield from self.lines()
            yield FormNote(id="form-note")
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin where there is something to type."""
        self._untouched = self.state()
        self.look()

    @property
    def changed(self) -> bool:
        """Whether anything is other than it was."""
        return self.state() != self._untouched

    def look(self) -> None:
        """Say what is wrong, and which keys work."""
        problem = self.wrong()
        self.query_one("#form-note", FormNote).say(problem or self.said(), wrong=bool(problem))
        self.query_one(KeyBar).show([key for key in KEYS if key.place == self.place and not self.why_not(key.id)])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed may be wrong, or right again."""
        event.stop()
        self.look()

    def on_form_choice_changed(self, event: FormChoice.Changed) -> None:
        """Likewise."""
        event.stop()
        self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """``enter`` on a line."""
        event.stop()
        self.action_form_send()

    def action_form_send(self) -> None:
        """Answer, unless something is wrong; where one may insist, doing it once more does."""
        problem = self.wrong()
        if problem and not (isinstance(problem, Problem) and problem.insist and self._insisted == self.state()):
            insists = isinstance(problem, Problem) and problem.insist
            self._insisted = self.state() if insists else None
            more = " Once more does it all the same." if insists else ""
            self.query_one("#form-note", FormNote).say(f"{problem}{more}", wrong=True)
            self.app.bell()
            return
        found = self.answer()
        if found is not None:
            self.dismiss(found)

    def action_form_next(self, step: int) -> None:
        """The next line, or the one before."""
        self.focus_next() if step > 0 else self.focus_previous()

    def action_form_leave(self) -> None:
        """Leave; what was changed is asked about."""
        if not self.changed:
            self.dismiss(None)
            return

        def answered(yes: bool | None) -> None:  # noqa: FBT001 -- the answer
            if yes:
                self.dismiss(None)

        question = ConfirmScreen("Leave", "What was changed here is lost.", "leave")
        self.app.push_screen(question, answered)
