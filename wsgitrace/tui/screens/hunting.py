"""The hunt screen: a request that is run many times, the kinds of outcome so far, what they differ in, the times."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.worker import get_current_worker

from wsgitrace.capture import CaptureError
from wsgitrace.tui.comparing import Compared, Ignored, read_compared
from wsgitrace.tui.keys import Place, bindings
from wsgitrace.tui.lines.bars import bar
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.figures import layer_lines
from wsgitrace.tui.lines.hunt import ALL, beside_rows, kind_rows, progress_text
from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import Run, label
from wsgitrace.tui.screens.diff import DiffScreen
from wsgitrace.tui.screens.exporting import Exporting
from wsgitrace.tui.screens.panels import Panels, show_table
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.too_small import TooSmall
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from wsgitrace.capture import Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.replay import Group, Pursuit
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.keys import Key
    from wsgitrace.tui.lines.values import Shown

__all__ = ["HuntScreen"]

_PAUSE: Final = 0.2
"""Seconds between two paintings while it goes on."""

_BAR_CELLS: Final = 16

_NOTHING: Final = (Run("   Nothing has ended yet.", "dim"),)


class HuntScreen(Exporting, Panels):
    """Answers with the number of a request to go to, with a filter after a ``/``, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("hunt")]
    AUTO_FOCUS = "#hunt-kinds"
    place: ClassVar[Place] = "hunt"
    panels = ("#hunt-kinds", "#hunt-beside", "#hunt-layers")

    def __init__(self, feed: Feed, hunted: Summary, pursuit: Pursuit, shown: Shown) -> None:
        super().__init__()
        self.feed = feed
        self.hunted = hunted
        self.pursuit = pursuit
        self.hunt = pursuit.hunt
        self.shown = shown
        self.marked: int | None = None
        """The place of the kind that others are compared with; None: the most frequent one."""
        self._looking: Timer | None = None
        self._version: tuple[int, bool] | None = None
        self._compared: dict[tuple[int, int], Compared | str] = {}

    # What is selected.

    @property
    def group(self) -> Group | None:
        """The kind of outcome under the cursor; None on the row of all."""
        row = self.query_one("#hunt-kinds", LineView).current if self.ready else None
        key = None if row is None else row.key
        return next((group for group in self.hunt.groups if group.place == key), None)

    @property
    def selected(self) -> Summary | None:
        """The first replay of that kind; else the request that is run."""
        group = self.group
        if group is None or group.sample is None:
            return self.hunted
        return self.feed.capture.summary(group.sample)

    @property
    def selected_layer(self) -> LayerFound | None:
        """The one in which it first does otherwise."""
        found = self._compared.get(self._pair or (0, 0))
        parted = found.comparison.divergence if isinstance(found, Compared) else None
        return None if parted is None else parted.pair.span.layer

    @property
    def _pair(self) -> tuple[int, int] | None:
        """The samples of two kinds: the marked or most frequent one, and that under the cursor, or the next."""
        kinds = [group for group in self.hunt.groups if group.sample is not None and not group.is_rest]
        one = next((group for group in kinds if group.place == self.marked), kinds[0] if kinds else None)
        others = [group for group in kinds if group is not one]
        if one is None or not others:
            return None
        here = self.group
        other = here if here in others else others[0]
        return None if other is None or one.sample is None or other.sample is None else (one.sample, other.sample)

    def compose(self) -> ComposeResult:
        """Kinds of outcome, what they differ in, layers."""
        yield TopBar()
        yield LineView(id="hunt-kinds", classes="frame")
        yield LineView(id="hunt-beside", classes="frame")
        yield LineView(id="hunt-layers", classes="frame")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Look again and again while it goes on."""
        self.ready = True
        self.show_status()
        self._looking = self.set_interval(_PAUSE, self._look)
        self._look()

    # What changes.

    def _look(self) -> None:
        """Show what has come."""
        version = self.hunt.done, self.pursuit.over
        if version != self._version and self.ready:
            self._version = version
            self.fill()
            self.show_status()
        if self.pursuit.over and self._looking is not None:
            self._looking.stop()

    def feed_changed(self) -> None:
        """What was marked, or the worker, may be otherwise."""
        self.show_status()

    @property
    def keys(self) -> Sequence[Key]:
        """As everywhere; what ``escape`` does now is said."""
        leaving = "List" if self.pursuit.over else "Stop"
        return [replace(key, label=leaving) if key.id == "hunt_leave" else key for key in super().keys]

    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them: also in what was compared."""
        self._compared.clear()
        super().set_shown(shown)

    def fill(self) -> None:
        """Show what is known."""
        pursuit, hunt = self.pursuit, self.hunt
        kinds = self.query_one("#hunt-kinds", LineView)
        title = f"#{self.hunted.number} {self.hunted.method} {self.shown.target(self.hunted.target)}"
        at_once = f", {pursuit.jobs:,} at once" if pursuit.jobs > 1 else ""
        kinds.border_title = label(f"1 Outcomes  {title}{at_once}")
        with hunt.lock:
            text = progress_text(hunt, pursuit.stopped, over=pursuit.over)
            why, masker = self.shown.prose(pursuit.stopped), self.shown.masker
            show_table(kinds, lambda cells: kind_rows(hunt, self.marked, why, cells, masker), _NOTHING)
        going = "" if pursuit.over else f"{bar(hunt.done / hunt.times, _BAR_CELLS)} "
        kinds.border_subtitle = label(f"{going}{text}")
        self._fill_below()

    def _fill_below(self) -> None:
        """What depends on the cursor."""
        group = self.group
        layers = self.query_one("#hunt-layers", LineView)
        about = "all" if group is None else f"as #{group.sample}" if group.sample is not None else "further kinds"
        layers.border_title = label(f"3 Layers  {about}")
        layers.border_subtitle = label("self time")
        with self.hunt.lock:
            figures = self.hunt.figures if group is None else group.figures
            show_table(layers, lambda cells: layer_lines(figures, cells), _NOTHING)
        self._fill_beside()

    def _fill_beside(self) -> None:
        beside, pair = self.query_one("#hunt-beside", LineView), self._pair
        beside.border_title = label("2 First divergence" + (f"  A #{pair[0]}  B #{pair[1]}" if pair else ""))
        if pair is None:
            text = "All came to the same" + ("." if self.pursuit.over else " so far.")
            beside.set_rows([text_row(text, "dim")] if self.hunt.ended else [])
            return
        found = self._compared.get(pair)
        if found is None:
            beside.border_subtitle = label("comparing …")
            self.run_worker(lambda: self._compare(pair), thread=True, exclusive=True, group="beside")
            return
        beside.border_subtitle = label("D compares them whole")
        if isinstance(found, str):
            beside.set_rows([text_row(found, "error")])
            return
        beside.set_rows(contained(lambda: beside_rows(found, beside.cells, self.shown.masker)))

    def _compare(self, pair: tuple[int, int]) -> None:
        """Called in a thread: bodies may be large."""
        worker = get_current_worker()
        path, noise = self.feed.capture.path, self.hunt.noise
        found: Compared | str
        try:
            found = read_compared(path, pair, noise, self.shown.masker, lambda _: None, learns=False)
        except CaptureError as problem:
            found = str(problem)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, pair, found)

    def _take(self, pair: tuple[int, int], found: Compared | str) -> None:
        if self.ready:
            self._compared[pair] = found
            self._fill_beside()

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """Another kind of outcome."""
        event.stop()
        if event.view.id == "hunt-kinds":
            self._fill_below()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter``: to the request on a row of outcomes, to the whole value elsewhere."""
        event.stop()
        if event.view.id != "hunt-kinds":
            self.show_value(event.row)
        elif event.row.key == ALL:
            self.action_hunt_list()
        elif self.group is not None and self.group.sample is not None:
            self.dismiss(str(self.group.sample))
        else:
            self.show_value(event.row)

    # Actions.

    def why_not(self, key: str) -> str:
        """As for every screen; some keys need two kinds of outcome."""
        if key == "hunt_diff" and self._pair is None:
            return "There is only one kind of outcome."
        if key == "hunt_mark" and self.group is None:
            return "No kind of outcome is selected."
        if key == "hunt_list" and not self.pursuit.last:
            return "No replay has begun yet."
        return super().why_not(key)

    def action_hunt_diff(self) -> None:
        """Compare the samples of two kinds."""
        pair = self._pair
        if not self.refused("hunt_diff") and pair is not None:
            screen = DiffScreen(self.feed, pair, self.shown, Ignored(self.hunt.noise), learns=False)
            self.app.push_screen(screen, self._leave_diff)

    def _leave_diff(self, number: str | None) -> None:
        if number:
            self.dismiss(number)

    def action_hunt_mark(self) -> None:
        """Compare others with this kind, or again with the most frequent one."""
        group = self.group
        if not self.refused("hunt_mark") and group is not None:
            self.marked = None if self.marked == group.place else group.place
            self.fill()

    def action_hunt_list(self) -> None:
        """To the list, with these replays alone."""
        if not self.refused("hunt_list"):
            first = self.pursuit.newest + 1
            self.dismiss(f"/replay-of:{self.hunted.number} id:{first}..{self.pursuit.last}")

    def action_back(self) -> None:
        """Out of zoom; stop what goes on; back to the list."""
        if self.pursuit.over or self.has_class("-zoomed"):
            super().action_back()
        else:
            self.pursuit.wish.set()
