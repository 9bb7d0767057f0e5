"""The inspector: one pass of one request, in tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from textual.containers import Vertical
from textual.message import Message

from wsgitrace.trace.flow import significant
from wsgitrace.tui.lines.bodies import WHOLE
from wsgitrace.tui.lines.console import console_rows
from wsgitrace.tui.lines.environ import environ_rows
from wsgitrace.tui.lines.exchange import request_rows, response_rows
from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.ledgers import ledger_rows
from wsgitrace.tui.lines.orders import order_rows
from wsgitrace.tui.lines.rules import rule_rows
from wsgitrace.tui.lines.timeline import Timeline
from wsgitrace.tui.lines.values import Shown, only_changes
from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.tab_strip import TabStrip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from wsgitrace.capture import OutputRow
    from wsgitrace.trace import Span, Trace
    from wsgitrace.tui.subject import Subject
    from wsgitrace.tui.widgets.line_view import Place

__all__ = ["BODIES", "CONSOLE", "TABS", "Inspector"]

TABS: Final = ("Environ", "Request", "Response", "Events", "Ledger", "Console")
"""The tabs in order."""

CONSOLE: Final = TABS.index("Console")

BODIES: Final = frozenset({"Request", "Response"})
"""Tabs that show a body."""

_CHANGES: Final = frozenset({"change", "c", "lost", "fault"})
"""What keys of rows begin with that tell of a change, or of something that should not be."""


class _Look(NamedTuple):
    """What the lines of a tab are made from."""

    name: str
    span: int
    cells: int
    shown: Shown
    toggled: frozenset[object]


class Inspector(Vertical):
    """Tabs over one pass. Only the tab that is shown is made; each keeps its own place.

    One panel shows them all in turn: widgets that come and go would lay out the screen anew at each change of tab.
    """

    class ConsoleWanted(Message):
        """The console tab wants the lines of all requests, or of this one."""

        def __init__(self, everything: bool) -> None:  # noqa: FBT001 -- one fact
            super().__init__()
            self.everything = everything

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self.subject: Subject | None = None
        self.span: Span | None = None
        self.shown = Shown()
        self.tab = 0
        self._places: dict[int, Place] = {}
        self.toggled: set[object] = set()
        self._changes_only: set[str] = set()
        """Tabs that leave out what is insignificant."""
        self._significant: tuple[Trace, frozenset[int]] | None = None
        """The events of a trace that are significant, once they were asked for."""
        self.everything = False
        """The console shows the lines of all requests."""
        self.all_output: Sequence[OutputRow] = ()
        self._whole: tuple[_Look, Sequence[Row]] | None = None
        """The lines of a tab with the whole body, once they were asked for."""

    def compose(self) -> ComposeResult:
        """Names of tabs above, the tab below."""
        yield TabStrip(TABS)
        yield LineView(id="tab-lines")

    @property
    def view(self) -> LineView:
        """The lines that are shown."""
        return self.query_one("#tab-lines", LineView)

    def focus_view(self) -> None:
        """Give the keys to the lines."""
        self.view.focus()

    def show(self, subject: Subject | None, span: Span | None, heading: str) -> None:
        """Show another pass, or the same as it is now."""
        other = subject is None or self.subject is None or subject.number != self.subject.number
        if subject is not self.subject:
            self._whole = None
        self.subject, self.span = subject, span
        self.border_title = label(f"3 Inspector  {heading}".rstrip())
        if other:
            self._places.clear()
            self.view.show_from_top()
        self.fill()

    def choose_tab(self, index: int) -> None:
        """Show another tab; the keys go along."""
        view = self.view
        self._places[self.tab] = view.place
        self.tab = index % len(TABS)
        view.sticks_to_end = self.tab == CONSOLE
        view.set_rows([])
        self.fill()
        view.go_to_place(self._places.get(self.tab))

    def set_shown(self, shown: Shown) -> None:
        """Mask, or show, secrets."""
        self.shown = shown
        self.fill()

    def show_output(self, rows: Sequence[OutputRow]) -> None:
        """The lines of all requests are other ones."""
        self.all_output = rows
        if self.everything:
            self.fill()

    def fill(self) -> None:
        """Make the lines of the tab that is shown."""
        if not self.is_mounted:
            return
        name = TABS[self.tab]
        note = ""
        if self.span is not None and name in {"Environ", "Response"}:
            note = f"at {self.span.name}" if self.span.id else "at the server"
        self.query_one(TabStrip).show(self.tab, note)
        rows, empty = self._rows(name)
        self.view.set_rows(rows, empty=[(), (Run(empty, "dim"),)])

    def _rows(self, name: str) -> tuple[Sequence[Row], str]:
        """The lines of a tab, and what is said when there are none."""
        if name == "Console":
            return self._printed()
        subject, span = self.subject, self.span
        if subject is None or span is None:
            return (), "Nothing selected."
        if subject.failure:
            return (), subject.failure
        cells = self.view.cells
        return contained(lambda: self._made(name, subject, span, cells)), "No event is recorded."

    def _made(self, name: str, subject: Subject, span: Span, cells: int) -> Sequence[Row]:
        """The lines, with what is insignificant or without."""
        if self._whole is not None and self._whole[0] == self._look(name, span):
            return self._whole[1]
        if name not in self._changes_only:
            return self._all(name, subject, span, cells)
        if name != "Events":
            return only_changes(self._all(name, subject, span, cells), _CHANGES)
        if self._significant is None or self._significant[0] is not subject.trace:
            self._significant = (subject.trace, significant(subject.trace))
        return Timeline(subject.trace, span.id, cells, self.shown, only=self._significant[1])

    def _all(self, name: str, subject: Subject, span: Span, cells: int) -> Sequence[Row]:
        if name == "Environ":
            return environ_rows(span, cells, self.toggled, self.shown)
        if name == "Request":
            return request_rows(subject, cells, self.toggled, self.shown)
        if name == "Response":
            return response_rows(subject, span, cells, self.toggled, self.shown)
        if name == "Ledger":
            return [
                *rule_rows(subject.trace, cells, self.toggled, self.shown, subject.leaves_out),
                *order_rows(subject.trace, cells, self.toggled, self.shown, subject.leaves_out),
                *ledger_rows(subject.trace, cells, self.toggled, self.shown),
            ]
        return Timeline(subject.trace, span.id, cells, self.shown)

    def _look(self, name: str, span: Span) -> _Look:
        return _Look(name, span.id, self.view.cells, self.shown, frozenset(self.toggled))

    def load_whole(self) -> None:
        """Show all that is recorded of the body: made in a thread, for a large one takes seconds."""
        name, subject, span = TABS[self.tab], self.subject, self.span
        if subject is None or span is None or name not in BODIES:
            return
        look = self._look(name, span)
        toggled = look.toggled | {WHOLE}

        def make() -> Sequence[Row]:
            if name == "Request":
                return request_rows(subject, look.cells, toggled, look.shown)
            return response_rows(subject, span, look.cells, toggled, look.shown)

        def work() -> None:
            self.app.call_from_thread(self._take_whole, subject, look, contained(make))

        self.border_subtitle = label("laying out the whole body …")
        self.run_worker(work, thread=True, exclusive=True, group="whole")

    def _take_whole(self, subject: Subject, look: _Look, rows: Sequence[Row]) -> None:
        self.border_subtitle = ""
        if subject is self.subject:
            self._whole = look, rows
            self.fill()

    def _printed(self) -> tuple[Sequence[Row], str]:
        if self.everything:
            return console_rows(self.all_output, self.shown), "The application has printed nothing."
        if self.subject is None:
            return (), "Nothing selected."
        names = {span.id: span.name for span in self.subject.trace.spans if span.id}
        rows = console_rows(self.subject.output, self.shown, names)
        return rows, "This request printed nothing. ! shows the lines of all."

    def toggle_everything(self) -> None:
        """The console: all requests, or this one."""
        self.everything = not self.everything
        self.post_message(self.ConsoleWanted(self.everything))
        self.fill()

    def toggle_significant(self) -> None:
        """Leave out what is insignificant in this tab, or show it."""
        name = TABS[self.tab]
        if name != "Console":
            self._changes_only ^= {name}
            self.fill()

    def go_to_change(self, step: int) -> None:
        """Put the cursor on the next row that tells of a change, or with -1 on the one before."""
        view = self.view
        if isinstance(view.rows, Timeline):
            view.select_key(view.rows.change_beside(view.cursor, step))
            return
        places = [
            index
            for index, row in enumerate(view.rows)
            if isinstance(row.key, tuple) and row.key and row.key[0] in _CHANGES
        ]
        ahead = [place for place in places if (place - view.cursor) * step > 0]
        if ahead:
            view.select_key(view.rows[ahead[0] if step > 0 else ahead[-1]].key)

    def on_line_view_folded(self, event: LineView.Folded) -> None:
        """Fold a group, or unfold it."""
        event.stop()
        fold = event.row.fold
        if fold is not None:
            self.toggled ^= {fold}
            self.fill()
            event.view.select_key(event.row.key)

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        """A tab was clicked."""
        event.stop()
        self.choose_tab(event.index)
        self.focus_view()

    def on_resize(self) -> None:
        """Columns follow the width of the lines, which are laid out after this."""
        self.fill()
        self.call_after_refresh(self.fill)
