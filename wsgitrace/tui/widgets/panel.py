"""What every painted panel shares: roles become styles of the current theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from wsgitrace.tui.looks import CURSORS, looks
from wsgitrace.tui.painting import Run, strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

__all__ = ["Panel"]


class Panel(Widget):
    """A widget that paints lines of :class:`Run` s by itself (Textual's line API)."""

    ALLOW_SELECT = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self._styles_by_role: dict[str, Style] = {}

    def style_of(self, role: str) -> Style:
        """The look of a role in the current theme, on the background of this panel."""
        if not self._styles_by_role:
            base = self.rich_style
            found = looks(self.app.theme_variables, terminal=self.app.current_theme.ansi)
            self._styles_by_role = {name: base + style for name, style in found.items()} | {
                name: found[name] for name in CURSORS
            }
        return self._styles_by_role[role]

    def notify_style_update(self) -> None:
        """The theme or the focus changed: looks are computed anew."""
        self._styles_by_role = {}
        super().notify_style_update()

    def paint(self, runs: Sequence[Run], cells: int, *, left: int = 0) -> Strip:
        """One line, exactly ``cells`` wide."""
        return strip(runs, cells, self.style_of, left=left)

    def highlight(self, line: Strip, *, focused: bool) -> Strip:
        """The line under the cursor."""
        look = self.style_of("cursor" if focused else "cursor-blurred")
        return Strip(Segment.apply_style(line, post_style=look), line.cell_length)
