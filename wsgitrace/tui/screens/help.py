"""The keys that work on a screen, each runnable; those that cannot work now are dimmed and say why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.tui.keys import KEYS, Key, Place, key_name
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

KEY_WIDTH = 16
LABEL_WIDTH = 15


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
        view.set_rows(help_rows(self._about, self.app.chosen_keys))  # type: ignore[attr-defined]
        yield view

    def on_mount(self) -> None:
        """The keys go to the list."""
        self.query_one(LineView).focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Close, and run it."""
        event.stop()
        key = event.row.key
        self.dismiss(None)
        if isinstance(key, Key):
            self._about.call_after_refresh(self._about.run_action, key.action)


def help_rows(about: Commands, chosen: Mapping[str, str]) -> list[Row]:
    """One row per key, in groups."""
    rows: list[Row] = []
    for group, title in TITLES.items():
        if group not in {about.place, "move", "app"}:
            continue
        if rows:
            rows.append(Row(()))
        rows.append(Row((Run(title, "heading"),)))
        rows += [_row(key, chosen.get(key.id, key.keys), about.why_not(key.id)) for key in KEYS if key.place == group]
    return rows


def _row(key: Key, keys: str, why: str) -> Row:
    names = " ".join(map(key_name, keys.split(","))) if keys else ": palette"
    if why:
        runs = (
            Run("  " + fit(names, KEY_WIDTH), "faint"),
            Run(fit(key.label, LABEL_WIDTH), "faint"),
            Run(f"not now: {why}", "faint"),
        )
    else:
        runs = (
            Run("  " + fit(names, KEY_WIDTH), "keycap"),
            Run(fit(key.label, LABEL_WIDTH), "strong"),
            Run(key.help, "dim"),
        )
    return Row(runs, key=key)
