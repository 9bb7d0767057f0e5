"""Lines with a cursor: the base of every panel but the request list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message
from textual.strip import Strip

from wsgitrace.tui.keys import bindings
from wsgitrace.tui.painting import LazyRows, Line, Row, line_text
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size
    from textual.selection import Selection

__all__ = ["LineView", "Place"]


_USUAL_CELLS: Final = 60


class Place(NamedTuple):
    """Where one is among lines."""

    cursor: int
    top: int
    left: int


class LineView(Panel, can_focus=True):
    """Shows :class:`Row` s. Only the visible ones are painted: a body of 100,000 lines costs what a page does."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("move")]
    stops_at_keys: ClassVar[bool] = False
    """True: the cursor stands only on rows that have a key."""
    sticks_to_end = False
    """True: while the cursor is on the last row it stays on the last row."""

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, view: LineView, row: Row | None) -> None:
            super().__init__()
            self.view = view
            self.row = row

    class Opened(Message):
        """``enter`` on a row."""

        def __init__(self, view: LineView, row: Row) -> None:
            super().__init__()
            self.view = view
            self.row = row

    class Folded(Message):
        """``space`` on a row that belongs to a fold."""

        def __init__(self, view: LineView, row: Row) -> None:
            super().__init__()
            self.view = view
            self.row = row

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[Row] = ()
        self.head: Sequence[Line] = ()
        self.empty: Sequence[Line] = ()
        self.cursor = 0
        self.top = 0
        self.left = 0
        self._height = 0
        self._page = 1

    # What is shown.

    def set_rows(self, rows: Sequence[Row], *, head: Sequence[Line] = (), empty: Sequence[Line] = ()) -> None:
        """Show other rows; the cursor stays on its key. ``head`` does not scroll; ``empty`` is shown without rows."""
        if rows == self.rows and head == self.head and empty == self.empty:
            return
        row = self.current
        key = None if row is None else row.key
        height = self._height
        self._height = len(rows) + len(head) if rows else len(head) + len(empty)
        at_end = self.sticks_to_end and self.cursor >= len(self.rows) - 1
        self.rows, self.head, self.empty = rows, head, empty
        offset = self.cursor - self.top
        if at_end:
            self.cursor = max(0, len(rows) - 1)
        elif key is not None:
            found = _find(rows, key)
            self.cursor = self.cursor if found is None else found
        self.cursor = self._stop(min(self.cursor, len(rows) - 1), 1)
        # What comes above the first line is seen where that line was.
        self.top = max(0, self.cursor - offset) if self.top else 0
        self._keep_in_view()
        self.refresh(layout=self._height != height and self.styles.auto_dimensions)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are, where the stylesheet leaves the height open."""
        del container, viewport, width
        return self._height

    def show_from_top(self) -> None:
        """Put cursor and scrolling back to the beginning."""
        self.cursor = self._stop(0, 1)
        self.top = self.left = 0
        self.refresh()

    @property
    def place(self) -> Place:
        """Where cursor and scrolling are."""
        return Place(self.cursor, self.top, self.left)

    def go_to_place(self, place: Place | None) -> None:
        """Put cursor and scrolling where they were; without a place to the beginning, or where it sticks."""
        if place is not None:
            self.cursor, self.top, self.left = place
        elif self.sticks_to_end:
            self.cursor, self.top, self.left = max(0, len(self.rows) - 1), 0, 0
        else:
            self.cursor = self.top = self.left = 0
        self.cursor = self._stop(self.cursor, 1)
        self._keep_in_view()
        self.refresh()

    def stand_at(self, key: Hashable) -> None:
        """Put the cursor on the row with ``key``, where there is one, without telling anybody."""
        index = _find(self.rows, key)
        if index is not None and index != self.cursor:
            self.cursor = index
            self._keep_in_view()
            self.refresh()

    def select_key(self, key: Hashable) -> bool:
        """Put the cursor on the row with ``key``; False when there is none."""
        index = _find(self.rows, key)
        if index is not None:
            self._go(index)
        return index is not None

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def cells(self) -> int:
        """Cells that a line has; a guess while nothing is laid out."""
        return self.content_size.width or _USUAL_CELLS

    @property
    def page_height(self) -> int:
        """Rows that fit."""
        return max(1, self.content_size.height - len(self.head))

    # Moving.

    def _stop(self, index: int, direction: int) -> int:
        """The nearest row from ``index`` on where the cursor may stand."""
        index = max(0, min(index, len(self.rows) - 1))
        if not self.stops_at_keys or not self.rows:
            return index
        for way in (direction, -direction):
            at = index
            while 0 <= at < len(self.rows):
                if self.rows[at].key is not None:
                    return at
                at += way
        return index

    def _keep_in_view(self) -> None:
        height = self.page_height
        self.top = max(0, min(self.top, self.cursor, len(self.rows) - height))
        self.top = max(self.top, self.cursor - height + 1)
        if self.stops_at_keys and self.cursor == self._stop(0, 1):
            self.top = 0

    def _go(self, index: int, direction: int = 1) -> None:
        before = self.cursor
        self.cursor = self._stop(index, direction)
        self._keep_in_view()
        self.refresh()
        if self.cursor != before:
            self.post_message(self.Moved(self, self.current))

    def action_move(self, lines: int) -> None:
        """Some lines down, or up."""
        before = self.cursor
        self._go(self.cursor + lines, 1 if lines > 0 else -1)
        if self.cursor == before:
            self._scroll(lines)

    def action_move_to(self, index: int) -> None:
        """To a line counted from the start, or from the end when negative."""
        self._go(index if index >= 0 else len(self.rows) + index, 1 if index >= 0 else -1)

    def action_page(self, pages: int) -> None:
        """Half a page down, or up."""
        lines = pages * max(1, self.page_height // 2)
        self._scroll(lines)
        self._go(self.cursor + lines, pages)

    def action_shift(self, cells: int) -> None:
        """Scroll long lines sideways."""
        self.left = max(0, self.left + cells)
        self.refresh()

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if (row := self.current) is not None:
            self.post_message(self.Opened(self, row))

    def action_fold(self) -> None:
        """Fold or unfold at the cursor."""
        if (row := self.current) is not None:
            self.post_message(self.Folded(self, row))

    def _scroll(self, lines: int) -> None:
        self.top = max(0, min(self.top + lines, len(self.rows) - self.page_height))
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the page, not the cursor."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the page, not the cursor."""
        event.stop()
        self._scroll(-3)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second one opens."""
        offset = event.get_content_offset(self)
        if offset is None or (index := self.top + offset.y - len(self.head)) >= len(self.rows) or offset.y < 0:
            return
        if offset.y >= len(self.head) and (not self.stops_at_keys or self.rows[index].key is not None):
            self._go(index)
            if event.chain > 1:
                self.action_open()

    def on_resize(self) -> None:
        """Keep the cursor visible. Room that is gained shows what was above first: it may be the first room at all."""
        self.top = max(0, self.top - max(0, self.page_height - self._page))
        self._page = self.page_height
        self._keep_in_view()
        self.refresh()

    def on_focus(self) -> None:
        """The cursor shows where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor recedes."""
        self.refresh()

    # Painting.

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        cells = self.content_size.width
        if y < len(self.head):
            return self.paint(self.head[y], cells)
        if not self.rows:
            line = y - len(self.head)
            return self.paint(self.empty[line] if line < len(self.empty) else (), cells)
        # Rows may have come while the panel had no height yet: never leave room below while there are rows above.
        self.top = max(0, min(self.top, len(self.rows) - self.page_height))
        index = self.top + y - len(self.head)
        if index >= len(self.rows):
            return self.paint((), cells)
        row = self.rows[index]
        strip = self.paint(row.runs, cells, left=self.left)
        if index == self.cursor and (self.has_focus or self.stops_at_keys):
            strip = self.highlight(strip, focused=self.has_focus)
        return self._selected(strip, index).apply_offsets(self.left, index)

    def _selected(self, strip: Strip, index: int) -> Strip:
        """Mark what the mouse has selected."""
        selection = self.text_selection
        span = None if selection is None else selection.get_span(index)
        if span is None:
            return strip
        start, end = span
        first = max(0, start - self.left)
        last = strip.cell_length if end == -1 else max(first, min(end - self.left, strip.cell_length))
        style = self.screen.get_component_rich_style("screen--selection")
        middle = strip.crop(first, last).apply_style(style)
        return Strip.join([strip.crop(0, first), middle, strip.crop(last, strip.cell_length)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that the mouse has selected."""
        return selection.extract("\n".join(line_text(row.runs) for row in self.rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Paint the selection."""
        del selection
        self.refresh()


def _find(rows: Sequence[Row], key: Hashable) -> int | None:
    """Where the row with a key is."""
    if isinstance(rows, LazyRows):
        return rows.find(key)
    return next((index for index, row in enumerate(rows) if row.key == key), None)
