"""The last line: at most eight keys that work now, and at its end those that always do."""

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
"""Keys at a time, beside those that always work."""

ALWAYS = ("palette", "help", "quit")
"""Ids of those, in the order in which they stand at the end of the line; given up from the left."""


class KeyBar(Panel):
    """Keys and their names; a click runs one."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.keys: tuple[Key, ...] = ()
        self._is_typing = False

    def show(self, keys: Sequence[Key], order: Sequence[str] = ()) -> None:
        """Offer other keys: by the ids in ``order``, or else by their ranks."""
        ranks = {name: rank for rank, name in enumerate(order, 1)} if order else {key.id: key.bar for key in keys}
        ranked = [key for key in keys if ranks.get(key.id) and key.id not in ALWAYS]
        chosen = tuple(sorted(ranked, key=lambda key: ranks[key.id])[:MOST])
        if chosen != self.keys:
            self.keys = chosen
            self._is_typing = any(key.place in {"typing", "form"} for key in chosen)
            self.refresh()

    def _cells(self) -> list[tuple[Key, str, str, int]]:
        """The keys that fit, each with its name, its label, and the cell where it begins."""
        free = self.content_size.width - 1
        ends: list[tuple[Key, str, str, int]] = []
        always = [key for name in ALWAYS for key in KEYS if key.id == name and not self._is_typing]
        for key in reversed(always):
            name, used = self._wording(key)
            if used <= free:
                free -= used
                ends.insert(0, (key, name, key.label, free + 1))
        found: list[tuple[Key, str, str, int]] = []
        at = 1
        for key in self.keys:
            name, used = self._wording(key)
            if at + used > free:
                break
            found.append((key, name, key.label, at))
            at += used
        return [*found, *ends]

    def _wording(self, key: Key) -> tuple[str, int]:
        """The first of its keys, and the cells that it takes with its label."""
        name = key_name(self.app.chosen_keys.get(key.id, key.keys).split(",")[0])  # type: ignore[attr-defined]
        return name, width(name) + width(key.label) + 3

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        runs: list[Run] = []
        end = 0
        for _, name, text, at in self._cells():
            runs += [Run(" " * (at - end)), Run(name, "keycap"), Run(f" {text}", "dim")]
            end = at + width(name) + width(text) + 1
        return self.paint(runs, self.content_size.width)

    async def on_click(self, event: events.Click) -> None:
        """Run what was clicked."""
        for key, name, text, at in self._cells():
            if at <= event.x < at + width(name) + width(text) + 3:
                if key.place == "typing":
                    self.app.simulate_key(key.keys)
                    return
                target = self.screen.focused if key.place == "move" else self.screen
                if target is not None:
                    await target.run_action(key.action)
                return
