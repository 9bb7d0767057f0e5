"""The filter of the main screen: what is typed, what of it is shown, and how many requests that are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from wsgitrace.capture import ORDERS, CaptureError
from wsgitrace.named_filters import NamedFilters
from wsgitrace.query import parse
from wsgitrace.supervisor import analyse
from wsgitrace.tui.lines.request_row import Sorted
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.deleting import Choice, DeleteScreen, choices
from wsgitrace.tui.screens.empty import empty_lines
from wsgitrace.tui.screens.naming import NameScreen
from wsgitrace.tui.units import counted
from wsgitrace.tui.widgets.filter_bar import FilterBar
from wsgitrace.tui.widgets.request_list import RequestList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.timer import Timer

    from wsgitrace.capture import Counted

__all__ = ["Filtering"]

COUNT_PAUSE = 0.01
"""Seconds between two steps of a count: keys come first."""

ANALYSIS_STEP = 0.02
"""Seconds for which a file is analysed between two looks at the keys."""

SMALL_FILE = 2_000
"""Requests that nobody has analysed and that are analysed when a file is opened: a few seconds' worth."""

TYPING_PAUSE = 0.12
"""Seconds without a key after which what was typed is looked for."""


class Filtering(Commands):
    """A screen with a list of requests and a bar that filters it."""

    def __init__(self, slow: int) -> None:
        super().__init__()
        self.slow = slow
        """Nanoseconds from which on a request is slow."""
        self.named = NamedFilters()
        """The filters of the project that have a name."""
        self._filter = ""
        self._is_filter_off = False
        self._only_marked = False
        self._typing: Timer | None = None
        self._searching: Timer | None = None
        self._analysing: Timer | None = None
        self._counting: tuple[str, Iterator[Counted]] | None = None

    def on_mount(self) -> None:
        """Analyse a small file that nobody else does: its list shows what that finds."""
        capture = self.feed.capture
        behind = capture.newest() - capture.analysed_to()
        if 0 < behind <= SMALL_FILE and not (self.feed.live or capture.info().live):
            self.set_timer(COUNT_PAUSE, self._look_through)

    def _look_through(self) -> None:
        capture = self.feed.capture
        before = capture.analysed_to()
        if self.ready and before < analyse(capture, seconds=ANALYSIS_STEP):
            self.list.reload()
            self.set_timer(COUNT_PAUSE, self._look_through)

    @property
    def list(self) -> RequestList:
        """Panel 1."""
        return self.query_one("#requests", RequestList)

    @property
    def is_filtered(self) -> bool:
        """True when a filter is typed, or only what is marked is shown."""
        return bool(self._filter) or self._only_marked

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Show only what matches."""
        event.stop()
        self._filter = event.text
        self._is_filter_off = False
        if self._typing is not None:
            self._typing.stop()
        # What is typed is a filter at each letter; what it was meant to be is one when it rests.
        self._typing = self.set_timer(TYPING_PAUSE, self._apply_filter)
        if not event.text:
            self._apply_filter()

    def _apply_filter(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        text = "" if self._is_filter_off else self._filter
        if self._only_marked:
            text = f"({text}) is:marked" if text.strip() else "is:marked"
        where = parse(text, slow=self.slow, named=self.named)
        if where.text == self.list.window.text:
            return
        self._counting = None
        self.list.set_filter(where)
        self.list.empty = empty_lines(self.feed.status(), text, advice=where.advice)
        self.count_matches()
        self.show_status()

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Back to the list."""
        event.stop()
        self._apply_filter()
        self.list.focus()

    def count_matches(self) -> None:
        """Count what the filter lets through, in steps: among a million requests that takes a while."""
        window = self.list.window
        if window.steps is not None and self._searching is None:
            self._search_on()
        if window.where.everything:
            self._counting = None
            self.list.set_matches(None)
        elif (window.steps is None or not window.steps.counts) and (
            self._counting is None or self._counting[0] != window.text
        ):
            self._counting = (window.text, self.feed.capture.counting(window.where))
            self._count_on()

    def _search_on(self) -> None:
        """Look for more of what a slow filter lets through, or of what is to be in order; what is found is shown."""
        self._searching = None
        steps = self.list.window.steps
        if steps is None:
            return
        steps.advance()
        self.list.reload()
        if steps.counts and not self.list.window.where.everything:
            self.list.set_matches(len(steps))
            self._say_matches(len(steps), steps.share)
        if not steps.done:
            self._searching = self.set_timer(COUNT_PAUSE, self._search_on)

    def _count_on(self) -> None:
        if self._counting is None:
            return
        step = next(self._counting[1])
        if not step.done:
            self._say_matches(step.matches, step.share)
            self.set_timer(COUNT_PAUSE, self._count_on)
            return
        self._counting = None
        self.list.set_matches(step.matches)
        self._say_matches(step.matches, 1.0)

    def _say_matches(self, matches: int, share: float) -> None:
        analysed = None
        if self._is_behind:
            analysed = (self.feed.capture.analysed_to(), self.feed.capture.newest())
            if self._analysing is None and not (self.feed.live or self.feed.capture.info().live):
                self._analysing = self.set_timer(COUNT_PAUSE, self._analyse_on)
        self.query_one(FilterBar).say(matches, self.feed.capture.count(), share, analysed)
        if not matches:
            where = self.list.window.where
            self.list.empty = empty_lines(self.feed.status(), where.text, share, where.advice)
            self.list.refresh()

    @property
    def _is_behind(self) -> bool:
        """True when the filter asks for what analysis has yet to find."""
        capture, where = self.feed.capture, self.list.window.where
        return "finding" in where.needs and capture.analysed_to() < capture.newest()

    def _analyse_on(self) -> None:
        """Analyse a file some more that nobody else analyses."""
        self._analysing = None
        if self._is_behind:
            analyse(self.feed.capture, seconds=ANALYSIS_STEP)
            self.list.reload()
            self.count_matches()

    def action_sort(self, step: int) -> None:
        """By the next column, or the one before; behind the last, and before the first, as they came."""
        columns = self.list.columns
        names = [None, *(name for name in ORDERS if columns.has(name))]
        order = self.list.order
        now = None if order is None or order.column not in names else order.column
        self.sort_by(names[(names.index(now) + step) % len(names)])

    def action_sort_reverse(self) -> None:
        """The other way round."""
        order = self.list.order
        if not self.refused("sort_reverse") and order is not None:
            self.sort_by(order.column, descending=not order.descending)

    def sort_by(self, column: str | None, *, descending: bool | None = None) -> None:
        """In the order of a column, the way round that one wants to see first unless told; None: as they came."""
        if column is None:
            self.list.set_order(None)
        else:
            self.list.set_order(Sorted(column, ORDERS[column].descending if descending is None else descending))
        self.count_matches()
        self.show_status()

    def on_request_list_head_clicked(self, event: RequestList.HeadClicked) -> None:
        """Sort by that column; once more: the other way round."""
        event.stop()
        order = self.list.order
        again = order is not None and order.column == event.column
        if event.column == "number":
            self.sort_by(None)
        else:
            self.sort_by(event.column, descending=not order.descending if again and order is not None else None)

    def action_only_marked(self) -> None:
        """Only what is marked, of what the filter lets through, or all of it."""
        self._only_marked = not self._only_marked
        self._apply_filter()
        self.say("Only marked requests are shown." if self._only_marked else "Marked or not: both are shown.")

    def action_filter_off(self) -> None:
        """The filter off, or on again."""
        if not self.refused("filter_off"):
            self._is_filter_off = not self._is_filter_off
            self._apply_filter()
            self.query_one(FilterBar).set_class(self._is_filter_off, "-off")
            self.say("The filter is off." if self._is_filter_off else "The filter is on again.")

    def action_delete(self) -> None:
        """Choose what to delete."""
        row = self.selected
        if self.refused("delete") or row is None:
            return
        capture, window = self.feed.capture, self.list.window
        this = f"request {row.number}, {row.method} {self.shown.target(row.target)}"
        offered = choices((row.number, this), len(capture.pinned()), (window.where, self.list.matches), capture.count())
        self.app.push_screen(DeleteScreen(offered), self._delete)

    def _delete(self, choice: Choice | None) -> None:
        if choice is not None:
            self.say(f"Deleting {choice.text} …")
            self.run_worker(lambda: self._delete_now(choice), thread=True, group="delete")

    def _delete_now(self, choice: Choice) -> None:
        """Called in a thread: many take a while."""
        try:
            went = self.feed.delete(choice.where, pinned=choice.pinned)
        except CaptureError as problem:
            self.app.call_from_thread(self.say, f"That did not work: {problem}", severity="error")
            return
        self.app.call_from_thread(self._deleted, went)

    def _deleted(self, went: int) -> None:
        """What was found before is not what is there now."""
        self.list.set_filter(self.list.window.where)
        self._counting = None
        self.count_matches()
        self.say(f"{counted(went, 'request')} deleted.")

    def why_not(self, key: str) -> str:
        """A filter can be switched where there is one."""
        if key == "filter_save" and not self._filter.strip():
            return "There is no filter to save: / asks for one."
        if key == "filter_off" and not self._filter:
            return "There is no filter: / asks for one."
        if key == "sort_reverse" and self.list.order is None:
            return "The list is as requests came: < and > sort it by a column."
        return super().why_not(key)

    def add_filter(self, text: str) -> None:
        """Of what is shown, only what matches ``text``, too."""
        before = self._filter.strip()
        if before and not self._is_filter_off:
            text = f"({before}) {text}" if " OR " in before else f"{before} {text}"
        self.set_filter(text)

    def set_filter(self, text: str) -> None:
        """Show what matches ``text``, as if it had been typed."""
        bar = self.query_one(FilterBar)
        bar.set_class(False, "-off")  # noqa: FBT003 -- Textual's
        bar.put(text)

    def action_filter_save(self) -> None:
        """Ask for a name for the filter."""
        if not self.refused("filter_save"):
            self.app.push_screen(NameScreen(self._filter, self.named), self._filter_named)

    def _filter_named(self, name: str | None) -> None:
        if name:
            kept = self.named.save(name, self._filter)
            ending = "" if kept else " until you quit: it could not be written"
            self.say(f"@{name} stands for this filter{ending}.")

    def forget_filter(self, name: str) -> None:
        """Take a name away."""
        self.named.forget(name)
        self.say(f"@{name} is forgotten.")

    def clear_filter(self) -> None:
        """Show everything."""
        self._only_marked = False
        self.query_one(FilterBar).clear()
        self._filter = ""
        self._apply_filter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 -- Textual's
        """In the filter itself, its key is a character like any other."""
        return action != "filter" or not isinstance(self.focused, Input)

    def action_filter(self) -> None:
        """Ask for a text."""
        self.query_one(FilterBar).open()
