"""The main screen: requests, the layers of one, and an inspector of one pass."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec import structs
from textual.containers import Container
from textual.widgets import Input

from wsgitrace.tui.comparing import Ignored
from wsgitrace.tui.keys import KEYS, TYPING, bindings
from wsgitrace.tui.lines.failure import failure_rows
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.blaming import BlamingInspected
from wsgitrace.tui.screens.empty import empty_lines
from wsgitrace.tui.screens.exporting import Exporting
from wsgitrace.tui.screens.filtering import Filtering
from wsgitrace.tui.screens.statistics import StatisticsScreen
from wsgitrace.tui.screens.watching import Watching
from wsgitrace.tui.subject import Subject, read_subject
from wsgitrace.tui.widgets.banner import Banner, banner_lines
from wsgitrace.tui.widgets.filter_bar import FilterBar
from wsgitrace.tui.widgets.inspector import BODIES, CONSOLE, TABS, Inspector
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.layer_tree import LayerTree
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.request_list import RequestList
from wsgitrace.tui.widgets.too_small import TooSmall
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from wsgitrace.capture import Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.query import Filter
    from wsgitrace.trace import Trace
    from wsgitrace.tui.feed import Feed, Status
    from wsgitrace.tui.lines.values import Shown

__all__ = ["MainScreen"]

LOAD_SHARE = 4
"""Reading a request again waits this many times as long as the last reading took: the keys come first."""

LEAST_WAIT = 0.02
"""Seconds from a movement of the cursor to reading what is under it."""

FOLLOW_WAIT = 0.25
"""Seconds between two readings while the newest request is followed: more often nobody can read."""

BAR_KEYS: Final = {
    "requests": (
        *("replay", "step", "continue", "continue_all", "filter", "filter_off", "hold_next", "follow", "sort_right"),
        *("pin", "statistics", "freeze", "console", "copy"),
    ),
    "layers": ("open", "fold", "step", "continue", "break_here", "replay", "source", "copy", "zoom", "hold_next"),
    "tab-lines": ("tab_previous", "tab_next", "who", "open", "fold", "copy", "zoom", "console", "back"),
}
"""Ids of the keys that the key bar offers in each panel, most wanted first."""

NOTE_SECONDS = 30
"""Seconds for which a note is shown; ``escape`` takes it away at once."""

OUTPUT_LINES = 500
"""Lines in the console of all requests."""


class MainScreen(BlamingInspected, Exporting, Filtering, Watching):
    """Where one is after the start."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("main")]
    AUTO_FOCUS = "#requests"

    def __init__(self, feed: Feed, shown: Shown, slow: int) -> None:
        super().__init__(slow)
        self.feed = feed
        self.shown = shown
        self.ignored = Ignored()
        self.watches = {}
        self.wanted: Summary | None = None
        self.subject: Subject | None = None
        self._loading: Timer | None = None
        self._next_load = 0.0
        self._status: Status | None = None
        self._read_note = ""

    def compose(self) -> ComposeResult:
        """The bar, the panels, the keys."""
        yield TopBar()
        yield Banner()
        with Container(id="body"):
            yield RequestList(self.feed, id="requests").add_class("frame")
            with Container(id="details", classes="shelf"):
                yield LayerTree(id="layers", classes="frame")
                yield Inspector(id="inspector", classes="frame")
            yield LineView(id="failure", classes="frame")
        yield FilterBar(self.feed.capture.seen, self.named)
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Show what is there already."""
        self.list.set_shown(self.shown)
        self.passes.set_shown(self.shown)
        self.inspector.set_shown(self.shown)
        self.ready = True
        self._show_subject()
        self.take_held_as_known()
        self.call_after_refresh(self.announce_breakpoints)
        self.feed_changed()

    @property
    def passes(self) -> LayerTree:
        """Panel 2."""
        return self.query_one("#layers", LayerTree)

    @property
    def inspector(self) -> Inspector:
        """Panel 3."""
        return self.query_one("#inspector", Inspector)

    @property
    def selected(self) -> Summary | None:
        """The request that commands are about."""
        return self.wanted

    @property
    def let_through(self) -> tuple[Filter, int | None]:
        """What the list shows."""
        return self.list.window.where, self.list.matches

    @property
    def selected_layer(self) -> LayerFound | None:
        """That of the pass under the cursor, at the place in its source that a line of the inspector is about."""
        layer = None if self.subject is None else self.subject.span(self.passes.span).layer
        row = self.inspector.view.current if layer is not None and self.inspector.view.has_focus else None
        if layer is None or row is None or row.place is None:
            return layer
        file, line = row.place
        return structs.replace(layer, file=file, line=line)

    @property
    def shown_trace(self) -> Trace | None:
        """The trace that rows are about."""
        return None if self.subject is None else self.subject.trace

    @property
    def is_loading(self) -> bool:
        """True while a request is under the cursor that is not shown yet."""
        return self._loading is not None

    # What changes.

    def feed_changed(self) -> None:
        """Something may have changed: look, and paint what did."""
        self.show_status()
        self.list.reload()
        replay = self.announce_replay()
        if replay is not None and not self.list.window.follow:
            self.list.select(replay)
        caught = self.caught()
        if caught is not None:
            self.list.select(caught)
        self.announce_hunt()
        self.announce_held([row.number for row in self.list.window.rows])
        self.count_matches()
        if self.inspector.everything:
            self._read_output()

    def show_status(self) -> None:
        """The bar, the banner, the empty states."""
        status = self.feed.status()
        self.query_one(TopBar).show(status, self.feed.totals())
        if status != self._status:
            if status.note and (self._status is None or self._status.note != status.note):
                self.set_timer(NOTE_SECONDS, lambda: self._hide_note(status.note))
            self._status = status
            self._show_banner()
            self.set_class(status.phase == "import failed", "-import-failed")
            failure = self.query_one("#failure", LineView)
            failure.border_title = label("Import failed")
            failure.border_subtitle = label("retries on the next save")
            failure.set_rows(failure_rows(status, self.shown))
            where = self.list.window.where
            self.list.empty = empty_lines(status, where.text, advice=where.advice)
            self.list.refresh()
        self.show_keys()

    def _show_banner(self) -> None:
        status = self._status
        if status is not None:
            news = replace(status, note="") if status.note == self._read_note else status
            self.query_one(Banner).show(banner_lines(news, self.shown))

    def _hide_note(self, note: str) -> None:
        """A note stays until it can be taken for read."""
        self._read_note = note
        self._show_banner()

    def show_keys(self) -> None:
        """Offer the keys that work now."""
        if isinstance(self.focused, Input):
            self.query_one(KeyBar).show([key for key in TYPING if not self.why_not(key.id)])
            return
        keys = [key for key in KEYS if key.place in {"app", "main", "move"} and not self.why_not(key.id)]
        panel = "" if self.focused is None else self.focused.id or ""
        self.query_one(KeyBar).show(keys, BAR_KEYS.get(panel, BAR_KEYS["requests"]))

    def on_descendant_focus(self) -> None:
        """Other keys are of use in another panel."""
        if self.ready:
            self.show_keys()

    def on_request_list_selected(self, event: RequestList.Selected) -> None:
        """Read what is under the cursor, soon, and not more often than there is time for."""
        event.stop()
        self.wanted = event.summary
        self.show_keys()
        if self._loading is None:
            wait = max(LEAST_WAIT, self._next_load - time.monotonic())
            self._loading = self.set_timer(wait, self._load)

    def _load(self) -> None:
        self._loading = None
        started = time.monotonic()
        self.subject = None if self.wanted is None else read_subject(self.feed.capture, self.wanted)
        self._show_subject()
        took = time.monotonic() - started
        least = FOLLOW_WAIT if self.list.window.follow else 0.0
        self._next_load = time.monotonic() + max(least, LOAD_SHARE * took)

    def load_now(self) -> None:
        """Read at once what is under the cursor: for what was asked before there was time to."""
        if self._loading is not None:
            self._loading.stop()
            self._load()

    def _show_subject(self) -> None:
        heading = "" if self.subject is None else self._heading(self.subject)
        self.passes.show(self.subject, heading)
        self._show_span()

    def _heading(self, subject: Subject) -> str:
        return f"#{subject.number} {subject.summary.method} {self.shown.target(subject.summary.target)}"

    def _show_span(self) -> None:
        subject = self.subject
        span = None if subject is None else subject.span(self.passes.span)
        self.inspector.show(subject, span, "" if span is None else span.name)

    def on_layer_tree_chosen(self, event: LayerTree.Chosen) -> None:
        """The inspector is about the pass under the cursor."""
        event.stop()
        self._show_span()

    def on_request_list_opened(self, event: RequestList.Opened) -> None:
        """``enter`` on a request goes to its layers."""
        event.stop()
        self.action_panel(2)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter`` on a layer goes to the inspector, on a broken rule to its event, on a line to its whole value."""
        event.stop()
        key = event.row.key
        if event.view is self.passes:
            self.action_panel(3)
        elif isinstance(key, tuple) and key[:2] == ("fault", "rules") and isinstance(key[-1], int):
            self.step_from(key[-1])
        else:
            self.show_value(event.row)

    def go_to(self, number: int) -> None:
        """Put the cursor on a request by its number, out of the filter where that leaves it out."""
        if self.feed.capture.summary(number) is None:
            self.say(f"There is no request {number}.", severity="warning")
            return
        self.list.select(number)
        if self.list.window.cursor != number:
            self.clear_filter()
            self.list.select(number)
        self.action_panel(1)

    def on_inspector_console_wanted(self, event: Inspector.ConsoleWanted) -> None:
        """Read the output of all."""
        event.stop()
        self._read_output()

    def _read_output(self) -> None:
        if self.inspector.everything:
            self.inspector.show_output(self.feed.capture.output(limit=OUTPUT_LINES))

    # Actions of this screen; those that command the feed are in Commands, those of the filter in Filtering.

    def action_panel(self, number: int) -> None:
        """Go to a panel."""
        panels: dict[int, Widget] = {1: self.list, 2: self.passes, 3: self.inspector.view}
        if self.has_class("-import-failed") and number > 1:
            self.query_one("#failure").focus()
            return
        self.set_class(number == 3, "-inspecting")  # noqa: PLR2004 -- the inspector's number
        if self.has_class("-zoomed"):
            self.zoom_to(panels[number])
        panels[number].focus()

    def action_tab_next(self) -> None:
        """The next tab."""
        self.add_class("-inspecting")
        self.inspector.choose_tab(self.inspector.tab + 1)

    def action_tab_previous(self) -> None:
        """The previous tab."""
        self.add_class("-inspecting")
        self.inspector.choose_tab((self.inspector.tab - 1) % len(TABS))

    def action_console(self) -> None:
        """The console; from there, of all requests or of this one."""
        if self.inspector.tab == CONSOLE:
            self.inspector.toggle_everything()
        else:
            self.inspector.choose_tab(CONSOLE)
        self.action_panel(3)

    def why_not(self, key: str) -> str:
        """As for every screen; a body is loaded where one is shown."""
        if key == "load_body" and TABS[self.inspector.tab] not in BODIES:
            return "Bodies are on the tabs Request and Response."
        return super().why_not(key)

    def action_load_body(self) -> None:
        """Show the whole body."""
        self.load_now()
        if not self.refused("load_body"):
            self.inspector.load_whole()

    def action_back(self) -> None:
        """Out of zoom, out of the filter, back to the list, in this order."""
        if self.has_class("-zoomed"):
            self.zoom_to(None)
        elif self.is_filtered:
            self.clear_filter()
        elif self._status is not None:
            self._hide_note(self._status.note)
        self.action_panel(1)

    def action_follow(self) -> None:
        """Stay at the newest, or where it is."""
        self.list.set_follow(not self.list.window.follow)

    def action_statistics(self) -> None:
        """Figures of what the filter lets through; what is chosen there comes back as a filter."""
        self.app.push_screen(StatisticsScreen(self.feed, self.list.window.where, self.shown), self._filter_further)

    def leave_hunt(self, answer: str | None) -> None:
        """To a replay, or to all of them."""
        if answer and answer.startswith("/"):
            self.set_filter(answer.removeprefix("/"))
            self.action_panel(1)
        elif answer:
            self.go_to(int(answer))

    def _filter_further(self, text: str | None) -> None:
        if text:
            self.add_filter(text)
            self.action_panel(1)

    def action_freeze(self) -> None:
        """Hold the display still, or go on."""
        self.list.set_frozen(self.list.window.ceiling is None)

    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them."""
        self.shown = shown
        self.list.set_shown(shown)
        self.passes.set_shown(shown)
        self.inspector.set_shown(shown)
        self._show_subject()
        self._status = None
        self.show_status()
