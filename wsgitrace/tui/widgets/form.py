"""Lines of a form: a text to type, one of several to choose; and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from wsgitrace.tui.painting import Run, label, width
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.strip import Strip

__all__ = ["FormChoice", "FormLine", "FormNote"]

LABEL_WIDTH = 10
"""Cells of the name before a line."""


class FormLine(Horizontal):
    """A name, and a text of one line. Posts :class:`textual.widgets.Input.Changed` as any input."""

    def __init__(self, name: str, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes="form-line")
        self._label = name
        self._value = value
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        """The name, and where one types."""
        yield Static(label(self._label), classes="form-label", markup=False)
        # What stands there is to be added to: a key must not replace it.
        yield Input(self._value, placeholder=self._placeholder, select_on_focus=False, max_length=65_536)

    @property
    def input(self) -> Input:
        """Where one types."""
        return self.query_one(Input)

    @property
    def value(self) -> str:
        """What is typed."""
        return self.input.value if self.is_mounted else self._value

    def put(self, value: str) -> None:
        """Have another text there."""
        self.input.value = value
        self.input.cursor_position = len(value)


class FormChoice(Panel, can_focus=True):
    """A name, and several words, one of which is chosen: by ``←`` and ``→``, ``space``, or a click."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Before", show=False),
        Binding("right,space", "choose(1)", "Next", show=False),
    ]

    class Changed(Message):
        """Another one was chosen."""

        def __init__(self, choice: FormChoice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, name: str, words: Sequence[str], chosen: str, *, note: str = "", id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes="form-choice")
        self._label = name
        self.words = tuple(words)
        self.chosen = chosen
        self._note = note

    def put(self, chosen: str) -> None:
        """Choose one without telling of it."""
        self.chosen = chosen
        self.refresh()

    def note(self, text: str) -> None:
        """What stands at the right end."""
        if text != self._note:
            self._note = text
            self.refresh()

    def action_choose(self, step: int) -> None:
        """The next one, or the one before."""
        at = self.words.index(self.chosen) if self.chosen in self.words else 0
        self._choose(self.words[(at + step) % len(self.words)])

    def _choose(self, word: str) -> None:
        if word != self.chosen:
            self.chosen = word
            self.refresh()
            self.post_message(self.Changed(self))

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        cells = self.content_size.width
        runs = [Run(self._label.ljust(LABEL_WIDTH), "strong" if self.has_focus else "dim")]
        for word in self.words:
            chosen = word == self.chosen
            # A sign, too: the choice is not in colour alone.
            runs += [Run("●" if chosen else "○", "accent" if chosen else "faint")]
            runs += [Run(f" {word}  ", ("strong" if self.has_focus else "plain") if chosen else "dim")]
        used = sum(width(run.text) for run in runs)
        if self._note and used + width(self._note) < cells:
            runs += [Run(" " * (cells - used - width(self._note))), Run(self._note, "dim")]
        return self.paint(runs, cells)

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        at = LABEL_WIDTH
        for word in self.words:
            end = at + width(word) + 4
            if at <= event.x < end:
                self._choose(word)
                return
            at = end


class FormNote(Static):
    """What is wrong, or what is to be known; nothing where there is neither."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__("", id=id, classes="form-note", markup=False)
        self.text = ""

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a text; ``wrong``: as a fault."""
        self.text = text
        self.set_class(wrong, "-wrong")
        self.update(label(text))
