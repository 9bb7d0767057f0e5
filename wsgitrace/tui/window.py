"""The rows of the request list that are on the screen, read by number from the capture; nothing else is kept.

A list of 1,000,000 requests costs what a page costs: the window knows the number of its first row and the number
under the cursor, never a row index, so rows may come, change and be evicted around it. Rows are in the order in which
they came, the oldest first, or in that of a column.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wsgitrace.query import Filter, parse
from wsgitrace.tui.matches import Matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture, Ordering, Summary

__all__ = ["Window"]

PATIENCE: Final = 0.05
"""Seconds that a page may take; a filter that takes longer is looked for in steps from then on."""


class Window:
    """A view of a capture's summaries."""

    def __init__(self, capture: Capture, height: int = 1, clock: Callable[[], int] = int) -> None:
        self.capture = capture
        self._clock = clock
        self.height = height
        """Rows that fit."""
        self.where: Filter = parse("")
        """The filter."""
        self.matches: Matches | None = None
        """What a slow filter has let through so far; None where pages come at once."""
        self.ordering: Ordering | None = None
        """The order of a column; None: rows are in the order in which they came."""
        self.ceiling: int | None = None
        """Newest number shown while the display is frozen; None when it is not."""
        self.follow = True
        """Stay at the newest."""
        self.rows: list[Summary] = []
        """What is on the screen, from the top."""
        self.cursor: int | None = None
        """Number of the selected exchange."""
        self._is_at_top = False
        self._is_untouched = True
        self._followed = False

    @property
    def text(self) -> str:
        """The filter as text, empty for everything."""
        return self.where.text

    @property
    def steps(self) -> Ordering | Matches | None:
        """What is still made in steps, or was; None where pages come at once."""
        return self.matches if self.ordering is None else self.ordering

    @property
    def current(self) -> Summary | None:
        """The selected row, where it is on the screen."""
        return next((row for row in self.rows if row.number == self.cursor), None)

    @property
    def cursor_index(self) -> int | None:
        """Where on the screen the cursor is."""
        return next((index for index, row in enumerate(self.rows) if row.number == self.cursor), None)

    def refresh(self) -> None:
        """Read again what is on the screen, and what has come since."""
        if self.steps is not None and self.ceiling is None:
            self.steps.catch_up()
        if self.ordering is not None and (self._is_at_top or not self.rows):
            self.rows = self._newer(None, self.height)
            self.cursor = self.rows[0].number if self.rows else None
            # What comes once all is in order comes around the rows that are shown.
            self._is_at_top = not self.ordering.done
        elif self.follow or not self.rows:
            self._show_last()
            if self.follow and self.rows:
                self.cursor = self.rows[-1].number
        else:
            self._show_from(self.rows[0].number)
        self._find_cursor()

    def set_filter(self, where: Filter) -> None:
        """Show other rows; the selection stays where it can."""
        self.where = where
        self.matches = None
        keep = self.cursor
        if self.ordering is not None:
            self._put_in_order(self.ordering.column.name, descending=self.ordering.descending)
        elif self.follow or keep is None:
            self._show_last()
            self.cursor = self.rows[-1].number if self.follow and self.rows else keep
        else:
            self._show_around(keep)
        self._find_cursor()

    def set_order(self, column: str | None, *, descending: bool = False) -> None:
        """Show the rows in the order of a column, from its first, or (None) as they came.

        Nothing is followed then; where it was before, it is again when no other row was selected meanwhile.
        """
        if column is None:
            self.ordering = None
            self.follow = self._followed and self._is_untouched
            self.refresh()
            if not self.follow and self.cursor is not None:
                self._show_around(self.cursor)
            return
        if self.ordering is None:
            self._followed = self.follow
        self.follow = False
        self._put_in_order(column, descending=descending)

    def _put_in_order(self, column: str, *, descending: bool) -> None:
        self.matches = None
        self.ordering = self.capture.ordered(column, self.where, descending=descending, clock=self._clock)
        self.ordering.advance()
        self._is_at_top = self._is_untouched = True
        self.refresh()

    def set_follow(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Stay at the newest, or where it is."""
        self.follow = on
        if on:
            self.ordering = None
            self.ceiling = None
            self.refresh()

    def set_frozen(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Show nothing newer than now, or everything again."""
        self.ceiling = self.capture.newest() if on else None
        if on:
            self.follow = False
        self.refresh()

    def resize(self, height: int) -> None:
        """Another number of rows fits; the cursor stays in view."""
        self.height = max(1, height)
        self.refresh()
        if not self.follow and self.cursor is not None and self.cursor_index is None:
            self._show_around(self.cursor)

    def select(self, number: int) -> None:
        """Put the cursor on a number and bring it into view."""
        self._stay()
        self.cursor = number
        if self.cursor_index is None:
            self._show_around(number)
            self._find_cursor()

    def move(self, lines: int) -> None:
        """Move the cursor by some rows, down or (negative) up."""
        index = self.cursor_index
        if index is None or self.cursor is None:
            self.scroll(0)
            return
        self._stay()
        target = index + lines
        if 0 <= target < len(self.rows):
            self.cursor = self.rows[target].number
        elif lines > 0:
            beyond = self._newer(self.cursor, lines)
            if beyond:
                self.cursor = beyond[-1].number
                self.rows = self._older(self.cursor, self.height, inclusive=True)
        else:
            beyond = self._older(self.cursor, -lines)
            if beyond:
                self.cursor = beyond[0].number
                self._show_from(self.cursor)

    def to_first(self) -> None:
        """The first row."""
        self._stay()
        self.rows = self._newer(None, self.height)
        self.cursor = self.rows[0].number if self.rows else None

    def to_last(self) -> None:
        """The last row."""
        self._is_at_top = False
        self._show_last()
        self.cursor = self.rows[-1].number if self.rows else None

    def scroll(self, lines: int) -> None:
        """Move the page, the cursor only when it would leave the screen."""
        if not self.rows:
            return
        self._stay()
        if lines > 0:
            beyond = self._newer(self.rows[-1].number, lines)
            self.rows = (self.rows + beyond)[-self.height :] if beyond else self.rows
        elif lines < 0:
            beyond = self._older(self.rows[0].number, -lines)
            self.rows = (beyond + self.rows)[: self.height] if beyond else self.rows
        if self.cursor is None or self.cursor_index is None:
            below = self.cursor is not None and self.cursor > self.rows[-1].number
            if self.ordering is not None:
                below = lines < 0
            self.cursor = self.rows[-1 if below else 0].number

    def _stay(self) -> None:
        """Somebody chose where to be."""
        self.follow = self._is_at_top = self._is_untouched = False

    def bounds(self) -> tuple[float, float]:
        """About where the first and the last row on the screen are among all, 0 to 1; in another order unknown."""
        if len(self.rows) < self.height or self.ordering is not None:
            return 0.0, 1.0
        first = self.capture.oldest() or 1
        newest = max(self.ceiling or self.capture.newest(), self.rows[-1].number)
        span = max(1, newest + 1 - first)
        return (self.rows[0].number - first) / span, (self.rows[-1].number + 1 - first) / span

    def _find_cursor(self) -> None:
        """The selected exchange may be gone, evicted or filtered out: then the nearest newer one on the screen is."""
        if not self.rows:
            self.cursor = None
        elif self.cursor is None:
            self.cursor = self.rows[-1].number
        elif self.cursor_index is None and (not self.where.everything or self.capture.summary(self.cursor) is None):
            newer = [row.number for row in self.rows if row.number > self.cursor and self.ordering is None]
            self.cursor = newer[0] if newer else self.rows[-1 if self.ordering is None else 0].number

    def _show_last(self) -> None:
        self.rows = self._older(None, self.height)

    def _show_from(self, number: int) -> None:
        self.rows = self._newer(number, self.height, inclusive=True)
        if len(self.rows) < self.height:
            self._show_last()

    def _show_around(self, number: int) -> None:
        before = self._older(number, self.height // 2)
        self._show_from(before[0].number if before else number)

    def _older(self, before: int | None, limit: int, *, inclusive: bool = False) -> list[Summary]:
        """Up to ``limit`` rows right above that of a number; None: the last ones."""
        if self.ordering is not None:
            return self.ordering.before(before, limit, inclusive=inclusive)
        if before is not None:
            before += inclusive
        if self.ceiling is not None:
            before = self.ceiling + 1 if before is None else min(before, self.ceiling + 1)
        if self.matches is None:
            rows = self._page(before, None, limit)
            if rows is not None:
                return rows[::-1]
        return self._slow().older(before, limit)

    def _newer(self, after: int | None, limit: int, *, inclusive: bool = False) -> list[Summary]:
        """Up to ``limit`` rows right below that of a number; None: the first ones."""
        if self.ordering is not None:
            return self.ordering.behind(after, limit, inclusive=inclusive)
        after = 0 if after is None else after - inclusive
        found = self._page(None, after, limit) if self.matches is None else None
        rows = self._slow().newer(after, limit) if found is None else found
        return rows if self.ceiling is None else [row for row in rows if row.number <= self.ceiling]

    def _slow(self) -> Matches:
        if self.matches is None:
            self.matches = Matches(self.capture, self.where)
            self.matches.advance()
        return self.matches

    def _page(self, before: int | None, after: int | None, limit: int) -> list[Summary] | None:
        """A page in the direction of the search; None where it takes too long for a key to wait."""
        if self.where.everything:
            rows = self.capture.page(before=before, after=after, limit=limit)
            return rows if after is None else rows[::-1]
        began, rows = time.perf_counter(), []
        for step in self.capture.search(self.where, before=before, after=after, limit=limit):
            rows += step.rows
            if step.done:
                return rows
            if time.perf_counter() - began > PATIENCE:
                break
        return None
