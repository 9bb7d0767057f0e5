"""One value, whole and wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from wsgitrace.safetext import safe_lines
from wsgitrace.tui.painting import Row, Run, label, line_text
from wsgitrace.tui.screens.copying import start_copying
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

__all__ = ["ValueScreen", "wrapped"]


class ValueScreen(Dialog[None]):
    """The value of a row; ``y`` copies it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", show=False),
        Binding("enter", "close", "Close", show=False, priority=True),
    ]

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._value = line_text(row.runs) if row.value is None else row.value
        self._title = row.title or "Value"

    def compose(self) -> ComposeResult:
        """The lines, as wide as the window."""
        view = LineView(classes="dialog")
        view.border_title = label(self._title)
        view.border_subtitle = label("y copies · esc closes")
        yield view

    def on_mount(self) -> None:
        """Wrap once the width is known."""
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        view = self.query_one(LineView)
        view.set_rows([Row((Run(line),)) for line in wrapped(self._value, view.content_size.width)])
        view.focus()

    def on_resize(self) -> None:
        """Wrap again."""
        self.call_after_refresh(self._wrap)

    def action_copy(self) -> None:
        """To the clipboard."""
        start_copying(self.app, "value", lambda: self._value.encode("utf-8", "backslashreplace"))


def wrapped(text: str, cells: int) -> list[str]:
    """``text`` in safe lines of at most ``cells`` characters, cut where they are full."""
    cells = max(10, cells)
    lines: list[str] = []
    for line in safe_lines(text):
        lines += [line[at : at + cells] for at in range(0, len(line), cells)] or [""]
    return lines
