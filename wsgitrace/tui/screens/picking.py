"""One of several, each with a line that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from wsgitrace.tui.painting import Row, Run, fit, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

__all__ = ["PickScreen"]

T = TypeVar("T")


class PickScreen(Dialog[T], Generic[T]):
    """Answers with what was picked, or with nothing."""

    def __init__(self, title: str, hint: str, offered: Sequence[tuple[str, str, T]]) -> None:
        """``offered``: name, explanation and answer of each."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._offered = offered

    def compose(self) -> ComposeResult:
        """The choices."""
        view = LineView(classes="dialog")
        view.border_title = label(self._title)
        view.border_subtitle = label(self._hint)
        width = max(len(name) for name, _, _ in self._offered) + 3
        view.set_rows(
            [
                Row((Run(fit(f" {name}", width), "strong"), Run(text, "dim")), key=index)
                for index, (name, text, _) in enumerate(self._offered)
            ]
        )
        yield view

    def on_mount(self) -> None:
        """The keys go to the choices."""
        self.query_one(LineView).focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Answer."""
        event.stop()
        if isinstance(event.row.key, int):
            self.dismiss(self._offered[event.row.key][2])
