"""What every painted panel shares: roles become styles of the current theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from wsgitrace.tui.painting import ROLES, Run, strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

__all__ = ["Panel"]


class Panel(Widget):
    """A widget that paints lines of :class:`Run` s by itself (Textual's line API)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"panel--{role}" for role in ROLES),
        "panel--cursor",
        "panel--cursor-blurred",
        "panel--thumb",
    }
    ALLOW_SELECT = True

    def style_of(self, role: str) -> Style:
        """The look of a role in the current theme."""
        styles: dict[str, Style] = self.__dict__.setdefault("_styles_by_role", {})
        style = styles.get(role)
        if style is None:
            style = self.rich_style + self.get_component_rich_style(f"panel--{role}", partial=True)
            styles[role] = style
        return style

    def notify_style_update(self) -> None:
        """The theme or the focus changed: looks are computed anew."""
        self.__dict__.pop("_styles_by_role", None)
        super().notify_style_update()

    def paint(self, runs: Sequence[Run], cells: int, *, left: int = 0) -> Strip:
        """One line, exactly ``cells`` wide."""
        return strip(runs, cells, self.style_of, left=left)

    def highlight(self, line: Strip, *, focused: bool) -> Strip:
        """The line under the cursor."""
        name = "panel--cursor" if focused else "panel--cursor-blurred"
        look = self.get_component_rich_style(name, partial=True)
        return Strip(Segment.apply_style(line, post_style=look), line.cell_length)
