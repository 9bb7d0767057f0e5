"""The last line: at most eight keys, those that work now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.keys import KEYS, Key, key_name
from wsgitrace.tui.painting import Run, width
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip

__all__ = ["KeyBar"]

MOST = 8
"""Keys at a time."""


class KeyBar(Panel):
    """Keys and their names; a click runs one."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.keys: tuple[Key, ...] = ()

    def show(self, keys: Sequence[Key]) -> None:
        """Offer other keys."""
        chosen = tuple(sorted((key for key in keys if key.bar), key=lambda key: key.bar)[:MOST])
        if chosen != self.keys:
            self.keys = chosen
            self.refresh()

    def _cells(self) -> list[tuple[Key, str, str]]:
        """The keys that fit, help always among them."""
        free = self.content_size.width - 2
        help_key = next(key for key in KEYS if key.id == "help")
        others = [key for key in self.keys if key.id != "help"]
        found: list[tuple[Key, str, str]] = []
        for key in [help_key, *others]:
            name = key_name(self.app.chosen_keys.get(key.id, key.keys).split(",")[0])  # type: ignore[attr-defined]
            used = width(name) + width(key.label) + 3
            if used <= free:
                free -= used
                found.append((key, name, key.label))
        return [*found[1:], found[0]] if found else []

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        runs = [Run(" ")]
        for _, name, text in self._cells():
            runs += [Run(name, "keycap"), Run(f" {text}  ", "dim")]
        return self.paint(runs, self.content_size.width)

    async def on_click(self, event: events.Click) -> None:
        """Run what was clicked."""
        at = 1
        for key, name, text in self._cells():
            end = at + width(name) + width(text) + 3
            if at <= event.x < end:
                await self.screen.run_action(key.action)
                return
            at = end
