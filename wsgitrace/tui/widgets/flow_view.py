"""The picture of a request, with a cursor on a row and one on a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.flow import FlowRows
from wsgitrace.tui.painting import Run
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.trace.flow import Flow
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Row

__all__ = ["FlowView"]


class FlowView(LineView):
    """Rows are walked through like lines; the columns scroll along, and ``←`` ``→`` choose one of them.

    Moving to a row chooses the column of who did what is told there.
    """

    stops_at_keys: ClassVar[bool] = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self.drawn: Flow | None = None
        self.shown: Shown | None = None
        self.column = 0
        """The chosen one."""

    def show(self, drawn: Flow, shown: Shown, seq: int | None = None) -> None:
        """Show a picture; the cursor stays at its event, or goes to the one asked for."""
        self.drawn, self.shown = drawn, shown
        left = self.rows.left if isinstance(self.rows, FlowRows) else 0
        self._lay_out(left)
        if seq is not None:
            self.select_key(("event", seq))
        self._choose()

    def _lay_out(self, left: int) -> None:
        drawn, shown = self.drawn, self.shown
        if drawn is None or shown is None:
            return
        rows = contained(lambda: FlowRows(drawn, self.cells, shown).beside(left))
        self._set(rows)

    def _set(self, rows: Sequence[Row]) -> None:
        head = [rows.head(self.column)] if isinstance(rows, FlowRows) else []
        self.set_rows(rows, head=head, empty=[(), (Run("Nothing is recorded.", "dim"),)])

    def _go(self, index: int, direction: int = 1) -> None:
        before = self.cursor
        super()._go(index, direction)
        if self.cursor != before:
            self._choose()

    def _choose(self) -> None:
        """Choose the column of who did what is told at the cursor, and scroll to where that went from and to."""
        rows, drawn = self.rows, self.drawn
        if not isinstance(rows, FlowRows) or drawn is None or not drawn.rows:
            return
        row = drawn.rows[self.cursor]
        self.column = row.by
        self._set(rows.showing(row.start, row.end, row.by))

    def action_shift(self, cells: int) -> None:
        """Choose the next column, or the one before."""
        rows, drawn = self.rows, self.drawn
        if not isinstance(rows, FlowRows) or drawn is None:
            return
        place = rows.layout.of.get(self.column, 0) + (1 if cells > 0 else -1)
        if 0 <= place < len(rows.layout.places):
            self.column = rows.layout.places[place].columns[0]
            self._set(rows.showing(self.column))
            self.post_message(self.Moved(self, self.current))

    def on_resize(self) -> None:
        """Columns follow the width."""
        self._lay_out(self.rows.left if isinstance(self.rows, FlowRows) else 0)
        super().on_resize()
