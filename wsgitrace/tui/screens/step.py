"""The step screen: a held request going on from boundary to boundary, or a recorded one, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container, Vertical

from wsgitrace.events import Surrogates, from_text
from wsgitrace.trace.moment import Moment
from wsgitrace.tui.keys import Place, bindings
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.holding import edit_rows, held_row, left
from wsgitrace.tui.lines.rules import broken_rows
from wsgitrace.tui.lines.state import TABS, state_rows
from wsgitrace.tui.lines.steps import event_rows, step_layers
from wsgitrace.tui.lines.timeline import Timeline
from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.screens.blaming import Blaming
from wsgitrace.tui.screens.changing import ByChanges
from wsgitrace.tui.screens.exporting import Exporting
from wsgitrace.tui.screens.intervening import Intervening
from wsgitrace.tui.screens.jump import JumpScreen
from wsgitrace.tui.screens.panels import Panels
from wsgitrace.tui.screens.returning import Returning
from wsgitrace.tui.subject import Subject, read_subject
from wsgitrace.tui.transitions import KEYS_OF_TABLE
from wsgitrace.tui.units import counted, elapsed
from wsgitrace.tui.walk import Walk
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.ruler import Ruler
from wsgitrace.tui.widgets.step_bar import StepBar
from wsgitrace.tui.widgets.tab_strip import TabStrip
from wsgitrace.tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.capture import Summary
    from wsgitrace.events import Edit, LayerFound, Way
    from wsgitrace.supervisor.holding import Hold
    from wsgitrace.trace import Trace
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.transitions import Key

__all__ = ["StepScreen"]

WAYS: Final[dict[Key, Way]] = {"into": "into", "over": "over", "out": "out", "cursor": "cursor"}
"""How far the steps go."""


class StepScreen(Blaming, ByChanges, Returning, Exporting, Intervening, Panels):
    """One position in one request. While the request is held the last position is the living one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("step")]
    AUTO_FOCUS = "#step-layers"
    place: ClassVar[Place] = "step"
    panels = ("#step-layers", "#step-event", "#step-lines", "#step-held", "#step-events")

    def __init__(self, feed: Feed, number: int, shown: Shown, seq: int | None = None) -> None:
        """``seq``: the event to begin at; None: where it is held, or its first."""
        super().__init__(classes="-step")
        self.feed = feed
        self.number = number
        self.shown = shown
        self.walk = Walk()
        self.tab = 0
        self.toggled: set[object] = set()
        self.edits: list[Edit] = []
        """Done when the request goes on."""
        self._first_seq = seq
        self._shown_seq = -1
        self._moment: Moment | None = None
        """The one that is shown."""

    def compose(self) -> ComposeResult:
        """Where, what, and with which state."""
        yield StepBar()
        with Container(id="step-body"):
            with Vertical(id="step-left", classes="shelf"):
                yield LineView(id="step-layers", classes="frame")
                yield LineView(id="step-held", classes="frame")
                yield LineView(id="step-events", classes="frame")
            with Vertical(id="step-right", classes="shelf"):
                yield LineView(id="step-event", classes="frame")
                with Vertical(id="step-state", classes="frame"):
                    yield TabStrip(TABS)
                    yield LineView(id="step-lines")
        yield Ruler()
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """A held request is shown where it is held, a recorded one where it began."""
        for name, title in (("layers", "1 Layers"), ("event", "2 Event"), ("state", "3 State"), ("held", "4 Held")):
            self.query_one(f"#step-{name}").border_title = label(title)
        self.query_one("#step-events").border_title = label("5 Events")
        self.ready = True
        self._begin()

    def _stand_on(self, number: int) -> None:
        """Step through another request."""
        self.number = number
        self._begin()

    def _begin(self) -> None:
        self.edits.clear()
        if (subject := self._read()) is not None:
            self.walk.begin(subject)
            if self._first_seq is not None:
                self.walk.jump(self._first_seq)
                self._first_seq = None
        self.fill()

    def _read(self) -> Subject | None:
        summary = self.feed.capture.summary(self.number)
        return None if summary is None else read_subject(self.feed.capture, summary)

    @property
    def selected(self) -> Summary | None:
        """The request that is stepped through."""
        return None if self.walk.subject is None else self.walk.subject.summary

    @property
    def selected_layer(self) -> LayerFound | None:
        """The one that the event happened in."""
        event, trace = self.walk.event, self.walk.trace
        span = None if event is None or trace is None else trace.by_id.get(event.span)
        return None if span is None else span.layer

    @property
    def tab_name(self) -> str:
        """What the state is shown as."""
        return TABS[self.tab]

    # What changes.

    def feed_changed(self) -> None:
        """A step was done, more was recorded, or something else is held."""
        if self.feed.capture.summary(self.number) != self.selected or not (self.walk.trace and self.walk.trace.done):
            subject = self._read()
            if subject is not None:
                self.walk.follow(subject)
        replay = self.announce_replay()
        if replay is not None and self.shown_instead():
            self._stand_on(replay)
        self.fill()

    def show_status(self) -> None:
        """Seconds go on in the bar."""
        self._show_bar()
        self._show_held()

    def fill(self) -> None:
        """Show the position."""
        self._show_bar()
        self._show_held()
        trace = self.walk.trace
        layers = self.query_one("#step-layers", LineView)
        if trace is None:
            layers.set_rows([], empty=[(), (Run("Nothing of this request is recorded.", "dim"),)])
            return
        moment = self._moment = Moment(trace, self.walk.seq, self.walk.earlier, self._moment)
        layers.set_rows(contained(lambda: step_layers(moment, layers.cells)))
        layers.select_key(("span", moment.event.span))
        event = self.query_one("#step-event", LineView)
        event.set_rows(contained(lambda: self._event_rows(moment, event.cells)))
        self._show_events(moment)
        self._show_state(moment)
        if self.walk.seq != self._shown_seq:
            self._shown_seq = self.walk.seq
            event.show_from_top()
            self.query_one("#step-lines", LineView).show_from_top()
        self.query_one(Ruler).show(trace, self.walk.seq)
        self.show_keys()

    def _event_rows(self, moment: Moment, cells: int) -> Sequence[Row]:
        told = self._hold.broken if self._hold is not None and self.walk.live else ()
        broken = [one for one in self.walk.broken if one.seq == self.walk.seq]
        return [
            *broken_rows(broken, told, moment.whole, cells, self.shown),
            *event_rows(moment, cells, self.shown),
        ]

    def _show_events(self, moment: Moment) -> None:
        view = self.query_one("#step-events", LineView)
        seq, only = self.walk.seq, self.shown_events(moment.whole)
        view.set_rows(contained(lambda: Timeline(moment.whole, moment.event.span, view.cells, self.shown, seq, only)))
        if seq != self._shown_seq:
            view.select_key(("event", seq))

    def _show_state(self, moment: Moment) -> None:
        view = self.query_one("#step-lines", LineView)
        self.query_one(TabStrip).show(self.tab, f"at {moment.span.name}")
        made = contained(lambda: edit_rows(self.edits, moment.span.headers, self.shown))
        state = contained(
            lambda: state_rows(self.tab, moment, self.selected, view.cells, toggled=self.toggled, shown=self.shown)
        )
        rows = [*made, *state]
        view.set_rows(rows, empty=[(), (Run("Nothing yet.", "dim"),)])

    def _show_bar(self) -> None:
        summary = self.selected
        if summary is None:
            return
        target, hold, now = self.shown.target(summary.target), self._hold, self.feed.now()
        waited = ""
        if self.walk.held:
            since = summary.wall if hold is None else hold.since
            gone = ", client ✗ hung up" if hold is not None and hold.gone else ""
            waited = (
                f"{elapsed(max(0, now - since))}, {left(hold, now)}{gone}" if hold else elapsed(max(0, now - since))
            )
        self.query_one(StepBar).show(summary, target, self.walk.seq, self.walk.live, waited)

    @property
    def _hold(self) -> Hold | None:
        """What is known of the hold."""
        return next((hold for hold in self.feed.status().holds if hold.number == self.number), None)

    def _show_held(self) -> None:
        view, status, now = self.query_one("#step-held", LineView), self.feed.status(), self.feed.now()
        view.set_class(not status.held, "-none")
        of = f" of {status.hold_limit}" if status.hold_limit else ""
        view.border_subtitle = label(f"{len(status.held)}{of} held" + ("; the rest passes" if status.hold_full else ""))
        holds = {hold.number: hold for hold in status.holds}
        rows = []
        for number in status.held:
            summary = self.feed.capture.summary(number)
            if summary is not None:
                here = number == self.number
                rows.append(held_row(summary, holds.get(number), now, view.cells, here=here, shown=self.shown))
        view.set_rows(rows)

    # Positions.

    def why_not(self, key: str) -> str:
        """Which way one can go from here."""
        wanted = KEYS_OF_TABLE.get(key)
        if wanted is None or wanted == "again":
            return super().why_not("step_replay" if wanted else key)
        do = self.walk.does(wanted)
        if do.effect in {"step", "resume"}:
            return self.feed.why_not("step" if do.effect == "step" else "resume")
        if key == "step_undo" and do.effect == "command" and not self.edits:
            return "There is no edit to take back."
        return self.walk.why_not(wanted)

    def action_walk(self, key: str) -> None:
        """What a key of the table means where one stands."""
        wanted = KEYS_OF_TABLE[key]
        if self.offers_return(wanted) or self.refused(key):
            return
        do, layer = self.walk.does(wanted), self._layer_under_cursor
        edits = tuple(self.edits)
        if do.effect == "step":
            way = WAYS[wanted]
            if way == "cursor" and not layer:
                self.say("Stand on a layer: it goes on to the next event there.", severity="warning")
                return
            if self.command(lambda: self.feed.step(self.number, way, layer if way == "cursor" else 0, edits)):
                self._gone(edits, stepping=True)
        elif do.effect == "resume":
            if self.command(lambda: self.feed.resume(self.number, edits)):
                self._gone(edits, stepping=False)
        elif not self.walk.go(wanted, layer) and wanted == "cursor":
            self.say("That layer has no event from here on.", severity="warning")
        elif self.walk.live and wanted == "continue":
            self.say("Back at the present; c again lets it go.")
        self.fill()

    def _gone(self, edits: tuple[Edit, ...], *, stepping: bool) -> None:
        self.walk.away = stepping
        self.edits.clear()
        if edits:
            self.say(f"It goes on with {counted(len(edits), 'edit')}.")

    @property
    def _layer_under_cursor(self) -> int:
        """The worker's number of the layer that the cursor is on; 0 for none."""
        row = self.query_one("#step-layers", LineView).current
        key, trace = None if row is None else row.key, self.walk.trace
        if trace is None or not isinstance(key, tuple):
            return 0
        if key[0] == "span":
            span = trace.by_id.get(key[1])
            return 0 if span is None else span.layer_id or 0
        return key[1] if key[0] == "layer" else 0

    def _environ_value(self, name: str) -> str | None:
        trace = self.walk.trace
        if trace is None:
            return None
        value = Moment(trace, self.walk.seq, None).environ.get(name)
        return from_text(value) if isinstance(value, str | Surrogates) else None

    @property
    def shown_trace(self) -> Trace | None:
        """The trace that rows are about."""
        return self.walk.trace

    def action_jump(self) -> None:
        """Ask for the number of an event."""
        if self.walk.seqs and not self.refused("jump"):
            self.app.push_screen(JumpScreen(self.walk.seqs[-1]), self.jump_to)

    def jump_to(self, seq: int | None) -> None:
        """Stand at an event; at none stay."""
        if seq is not None:
            self.walk.jump(seq)
            self.fill()

    def on_ruler_jumped(self, event: Ruler.Jumped) -> None:
        """The ruler was clicked."""
        event.stop()
        self.jump_to(event.seq)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter``: go to an event, to another held request, or open a value."""
        event.stop()
        key = event.row.key
        if isinstance(key, tuple) and key[0] == "event" and event.view.id == "step-events":
            self.jump_to(key[1])
        elif isinstance(key, tuple) and key[0] == "held":
            self._stand_on(key[1])
        else:
            self.open_value(event.row)

    def on_line_view_folded(self, event: LineView.Folded) -> None:
        """Fold a group of the state."""
        event.stop()
        if event.row.fold is not None:
            self.toggled ^= {event.row.fold}
            self.fill()

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        """A tab was clicked."""
        event.stop()
        self._choose_tab(event.index)

    def _choose_tab(self, index: int) -> None:
        self.tab = index % len(TABS)
        self.query_one("#step-lines", LineView).show_from_top()
        self.fill()

    def action_step_tab_next(self) -> None:
        """The next tab."""
        self._choose_tab(self.tab + 1)

    def action_step_tab_previous(self) -> None:
        """The previous tab."""
        self._choose_tab(self.tab - 1)

    def action_panel(self, number: int) -> None:
        """Go to a panel; where there is no room for all, the events and the event stand in for others."""
        self.set_class(number == 5, "-events")  # noqa: PLR2004 -- panel 5
        self.set_class(number == 2, "-event")  # noqa: PLR2004 -- panel 2
        if self.query_one(self.panels[number - 1]).display:
            super().action_panel(number)
