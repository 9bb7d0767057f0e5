"""Who changed this: a window over the screen, about one thing or about all that somebody had a hand in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from wsgitrace.trace.blame import Thing, all_blames, blame
from wsgitrace.tui.lines.blames import blame_rows, index_rows
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.copying import start_copying
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.trace import Trace
    from wsgitrace.tui.lines.values import Shown

__all__ = ["BlameScreen"]


class BlameScreen(Dialog[None]):
    """``enter`` on a line of the list opens that one, ``escape`` goes back; ``y`` copies the value under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", show=False),
        Binding("w", "close", "Close", show=False),
    ]

    def __init__(self, trace: Trace, shown: Shown, thing: Thing | None = None, of: str = "") -> None:
        super().__init__()
        self._of = f" in {of}" if of else ""
        self._trace = trace
        self._shown = shown
        self._thing = thing
        self._listed = thing is None

    def compose(self) -> ComposeResult:
        """The lines: they are there before the first key can come."""
        view = LineView(classes="dialog wide")
        self._fill(view)
        yield view

    def on_mount(self) -> None:
        """The keys go to the lines."""
        self.query_one(LineView).focus()

    def on_resize(self) -> None:
        """As wide as the window is now."""
        self.call_after_refresh(lambda: self._fill(self.query_one(LineView)))

    def _fill(self, view: LineView) -> None:
        if self._thing is None:
            view.border_title = label(f"Who set, changed and dropped what{self._of}")
            view.border_subtitle = label("enter opens one · esc closes")
            view.set_rows(index_rows(self._trace, all_blames(self._trace)))
        else:
            view.border_title = label(f"Who did this{self._of}: {self._thing}")
            view.border_subtitle = label("y copies · esc " + ("goes back" if self._listed else "closes"))
            found = blame(self._trace, self._thing)
            view.set_rows(blame_rows(self._trace, found, view.cells, self._shown))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """From the list to one thing."""
        event.stop()
        if isinstance(event.row.key, Thing):
            self._thing = event.row.key
            event.view.show_from_top()
            self._fill(event.view)

    def action_close(self) -> None:
        """Back to the list where that is where one came from."""
        if self._listed and self._thing is not None:
            view = self.query_one(LineView)
            before, self._thing = self._thing, None
            self._fill(view)
            view.stand_at(before)
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        """The value under the cursor to the clipboard."""
        row = self.query_one(LineView).current
        value = None if row is None else row.value
        if value is not None:
            start_copying(self.app, "value", lambda: value.encode("utf-8", "backslashreplace"))
