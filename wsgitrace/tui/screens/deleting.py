"""What is to be deleted: each choice says how many requests it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.query import parse
from wsgitrace.tui.painting import Row, Run, fit, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.units import counted
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wsgitrace.query import Filter

__all__ = ["Choice", "DeleteScreen", "choices"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    name: str
    """What it is called."""
    text: str
    """How much that is."""
    where: Filter
    """The requests."""
    pinned: bool
    """Marked ones as well."""


def choices(this: tuple[int, str], marked: int, shown: tuple[Filter, int | None], total: int) -> list[Choice]:
    """What can be deleted: ``this`` request (number, name), marked ones, what the filter lets through, everything.

    ``shown`` is the filter, and how many it lets through as far as that is known.
    """
    number, name = this
    where, matches = shown
    spared = f"; {marked:,} marked stay" if marked else ""
    found = [Choice("This one", name, parse(f"id:{number}"), pinned=True)]
    if marked:
        found.append(Choice("Marked", counted(marked, "marked request"), parse("is:marked"), pinned=True))
    if not where.everything:
        many = "those" if matches is None else counted(matches, "request")
        found.append(Choice("Matching", f"{many} that match {where.text}{spared}", where, pinned=False))
    found.append(Choice("All", f"{counted(total, 'request')}{spared}", parse(""), pinned=False))
    return found


class DeleteScreen(Dialog[Choice]):
    """Answers with a choice, or with nothing."""

    def __init__(self, offered: list[Choice]) -> None:
        super().__init__()
        self._offered = offered

    def compose(self) -> ComposeResult:
        """The choices."""
        view = LineView(classes="dialog")
        view.border_title = label("Delete")
        view.border_subtitle = label("enter deletes for good · esc keeps all")
        view.set_rows(
            [
                Row((Run(fit(f" {each.name}", 11), "strong"), Run(each.text, "dim")), key=index)
                for index, each in enumerate(self._offered)
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
            self.dismiss(self._offered[event.row.key])
