"""What the screens beside the main one share: numbered panels between the first line and the keys."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from wsgitrace.tui.keys import KEYS
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.tui.keys import Key
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Line, Row
    from wsgitrace.tui.widgets.line_view import LineView

__all__ = ["Panels", "show_table"]


class Panels(Commands):
    """A screen that one comes to from another, and goes back from with ``escape``."""

    panels: ClassVar[tuple[str, ...]]
    """Selectors of the widgets that the keys ``1``, ``2`` ... go to."""

    @abstractmethod
    def fill(self) -> None:
        """Show what is known, in the width that there is."""

    def show_status(self) -> None:
        """The bar goes on, and other keys may work."""
        self.query_one(TopBar).show(self.feed.status(), self.feed.totals())
        self.show_keys()

    @property
    def keys(self) -> Sequence[Key]:
        """The keys that work now."""
        return [key for key in KEYS if key.place in {"app", self.place} and not self.why_not(key.id)]

    def show_keys(self) -> None:
        """Offer them."""
        self.query_one(KeyBar).show(self.keys)

    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them."""
        self.shown = shown
        self.fill()

    def on_resize(self) -> None:
        """What is shown follows the width."""
        if self.ready:
            self.call_after_refresh(self.fill)

    def action_panel(self, number: int) -> None:
        """Go to a panel."""
        self.query_one(self.panels[number - 1]).focus()

    def action_back(self) -> None:
        """Out of zoom, or back to where one came from."""
        if self.has_class("-zoomed"):
            self.zoom_to(None)
        else:
            self.dismiss("")


def show_table(view: LineView, make: Callable[[int], tuple[Line, list[Row]]], empty: Line) -> None:
    """Show rows below the heads of their columns; ``make`` is given the cells of a line."""
    head: list[Line] = []

    def rows() -> list[Row]:
        line, made = make(view.cells)
        head.append(line)
        return made

    made = contained(rows)
    view.set_rows(made, head=head if made else (), empty=[(), empty])
