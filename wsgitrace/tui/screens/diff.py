"""The diff screen: two requests, the verdict first, what differs, and where in the layers they part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.worker import get_current_worker

from wsgitrace.capture import CaptureError
from wsgitrace.trace.comparing import Rule
from wsgitrace.tui.comparing import Compared, Ignored, read_compared
from wsgitrace.tui.keys import Place, bindings
from wsgitrace.tui.lines.diff import asked_rows, compared_thing, header_rows, layer_rows, parted_rows, verdict_rows
from wsgitrace.tui.lines.diff_body import Look, body_rows
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.screens.blaming import Blaming
from wsgitrace.tui.screens.exporting import Exporting
from wsgitrace.tui.screens.panels import Panels
from wsgitrace.tui.screens.replaying import Replaying
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.tab_strip import TabStrip
from wsgitrace.tui.widgets.too_small import TooSmall
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.capture import Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.trace import Trace
    from wsgitrace.trace.blame import Thing
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown

__all__ = ["TABS", "DiffScreen"]

TABS: Final = ("Body", "Headers", "Layers", "Asked")
"""What is shown of two requests."""

BODY, HEADERS, LAYERS, ASKED = range(4)

_BESIDE: Final = 100
"""Cells from which on two texts fit side by side."""


class DiffScreen(Blaming, Exporting, Replaying, Panels):
    """Answers with the number of the request to go to, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("diff")]
    AUTO_FOCUS = "#diff-lines"
    place: ClassVar[Place] = "diff"
    panels = ("#diff-verdict", "#diff-lines", "#diff-parted")

    def __init__(
        self, feed: Feed, numbers: tuple[int, int], shown: Shown, ignored: Ignored, *, learns: bool = True
    ) -> None:
        super().__init__()
        self._learns = learns
        self.feed = feed
        self.shown = shown
        self.numbers = numbers
        self.ignored = ignored
        self.compared: Compared | None = None
        self.tab = BODY
        self.volatile = False
        self.beside: bool | None = None
        """Side by side; None: as the width has it."""
        self.unfolded: set[object] = set()
        self._doing = ""

    @property
    def selected(self) -> Summary | None:
        """A: what is replayed again."""
        return None if self.compared is None else self.compared.one

    @property
    def selected_layer(self) -> LayerFound | None:
        """The one whose doing the first divergence is."""
        parted = None if self.compared is None else self.compared.comparison.divergence
        return None if parted is None else parted.pair.span.layer

    @property
    def _asked(self) -> tuple[int, Thing | None]:
        """Which of the two, and what of it, the row under the cursor is about."""
        row = self.focused.current if isinstance(self.focused, LineView) else None
        return (1, None) if self.compared is None else compared_thing(row, self.compared.comparison)

    @property
    def shown_trace(self) -> Trace | None:
        """That of the side that the row under the cursor is about."""
        found = None if self.compared is None else self.compared.comparison
        return None if found is None else (found.one, found.other)[self._asked[0]]

    @property
    def shown_as(self) -> str:
        """Its name, and its number."""
        side = self._asked[0]
        return f"{'AB'[side]} #{self.numbers[side]}"

    def thing_of(self, row: Row | None) -> Thing | None:  # noqa: ARG002 -- it is the one under the cursor
        """What that row is about."""
        return self._asked[1]

    def compose(self) -> ComposeResult:
        """The verdict, what differs, where they part."""
        yield TopBar()
        yield LineView(id="diff-verdict", classes="frame")
        with Vertical(id="diff-body", classes="frame"):
            yield TabStrip(TABS)
            yield LineView(id="diff-lines")
        yield LineView(id="diff-parted", classes="frame")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin to compare."""
        for name, title in (("verdict", "1 Verdict"), ("body", "2 Differences"), ("parted", "3 First divergence")):
            self.query_one(f"#diff-{name}").border_title = label(title)
        self.ready = True
        self.show_status()
        self.begin()

    # Comparing.

    def begin(self) -> None:
        """Compare, in a thread: large bodies take a while."""
        self._doing = "reading"
        self._show_progress()
        self.run_worker(self._compare, thread=True, exclusive=True, group="compare")

    def _compare(self) -> None:
        worker = get_current_worker()

        def progress(what: str) -> None:
            if worker.is_cancelled:
                raise _CancelledError
            self.app.call_from_thread(self._tell, what)

        path, masker = self.feed.capture.path, self.shown.masker
        try:
            found = read_compared(path, self.numbers, self.ignored.noise, masker, progress, learns=self._learns)
        except CaptureError as problem:
            self.app.call_from_thread(self._failed, str(problem))
        except _CancelledError:
            return
        else:
            if not worker.is_cancelled:
                self.app.call_from_thread(self._take, found)

    def _tell(self, what: str) -> None:
        if self.ready:
            self._doing = what
            self._show_progress()

    def _failed(self, problem: str) -> None:
        if self.ready:
            self._doing = ""
            self.query_one("#diff-verdict", LineView).set_rows([Row((Run(problem, "error"),))])

    def _take(self, found: Compared) -> None:
        if not self.ready:
            return
        first = self.compared is None
        self._doing, self.compared = "", found
        if first:
            self.tab = self._telling_tab(found)
        self.fill()
        if first:
            self._go_to_change(0, 1)

    @staticmethod
    def _telling_tab(found: Compared) -> int:
        """The tab that says most."""
        outcome = found.comparison.outcome
        if outcome.body.verdict == "differs":
            return BODY
        return HEADERS if found.comparison.verdict == "differs" else LAYERS

    def _show_progress(self) -> None:
        verdict = self.query_one("#diff-verdict", LineView)
        verdict.border_subtitle = label(f"comparing {self._doing} …" if self._doing else "")

    # What is shown.

    def fill(self) -> None:
        """Show what is known."""
        found = self.compared
        if found is None:
            return
        masker = self.shown.masker
        verdict, parted = self.query_one("#diff-verdict", LineView), self.query_one("#diff-parted", LineView)
        verdict.border_title = label(f"1 Verdict  {self._heading(found.one)}  ⇄  {self._heading(found.other)}")
        self._show_progress()
        verdict.set_rows(contained(lambda: verdict_rows(found, verdict.cells, volatile=self.volatile)))
        parted.set_rows(contained(lambda: parted_rows(found, parted.cells, masker)))
        lines = self.query_one("#diff-lines", LineView)
        lines.set_rows(contained(lambda: self._rows(found, lines.cells)))
        changes = sum(_is_change(row) for row in lines.rows)
        self.query_one("#diff-body").border_subtitle = label(f"{changes:,} change{'' if changes == 1 else 's'} here")
        self.query_one(TabStrip).show(self.tab, self._manner(lines.cells))
        self.show_keys()

    def _heading(self, summary: Summary) -> str:
        return f"#{summary.number} {summary.method} {self.shown.target(summary.target)}"

    def _rows(self, found: Compared, cells: int) -> list[Row]:
        masker = self.shown.masker
        if self.tab == HEADERS:
            return header_rows(found, cells, masker, volatile=self.volatile)
        if self.tab == LAYERS:
            return layer_rows(found, cells)
        if self.tab == ASKED:
            return asked_rows(found, cells, masker)
        look = Look(beside=self._is_beside(cells), volatile=self.volatile, unfolded=self.unfolded)
        return body_rows(found, cells, masker, look)

    def _is_beside(self, cells: int) -> bool:
        return cells >= _BESIDE if self.beside is None else self.beside

    def _manner(self, cells: int) -> str:
        found = self.compared
        if self.tab != BODY or found is None or found.comparison.outcome.body.lines is None:
            return ""
        return "side by side (|)" if self._is_beside(cells) else "unified (|)"

    def feed_changed(self) -> None:
        """A replay that was ordered has come, or one of the two has gone on."""
        self.show_status()
        replay = self.announce_replay()
        if replay is not None:
            self.numbers = (self.numbers[0], replay)
            self.begin()
        elif self.compared is not None and not self._doing:
            shown = (self.compared.one, self.compared.other)
            now = tuple(map(self.feed.capture.summary, self.numbers))
            if now != shown and None not in now:
                self.begin()

    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them: also in the lines that were compared."""
        self.shown = shown
        self.begin()

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        """A click on a tab."""
        event.stop()
        self._choose(event.index)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter`` on a line: its whole value."""
        event.stop()
        self.show_value(event.row)

    def on_line_view_folded(self, event: LineView.Folded) -> None:
        """``space``: equal lines, or only their number."""
        event.stop()
        if event.row.fold is not None:
            self.unfolded ^= {event.row.fold}
            self.fill()

    # Actions.

    def action_change(self, way: int) -> None:
        """To the next change, or the one before."""
        if not self._go_to_change(self.query_one("#diff-lines", LineView).cursor + way, way):
            self.say("There is no further change here; ] shows the next tab.", seconds=2)

    def _go_to_change(self, start: int, way: int) -> bool:
        """Put the cursor on the nearest change from a row on; False when there is none."""
        lines = self.query_one("#diff-lines", LineView)
        numbers = range(start, len(lines.rows)) if way > 0 else range(start, -1, -1)
        found = next((index for index in numbers if _is_change(lines.rows[index])), None)
        if found is not None:
            lines.focus()
            lines.select_key(lines.rows[found].key)
        return found is not None

    def _choose(self, tab: int) -> None:
        self.tab = tab % len(TABS)
        self.fill()
        self.query_one("#diff-lines", LineView).show_from_top()

    def action_diff_tab(self, way: int) -> None:
        """The next tab, or the one before."""
        self._choose(self.tab + way)

    def action_volatile(self) -> None:
        """Show what differs each time, or hide it."""
        self.volatile = not self.volatile
        self.fill()

    def action_beside(self) -> None:
        """Side by side, or one below the other."""
        self.beside = not self._is_beside(self.query_one("#diff-lines", LineView).content_size.width)
        self.fill()

    def action_ignore(self) -> None:
        """What is under the cursor does not count any more."""
        rule = self._rule()
        if rule is None:
            self.say("A header field, a path of JSON or a key of the environ can be ignored, not this.")
            return
        self.ignored.noise = self.ignored.noise.also([rule])
        self.say(f"Ignored from now on: {rule}")
        self.begin()

    def _rule(self) -> Rule | None:
        focused = self.focused
        row = focused.current if isinstance(focused, LineView) else None
        key = None if row is None else row.key
        found = self.compared
        if found is None or row is None or not isinstance(key, tuple):
            return None
        match key:
            case ("change", ("header", _)) if row.title:
                return Rule("header", row.title.lower())
            case ("change", ("path", _)):
                return Rule("body", row.title)
            case ("divergence", _):
                _, _, name = row.title.partition(" ")
                return Rule("environ", name) if row.title.startswith(("environ ", "framework ", "state ")) else None
        return None

    def action_open_side(self, side: int) -> None:
        """Leave, and go to one of the two."""
        self.dismiss(str(self.numbers[side]))


class _CancelledError(Exception):
    """Nobody waits for this comparison any more."""


def _is_change(row: Row) -> bool:
    return isinstance(row.key, tuple) and row.key[0] == "change"
