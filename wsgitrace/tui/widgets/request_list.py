"""The list of requests: a window onto the capture, selected by number."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message

from wsgitrace.tui.keys import bindings
from wsgitrace.tui.lines.request_row import Columns, Sorted, column_at, head_line, next_scale, request_line
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import Line, Run, label
from wsgitrace.tui.units import MILLI, count
from wsgitrace.tui.widgets.panel import Panel
from wsgitrace.tui.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip
    from textual.timer import Timer

    from wsgitrace.capture import Summary
    from wsgitrace.query import Filter
    from wsgitrace.tui.feed import Feed

__all__ = ["RequestList"]


_FIRST: Final = {
    "method": ("z", "a"),
    "path": ("z", "a"),
    "route": ("z", "a"),
    "view": ("z", "a"),
    "status": ("highest", "lowest"),
    "duration": ("slowest", "fastest"),
    "size": ("largest", "smallest"),
    "layers": ("most", "fewest"),
}
"""What comes first in the order of a column, descending and ascending."""


class _Look(NamedTuple):
    """What a painted row depends on beside the request."""

    columns: Columns
    scale: int
    shown: Shown
    thumb: bool


class RequestList(Panel, can_focus=True):
    """Rows by number; painting costs what is visible, whatever the capture holds."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("move")]

    class Selected(Message):
        """Another request is under the cursor, or what is known of it changed."""

        def __init__(self, summary: Summary | None) -> None:
            super().__init__()
            self.summary = summary

        def can_replace(self, message: Message) -> bool:
            """Only the last one counts."""
            return isinstance(message, RequestList.Selected)

    class Opened(Message):
        """``enter`` on a request."""

    class HeadClicked(Message):
        """A click on the head of a column."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, feed: Feed, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        self._painted: dict[int, tuple[Summary, _Look, Strip]] = {}
        super().__init__(id=id)
        self.feed = feed
        self.window = Window(feed.capture, clock=feed.now)
        self.empty: Sequence[Line] = ()
        self.shown = Shown()
        self.matches: int | None = None
        self._scale = 50 * MILLI
        self._seconds: Timer | None = None
        self._told: Summary | None = None
        self._newest = 0
        self._bounds = (0.0, 1.0)
        self._badges: dict[int, list[tuple[str, int]]] = {}
        self._watched: Mapping[int, tuple[str, str]] = {}

    # What is shown.

    def reload(self) -> None:
        """Read the visible rows again and paint them if they changed."""
        with self._changing() as window:
            window.refresh()

    def set_filter(self, where: Filter) -> None:
        """Show only what matches."""
        self.matches = None
        with self._changing() as window:
            window.set_filter(where)

    def set_order(self, order: Sorted | None) -> None:
        """Show them in the order of a column, or (None) as they came."""
        with self._changing() as window:
            if order is None:
                window.set_order(None)
            else:
                window.set_order(order.column, descending=order.descending)
        self.refresh()

    @property
    def order(self) -> Sorted | None:
        """The column that they are in the order of; None: as they came."""
        ordering = self.window.ordering
        return None if ordering is None else Sorted(ordering.column.name, ordering.descending)

    @property
    def columns(self) -> Columns:
        """Those that are shown."""
        return Columns.of(self.content_size.width - 1, self._newest, named=self.has_class("-named"))

    def set_follow(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Stay at the newest."""
        with self._changing() as window:
            window.set_follow(on)

    def set_frozen(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Hold still."""
        with self._changing() as window:
            window.set_frozen(on)

    def select(self, number: int) -> None:
        """Put the cursor on a request."""
        with self._changing() as window:
            window.select(number)

    def set_watched(self, watched: Mapping[int, tuple[str, str]]) -> None:
        """What is said of requests that are watched, by their numbers: a text and its role."""
        for number in self._watched.keys() | watched.keys():
            self._painted.pop(number, None)
        self._watched = watched
        self.refresh()

    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them."""
        self.shown = shown
        self.refresh()

    def set_matches(self, matches: int | None) -> None:
        """How many requests the filter lets through; None while that is being counted."""
        self.matches = matches
        self.describe()

    @contextmanager
    def _changing(self) -> Iterator[Window]:
        """Change what the window shows; what is otherwise then is painted, and told."""
        before = (self.window.rows, self.window.cursor)
        yield self.window
        self._after(before)

    def _after(self, before: tuple[list[Summary], int | None]) -> None:
        window = self.window
        self._scale = next_scale(window.rows, self._scale)
        self._newest = window.capture.newest()
        self._bounds = window.bounds()
        if not self.has_class("-named") and any(row.route or row.view for row in window.rows):
            self.add_class("-named")
        shown = {row.number for row in window.rows}
        for number in [number for number in self._painted if number not in shown]:
            del self._painted[number]
        badged = self._read_badges()
        if badged or before != (window.rows, window.cursor):
            self.refresh()
        current = window.current
        if current is not None and current != self._told:
            self._told = current
            self.post_message(self.Selected(current))
        elif current is None and self._told is not None and not window.rows and not window.text:
            self._told = None
            self.post_message(self.Selected(None))
        self.describe()
        self._tick_while_open()

    def _read_badges(self) -> bool:
        """What analysis has found since; True where it is something else for a visible row."""
        window = self.window
        found = window.capture.badges([row.number for row in window.rows])
        changed = [number for number in found.keys() | self._badges if found.get(number) != self._badges.get(number)]
        for number in changed:
            self._painted.pop(number, None)
        self._badges = found
        return bool(changed)

    def describe(self) -> None:
        """Say in the border what is shown."""
        window = self.window
        total = window.capture.count()
        title = f"1 Requests  {count(total)}"
        if window.text:
            shown = "…" if self.matches is None else count(self.matches)
            title = f"1 Requests  {shown} of {count(total)} match “{window.text}”"
        self.border_title = label(title)
        if window.ceiling is not None:
            newer = window.capture.newest() - window.ceiling
            self.border_subtitle = label(f"■ frozen, {count(newer)} newer (p goes on)")
        elif self.order is not None:
            self.border_subtitle = label(self._describe_order(self.order))
        elif window.follow:
            self.border_subtitle = label("▼ follow")
        else:
            self.border_subtitle = label("f follows")

    def _describe_order(self, order: Sorted) -> str:
        first = _FIRST[order.column][not order.descending]
        ordering = self.window.ordering
        share = "" if ordering is None or ordering.done else f", {ordering.share:.0%} looked at"
        return f"sorted by {order.column}, {first} first{share} · f as they come"

    def _tick_while_open(self) -> None:
        """Seconds of open requests go on although no event comes; a quiet list has no timer."""
        if self._seconds is None and any(not row.done for row in self.window.rows):
            self._seconds = self.set_timer(1.0, self._tick)

    def _tick(self) -> None:
        self._seconds = None
        if self.order is not None and self.order.column == "duration":
            self.reload()
        self.refresh()
        self._tick_while_open()

    # Moving.

    def action_move(self, lines: int) -> None:
        """Some rows down, or up."""
        with self._changing() as window:
            window.move(lines)

    def action_move_to(self, index: int) -> None:
        """The oldest (0) or the newest (-1)."""
        with self._changing() as window:
            if index == 0:
                window.to_first()
            else:
                window.to_last()

    def action_page(self, pages: int) -> None:
        """Half a page down, or up."""
        self.action_move(pages * max(1, self.window.height // 2))

    def action_shift(self, cells: int) -> None:
        """Rows fit: there is nothing to the side."""

    def action_fold(self) -> None:
        """Nothing folds here."""

    def action_open(self) -> None:
        """Go into the selected request."""
        if self.window.current is not None:
            self.post_message(self.Opened())

    def _wheel(self, lines: int) -> None:
        with self._changing() as window:
            window.scroll(lines)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the page."""
        event.stop()
        self._wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the page."""
        event.stop()
        self._wheel(-3)

    def on_click(self, event: events.Click) -> None:
        """A click selects, a second one opens."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y == 0 and (column := column_at(self.columns, offset.x)):
            self.post_message(self.HeadClicked(column))
        if offset is not None and 0 < offset.y <= len(self.window.rows):
            self.select(self.window.rows[offset.y - 1].number)
            if event.chain > 1:
                self.action_open()

    def on_resize(self) -> None:
        """Read as many rows as fit."""
        with self._changing() as window:
            window.resize(self.content_size.height - 1)
        self.refresh()

    def on_focus(self) -> None:
        """The cursor shows where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor recedes."""
        self.refresh()

    # Painting.

    def notify_style_update(self) -> None:
        """Other colours: nothing that is painted holds."""
        self._painted.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        cells = self.content_size.width
        rows = self.window.rows
        if not rows:
            return self.paint(self.empty[y] if y < len(self.empty) else (), cells)
        if y > len(rows):
            return self.paint((), cells)
        columns = self.columns
        if y == 0:
            return self.paint(head_line(columns, self._scale, self.order), cells)
        row = rows[y - 1]
        strip = self._paint_row(row, _Look(columns, self._scale, self.shown, self._is_thumb(y)), cells)
        if row.number == self.window.cursor:
            strip = self.highlight(strip, focused=self.has_focus)
        return strip

    def _paint_row(self, row: Summary, look: _Look, cells: int) -> Strip:
        """A row that ended stays as it was painted, wherever on the screen it goes."""
        painted = self._painted.get(row.number)
        if painted is not None and row.done and painted[0] == row and painted[1] == look:
            return painted[2]
        badges, watched = self._badges.get(row.number, ()), self._watched.get(row.number)
        runs = request_line(row, look.columns, look.scale, self.feed.now(), look.shown, badges, watched)
        strip = self.paint((*runs, Run("▐" if look.thumb else " ", "faint")), cells)
        self._painted[row.number] = (row, look, strip)
        return strip

    def _is_thumb(self, y: int) -> bool:
        """Whether the mark at the right edge, where in the whole list the page is, covers a line."""
        first, last = self._bounds
        height = self.window.height
        top = min(int(first * height), height - 1)
        return last - first < 1 and top <= y - 1 < max(top + 1, round(last * height))
