"""The step screen: a held request going on from boundary to boundary, or a recorded one, both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container, Vertical

from wsgitrace.trace.stepping import after, before, boundaries
from wsgitrace.tui.keys import KEYS, bindings
from wsgitrace.tui.lines.exchange import request_rows
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.steps import (
    Moment,
    body_state,
    environ_state,
    event_rows,
    response_state,
    step_layers,
)
from wsgitrace.tui.lines.timeline import timeline_rows
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import Row, Run, fit, label
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.jump import JumpScreen
from wsgitrace.tui.subject import Subject, read_subject
from wsgitrace.tui.units import elapsed
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
    from textual.widget import Widget

    from wsgitrace.capture import Summary
    from wsgitrace.tui.feed import Feed

__all__ = ["TABS", "StepScreen"]

TABS: Final = ("Environ", "Response", "Body", "Request")
"""What the state is shown as."""


class StepScreen(Commands):
    """One position in one request. While the request is held the last position is the living one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("step")]
    AUTO_FOCUS = "#step-layers"

    def __init__(self, feed: Feed, number: int, shown: Shown) -> None:
        super().__init__(classes="-step")
        self.feed = feed
        self.number = number
        self.shown = shown
        self.subject: Subject | None = None
        self.stops: list[int] = []
        self.seq = 0
        self.before: int | None = None
        self.at_end = True
        self.tab = 0
        self.toggled: set[object] = set()
        self._shown_seq = -1

    def compose(self) -> ComposeResult:
        """Where, what, and with which state."""
        yield StepBar()
        with Container(id="step-body"):
            with Vertical(id="step-left"):
                yield LineView(id="step-layers", classes="frame")
                yield LineView(id="step-held", classes="frame")
                yield LineView(id="step-events", classes="frame")
            with Vertical(id="step-right"):
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
        self.read()
        if self.stops and not self.is_held:
            self.at_end = False
            self._stand(self.stops[0], None)
        self.feed_changed()

    @property
    def selected(self) -> Summary | None:
        """The request that is stepped through."""
        return None if self.subject is None else self.subject.summary

    @property
    def is_held(self) -> bool:
        """True while its thread is parked."""
        return self.subject is not None and self.subject.summary.state == "held"

    # What changes.

    def read(self) -> None:
        """Read the request again."""
        summary = self.feed.capture.summary(self.number)
        if summary is None:
            return
        self.subject = read_subject(self.feed.capture, summary)
        self.stops = boundaries(self.subject.trace)
        if self.at_end and self.subject.trace.events:
            last = self.subject.trace.events[-1].seq
            stop = summary.held_event if self.is_held else before(self.stops, last + 1)
            stop = last if stop is None else stop
            if stop != self.seq:
                self.seq, self.before = stop, self.seq or before(self.stops, stop)

    def feed_changed(self) -> None:
        """A step was done, more was recorded, or something else is held."""
        summary = self.feed.capture.summary(self.number)
        if self.subject is None or summary != self.subject.summary or not self.subject.trace.done:
            self.read()
        self.fill()

    def show_status(self) -> None:
        """Seconds go on in the bar."""
        self._show_bar()

    def set_revealed(self, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Show secrets, or mask them."""
        self.shown = Shown(on)
        self.fill()

    def fill(self) -> None:
        """Show the position."""
        self._show_bar()
        self._show_held()
        subject = self.subject
        if subject is None or not subject.trace.events:
            self.query_one("#step-layers", LineView).set_rows(
                [], empty=[(), (Run("Nothing of this request is recorded.", "dim"),)]
            )
            return
        moment = Moment(subject.trace, self.seq, self.before)
        layers = self.query_one("#step-layers", LineView)
        layers.set_rows(contained(lambda: step_layers(moment, layers.content_size.width or 40)))
        layers.select_key(("span", moment.event.span))
        event = self.query_one("#step-event", LineView)
        event.set_rows(contained(lambda: event_rows(moment, event.content_size.width or 60, self.shown)))
        event.show_from_top()
        events = self.query_one("#step-events", LineView)
        events.set_rows(
            timeline_rows(subject.trace, moment.event.span, events.content_size.width or 60, self.shown, self.seq)
        )
        events.select_key(("event", self.seq))
        self._show_state(moment)
        self.query_one(Ruler).show(subject.trace, self.seq, self.stops)
        keys = [key for key in KEYS if key.place in {"app", "step"} and not self.why_not(key.id)]
        self.query_one(KeyBar).show(keys)

    def _show_state(self, moment: Moment) -> None:
        view = self.query_one("#step-lines", LineView)
        cells = view.content_size.width or 60
        self.query_one(TabStrip).show(self.tab, f"at {moment.span.name}")
        view.set_rows(contained(lambda: self._state(moment, cells)), empty=[(), (Run("Nothing yet.", "dim"),)])
        if self.seq != self._shown_seq:
            self._shown_seq = self.seq
            view.show_from_top()

    def _state(self, moment: Moment, cells: int) -> Sequence[Row]:
        name = TABS[self.tab]
        if name == "Environ":
            return environ_state(moment, cells, self.toggled, self.shown)
        if name == "Response":
            return response_state(moment, cells, self.shown)
        if name == "Body":
            return body_state(moment, cells, self.shown)
        if self.subject is None:
            return ()
        return request_rows(Subject(self.subject.summary, moment.trace), cells, self.toggled, self.shown)

    def _show_bar(self) -> None:
        if self.subject is None:
            return
        summary = self.subject.summary
        target = self.shown.target(summary.target)
        waited = elapsed(max(0, self.feed.now() - summary.wall)) if self.is_held else ""
        self.query_one(StepBar).show(summary, target, self.seq, self.live_here, waited)

    def _show_held(self) -> None:
        view = self.query_one("#step-held", LineView)
        held = self.feed.status().held
        view.set_class(not held, "-none")
        rows = []
        for number in held:
            summary = self.feed.capture.summary(number)
            if summary is not None:
                target = self.shown.target(summary.target)
                waited = elapsed(max(0, self.feed.now() - summary.wall))
                rows.append(
                    Row(
                        (
                            Run("‖ ", "held"),
                            Run(f"{number} ", "strong" if number == self.number else "dim"),
                            Run(fit(f"{summary.method} {target}", 24), "plain"),
                            Run(f" {waited}  at {summary.held_at}", "dim"),
                        ),
                        key=("held", number),
                    )
                )
        view.set_rows(rows)

    # Positions.

    @property
    def live_here(self) -> bool:
        """True when one stands where the request is held."""
        return self.is_held and self.at_end

    def _stand(self, seq: int | None, before_it: int | None) -> None:
        """Stand at an event; ``before_it`` is what the state is compared with."""
        if seq is None or self.subject is None:
            return
        self.seq, self.before = seq, before_it
        held_at = self.subject.summary.held_event if self.is_held else None
        self.at_end = held_at is not None and seq >= held_at
        self.fill()

    def why_not(self, key: str) -> str:
        """Which way one can go from here."""
        if self.subject is None or not self.subject.trace.events:
            return super().why_not(key)
        first, last = self.stops[0] if self.stops else 0, self.subject.trace.events[-1].seq
        if key in {"step_back", "event_previous", "step_start"} and self.seq <= first:
            return "This is the first event."
        if key in {"step_forward", "event_next", "step_continue"} and not self.live_here and self.seq >= last:
            return "This is the last event." if self.subject.trace.done else "The request is running."
        if key == "event_next" and self.live_here:
            return "The request is held here: s steps on."
        if key in {"step_forward", "step_continue"} and self.live_here:
            return self.feed.why_not("step")
        return super().why_not(key)

    def action_step_forward(self) -> None:
        """On to the next boundary: the request's own step where it is held."""
        if self.refused("step_forward"):
            return
        if self.live_here:
            self.command(lambda: self.feed.step(self.number))
        else:
            self._stand(after(self.stops, self.seq), self.seq)

    def action_step_back(self) -> None:
        """Back to the boundary before: looking only, what is held stays where it is."""
        if not self.refused("step_back"):
            target = before(self.stops, self.seq)
            self._stand(target, None if target is None else before(self.stops, target))

    def action_step_continue(self) -> None:
        """Let it go on; in a recording go to its end."""
        if self.refused("step_continue"):
            return
        if self.live_here:
            self.command(lambda: self.feed.resume(self.number))
        elif self.stops:
            self._stand(self.stops[-1], self.seq)

    def action_step_start(self) -> None:
        """The first event."""
        if not self.refused("step_start") and self.stops:
            self._stand(self.stops[0], None)

    def action_step_all(self) -> None:
        """Let all go on."""
        self.action_let_all_go()

    def action_event_next(self) -> None:
        """One event on."""
        if not self.refused("event_next") and self.subject is not None:
            seqs = [event.seq for event in self.subject.trace.events]
            self._stand(after(seqs, self.seq), self.seq)

    def action_event_previous(self) -> None:
        """One event back."""
        if not self.refused("event_previous") and self.subject is not None:
            seqs = [event.seq for event in self.subject.trace.events]
            target = before(seqs, self.seq)
            self._stand(target, None if target is None else before(seqs, target))

    def action_jump(self) -> None:
        """Ask for the number of an event."""
        if self.subject is not None and self.subject.trace.events:
            last = self.subject.trace.events[-1].seq
            self.app.push_screen(JumpScreen(last), self._jumped)

    def _jumped(self, seq: int | None) -> None:
        if seq is not None and self.subject is not None:
            seqs = [event.seq for event in self.subject.trace.events]
            target = seq if seq in seqs else before(seqs, seq)
            self._stand(seqs[0] if target is None else target, self.seq)

    def on_ruler_jumped(self, event: Ruler.Jumped) -> None:
        """The ruler was clicked."""
        event.stop()
        self._stand(event.seq, self.seq)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter``: go to an event, to another held request, or open a value."""
        event.stop()
        key = event.row.key
        if isinstance(key, tuple) and key[0] == "event" and event.view.id == "step-events":
            self._stand(key[1], self.seq)
        elif isinstance(key, tuple) and key[0] == "held":
            self._switch(key[1])
        else:
            self.show_value(event.row)

    def _switch(self, number: int) -> None:
        self.number, self.subject, self.seq, self.before, self.at_end = number, None, 0, None, True
        self.feed_changed()

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
        """Go to a panel."""
        names = {1: "layers", 2: "event", 3: "lines", 4: "held", 5: "events"}
        view: Widget = self.query_one(f"#step-{names[number]}")
        self.set_class(number == 5, "-events")  # noqa: PLR2004 -- panel 5
        self.set_class(number == 2, "-event")  # noqa: PLR2004 -- panel 2
        if view.display:
            view.focus()

    def action_step_leave(self) -> None:
        """Back to the list; what is held stays held."""
        self.dismiss(None)
