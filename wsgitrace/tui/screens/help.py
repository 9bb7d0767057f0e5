"""The keys that work on a screen, each runnable; those that cannot work now are dimmed and say why."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wsgitrace.tui.keys import Key, Place, key_name, keys_of
from wsgitrace.tui.painting import Row, Run, fit, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from wsgitrace.tui.screens.commands import Commands

__all__ = ["HelpScreen", "help_rows"]

TITLES: Final[dict[Place, str]] = {
    "main": "This screen",
    "step": "Stepping",
    "stats": "Statistics",
    "diff": "Comparing",
    "hunt": "Hunting",
    "flow": "Flow",
    "move": "In every panel",
    "app": "Everywhere",
}
"""The groups, in order; a screen shows its own."""

KEY_WIDTH = 14
LABEL_WIDTH = 15

TEXT_AT: Final = 2 + KEY_WIDTH + LABEL_WIDTH
"""The cell where what a key does is told from on."""

LEAST_TEXT: Final = 20
"""Cells that it has at least: the list may have no width yet."""


class _Keys(LineView):
    """Lines of which the cursor stands only on keys."""

    stops_at_keys = True


class HelpScreen(Dialog[None]):
    """``enter`` runs the key under the cursor."""

    def __init__(self, about: Commands) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """The list."""
        view = _Keys(classes="dialog")
        view.border_title = label("Keys")
        view.border_subtitle = label("enter runs one · esc closes")
        yield view

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.query_one(LineView).focus()

    def on_resize(self) -> None:
        """Texts follow the width."""
        self.call_after_refresh(self.fill)

    def fill(self) -> None:
        """Show the keys."""
        view = self.query_one(LineView)
        chosen = self.app.chosen_keys  # type: ignore[attr-defined]  # our app's
        view.set_rows(help_rows(self._about, chosen, view.content_size.width))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Close, and run it."""
        event.stop()
        key = event.row.key
        self.dismiss(None)
        if isinstance(key, Key):
            self._about.call_after_refresh(self._about.run_action, key.action)


def help_rows(about: Commands, chosen: Mapping[str, str], cells: int) -> list[Row]:
    """The keys in groups, one after the other, each with as many rows as its text needs."""
    rows: list[Row] = []
    for group, title in TITLES.items():
        if group not in {about.place, "move", "app"}:
            continue
        if rows:
            rows.append(Row(()))
        rows.append(Row((Run(title, "heading"),)))
        for key in keys_of(group):
            rows += _rows(key, chosen.get(key.id, key.keys), about.why_not(key.id), cells)
    return rows


def _rows(key: Key, keys: str, why: str, cells: int) -> list[Row]:
    names = " ".join(map(key_name, keys.split(","))) if keys else ": palette"
    texts = wrap(f"not now: {why}" if why else key.help, max(LEAST_TEXT, cells - TEXT_AT))
    roles = ("faint", "faint", "faint") if why else ("keycap", "strong", "dim")
    heads = ("  " + fit(names, KEY_WIDTH), fit(key.label, LABEL_WIDTH), texts[0])
    first = Row(tuple(Run(text, role) for text, role in zip(heads, roles, strict=True)), key=key)
    return [first, *(Row((Run(" " * TEXT_AT), Run(text, roles[-1]))) for text in texts[1:])]
