"""The flow: one request as a picture, layers as columns and time downwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from wsgitrace.export import FORMATS
from wsgitrace.trace.flow import CHANGES, flow
from wsgitrace.tui.keys import Place, bindings
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.flow import about
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.blaming import Blaming
from wsgitrace.tui.screens.exporting import Exporting
from wsgitrace.tui.screens.panels import Panels
from wsgitrace.tui.subject import read_subject
from wsgitrace.tui.units import duration
from wsgitrace.tui.widgets.flow_view import FlowView
from wsgitrace.tui.widgets.key_bar import KeyBar
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.too_small import TooSmall
from wsgitrace.tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.capture import Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.export import Format
    from wsgitrace.trace import Span, Trace
    from wsgitrace.trace.flow import Flow
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.subject import Subject

__all__ = ["FlowScreen"]

LOAD_SHARE: Final = 4
"""Drawing anew waits this many times as long as the last drawing took."""


class FlowScreen(Blaming, Exporting, Panels):
    """The picture above, what is under the cursor below. Answers with the event to go to, or with ""."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("flow")]
    AUTO_FOCUS = "#flow-picture"
    place: ClassVar[Place] = "flow"
    panels = ("#flow-picture", "#flow-about")

    def __init__(self, feed: Feed, number: int, shown: Shown, seq: int | None = None) -> None:
        """``seq``: the event to begin at, which the screen below wants an answer to."""
        super().__init__()
        self._returns = seq is not None
        self.feed = feed
        self.number = number
        self.shown = shown
        self.whole = False
        """Nothing insignificant is left out."""
        self._seq = seq
        """Where to begin; None where that was done."""
        self._subject: Subject | None = None
        self._drawn: Flow | None = None
        self._stale = False
        """More may be recorded than is drawn."""
        self._next_read = 0.0

    def compose(self) -> ComposeResult:
        """The picture, and what is said of it."""
        yield TopBar()
        yield FlowView(id="flow-picture", classes="frame")
        yield LineView(id="flow-about", classes="frame")
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Draw it."""
        self.query_one("#flow-about").border_title = label("2 Event")
        self.ready = True
        self._read()
        self.show_status()
        self.call_after_refresh(self.fill)

    @property
    def view(self) -> FlowView:
        """The picture."""
        return self.query_one("#flow-picture", FlowView)

    @property
    def selected(self) -> Summary | None:
        """The request that is drawn."""
        return None if self._subject is None else self._subject.summary

    @property
    def selected_layer(self) -> LayerFound | None:
        """That of the chosen column."""
        span = self._span
        return None if span is None else span.layer

    @property
    def shown_trace(self) -> Trace | None:
        """The trace that is drawn."""
        return None if self._subject is None else self._subject.trace

    @property
    def formats(self) -> Sequence[Format]:
        """A picture first: that is what is seen here."""
        return sorted(FORMATS, key=lambda each: each.name != "svg")

    @property
    def _span(self) -> Span | None:
        if self._drawn is None or not self._drawn.columns[self.view.column].spans:
            return None
        return self._drawn.trace.by_id[self._drawn.columns[self.view.column].spans[0]]

    # What changes.

    def _read(self) -> None:
        summary = self.feed.capture.summary(self.number)
        if summary is not None:
            self._subject = read_subject(self.feed.capture, summary)
            self._drawn = None

    def feed_changed(self) -> None:
        """More may have been recorded of it."""
        trace = self.shown_trace
        if self.feed.capture.summary(self.number) != self.selected or not (trace and trace.done):
            self._stale = True
        self.show_status()

    def show_status(self) -> None:
        """The bar goes on; what is stale is drawn anew, not more often than there is time for: the keys come first."""
        super().show_status()
        began = time.monotonic()
        if self._stale and began >= self._next_read:
            self._stale = False
            self._read()
            self.fill()
            self._next_read = began + LOAD_SHARE * (time.monotonic() - began)

    def fill(self) -> None:
        """Show the picture as it is now."""
        subject = self._subject
        if subject is None or not self.ready:
            return
        if self._drawn is None:
            self._drawn = flow(subject.trace, whole=self.whole)
        seq, self._seq = self._seq, None
        self.view.show(self._drawn, self.shown, seq)
        self._title(subject, self._drawn)
        self._about()
        self.show_keys()

    def _title(self, subject: Subject, drawn: Flow) -> None:
        trace, summary = subject.trace, subject.summary
        status = f" · {summary.status}" if summary.status is not None else ""
        took = duration(trace.clock(trace.clock.end))
        target = self.shown.target(summary.target)
        self.view.border_title = label(f"1 Flow  #{summary.number} {summary.method} {target}{status} · {took}")
        kinds = {change.kind for row in drawn.rows for change in row.changes}
        signs = [text for kind, text in CHANGES.items() if kind in kinds]
        quiet = sum(column.quiet for column in drawn.columns)
        if quiet and not self.whole:
            signs.append("⋯ changed nothing: v shows them")
        self.view.border_subtitle = label(" · ".join(signs))

    def _about(self) -> None:
        view, drawn = self.query_one("#flow-about", LineView), self._drawn
        if drawn is None:
            return
        at = (self.view.cursor, self.view.column)
        view.set_rows(contained(lambda: about(drawn, at, view.cells, self.shown)))

    # Moving.

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """Say what is under the cursor."""
        event.stop()
        if event.view is self.view:
            self._about()
            self.query_one("#flow-about", LineView).show_from_top()
            self.show_keys()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """``enter``: to the event on the step screen; on a line below to its whole value."""
        event.stop()
        if event.view is self.view:
            self.action_step()
        else:
            self.show_value(event.row)

    def action_step(self) -> None:
        """Step through the request from the event under the cursor on; where one came from there, go back to it."""
        row = self.view.current
        if row is None or not isinstance(row.key, tuple):
            return
        if self._returns:
            self.dismiss(str(row.key[1]))
            return
        from wsgitrace.tui.screens.step import StepScreen  # noqa: PLC0415 -- screens know each other

        self.app.push_screen(StepScreen(self.feed, self.number, self.shown, row.key[1]), self._stepped)

    def _stepped(self, seq: str | None) -> None:
        """Back from the step screen: at the event that one came from there to see."""
        if seq:
            self.view.select_key(("event", int(seq)))

    def action_flow_change(self, step: int) -> None:
        """To the next row in which something changed, or the one before."""
        drawn, at = self._drawn, self.view.cursor
        if drawn is None:
            return
        ahead = [index for index in drawn.changed if (index - at) * step > 0]
        if ahead:
            self.view.action_move_to(ahead[0] if step > 0 else ahead[-1])

    def action_flow_whole(self) -> None:
        """Show what is insignificant, or leave it out; the cursor stays at its event."""
        self.whole = not self.whole
        self._drawn = None
        self.fill()
