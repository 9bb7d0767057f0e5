"""Figures of what the filter lets through: by route with status and time, and by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from wsgitrace.capture.figures import pattern_of
from wsgitrace.capture.tally import Tally
from wsgitrace.supervisor import analyse
from wsgitrace.tui.keys import Place, bindings
from wsgitrace.tui.lines.figures import SORTS, layer_lines, route_lines
from wsgitrace.tui.painting import Run, label
from wsgitrace.tui.screens.panels import Panels, show_table
from wsgitrace.tui.units import count, counted
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.too_small import TooSmall
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from wsgitrace.events import LayerFound
    from wsgitrace.query import Filter
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown

__all__ = ["StatisticsScreen"]

_PAUSE = 0.01
"""Seconds between two steps of the count: keys come first."""

_RECOUNT_PAUSE = 0.05
"""The same while all is counted once more: as long as the oldest go, that never ends."""

ANALYSIS_STEP = 0.02
"""Seconds for which a file is analysed between two looks at the keys."""

_STEPS_A_PAINT = 8
"""Steps of the count between two paintings: sorting thousands of routes is no less work than a step."""


class StatisticsScreen(Panels):
    """Counts while one looks, and goes on as more is recorded. Answers with a filter to go back with, or with ""."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("stats")]
    AUTO_FOCUS = "#stats-routes"
    place: ClassVar[Place] = "stats"
    panels = ("#stats-routes", "#stats-layers")

    def __init__(self, feed: Feed, where: Filter, shown: Shown) -> None:
        super().__init__()
        self.feed = feed
        self.shown = shown
        self.tally = Tally(feed.capture, where)
        self.sort = SORTS[0]
        self._counting: Timer | None = None
        self._step = 0

    @property
    def selected(self) -> None:
        """No request is."""
        return

    @property
    def selected_layer(self) -> LayerFound | None:
        """No layer of a request is."""
        return None

    def compose(self) -> ComposeResult:
        """Routes above, layers below."""
        yield TopBar()
        yield LineView(id="stats-routes", classes="frame")
        yield LineView(id="stats-layers", classes="frame")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin to count."""
        self.ready = True
        self.show_status()
        self.fill()
        self._count_on()

    # What changes.

    def feed_changed(self) -> None:
        """More may have been recorded."""
        self.show_status()
        self.tally.catch_up()
        if self._counting is None:
            self._count_on()

    def _count_on(self) -> None:
        self._counting = None
        self.tally.advance()
        self._step += 1
        if self.tally.done or (self._step % _STEPS_A_PAINT == 0 and not self.tally.recounting):
            self.fill()
        if not self.tally.done:
            self._counting = self.set_timer(_RECOUNT_PAUSE if self.tally.recounting else _PAUSE, self._count_on)
        elif not self.feed.live and self._is_behind:
            analyse(self.feed.capture, seconds=ANALYSIS_STEP)
            self._counting = self.set_timer(_PAUSE, self._count_on)

    @property
    def _is_behind(self) -> bool:
        """True when nobody else analyses what is left of a file."""
        capture = self.feed.capture
        return capture.analysed_to() < capture.newest() and not capture.info().live

    def fill(self) -> None:
        """Show what has been counted."""
        figures, where = self.tally.figures, self.tally.where
        routes, layers = self.query_one("#stats-routes", LineView), self.query_one("#stats-layers", LineView)
        matching = f" that match “{where.text}”" if where.text else ""
        title = f"1 Routes  {count(len(figures.routes))}, of {counted(figures.count, 'request')}{matching}"
        routes.border_title = label(title)
        routes.border_subtitle = label(self._progress())
        layers.border_title = label(f"2 Layers  {count(len(figures.layers))}")
        layers.border_subtitle = label(self._analysed())
        nothing = "   No request that matches has ended." if where.text else "   No request has ended yet."
        show_table(routes, lambda cells: route_lines(figures, self.sort, cells, self.shown), (Run(nothing, "dim"),))
        unknown = (Run("   Nothing is known of layers yet.", "dim"),)
        show_table(layers, lambda cells: layer_lines(figures, cells), unknown)

    def _progress(self) -> str:
        if self.tally.share < 1 and not self.tally.recounting:
            return f"counting, {self.tally.share:.0%}"
        running = f"{count(self.tally.open)} not over yet · " if self.tally.open else ""
        return f"{running}enter filters the list by it"

    def _analysed(self) -> str:
        analysed, newest = self.feed.capture.analysed_to(), self.feed.capture.newest()
        return f"known to request {count(analysed)} of {count(newest)}" if analysed < newest else "self time"

    # Actions.

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter``: back to the list, with only what the row stands for."""
        event.stop()
        key = event.row.key
        if isinstance(key, tuple):
            method, path = key
            self.dismiss(f"{f'method:{_quoted(method)} ' if method else ''}path~{_quoted(pattern_of(path))}")
        elif isinstance(key, str):
            self.dismiss(f"layer:{_quoted(key)}")

    def action_stats_sort(self, step: int) -> None:
        """Sort routes by the next column, or the one before."""
        self.sort = SORTS[(SORTS.index(self.sort) + step) % len(SORTS)]
        self.fill()
        self.query_one("#stats-routes", LineView).show_from_top()


def _quoted(value: str) -> str:
    """A value as a filter takes it."""
    plain = value.isprintable() and not any(each in " \"'(),*" or each.isspace() for each in value)
    return value if plain else '"' + value.replace('"', '\\\\"') + '"'
