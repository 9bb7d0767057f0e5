"""The layers that the selected request went through."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from wsgitrace.tui.lines.faults import contained
from wsgitrace.tui.lines.layers import about, layer_rows
from wsgitrace.tui.lines.orders import order_marks
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import Run, label
from wsgitrace.tui.units import counted, duration
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.tui.painting import Line, Row
    from wsgitrace.tui.subject import Subject

__all__ = ["LayerTree"]


class LayerTree(LineView):
    """A tree with bars; the pass under the cursor is what the inspector is about."""

    stops_at_keys: ClassVar[bool] = True

    class Chosen(Message):
        """Another pass is under the cursor."""

        def __init__(self, span: int) -> None:
            super().__init__()
            self.span = span

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(id=id, classes=classes)
        self.subject: Subject | None = None
        self.span: int | None = None
        """The pass that was chosen; None: the default one of the subject."""
        self.unfolded = False
        self._head: Sequence[Line] = ()
        self.shown = Shown()

    def set_shown(self, shown: Shown) -> None:
        """Mask, or show, secrets."""
        self.shown = shown
        self._fill()

    def show(self, subject: Subject | None, heading: str) -> None:
        """Show another request, or the same as it is now."""
        same = subject is not None and self.subject is not None and subject.number == self.subject.number
        self.subject = subject
        if not same:
            self.span = None if subject is None else subject.default_span.id
        self.border_title = label(f"2 Layers  {heading}".rstrip())
        self._fill()
        if not same and self.span is not None:
            self.stand_at(("span", self.span))

    def _fill(self) -> None:
        subject = self.subject
        if subject is None:
            self.set_rows([], empty=[(), (Run("  Select a request to see the layers it went through.", "dim"),)])
            self.border_subtitle = None
            return
        if subject.failure:
            self.set_rows([], empty=[(), (Run(f"  This request cannot be read: {subject.failure}", "warning"),)])
            return
        self._head = ()
        rows = contained(lambda: self._rows(subject))
        self.set_rows(rows, head=self._head, empty=[])
        held = f" · held {duration(subject.trace.held)}" if subject.trace.held else ""
        spans = len(subject.trace.spans) - 1
        other = " · 3 inspector" if self.screen.has_class("-narrow") else ""
        self.border_subtitle = label(
            f"{duration(subject.trace.clock(subject.trace.clock.end))}{held} · {counted(spans, 'pass')}{other}"
        )

    def _rows(self, subject: Subject) -> list[Row]:
        tree = layer_rows(subject.trace, self.content_size.width, unfolded=self.unfolded)
        self._head = tree.head
        return [
            *tree.rows,
            *order_marks(subject.trace, self.content_size.width, subject.leaves_out),
            *about(subject.span(self.span), self.shown),
        ]

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """The cursor is on another pass."""
        event.stop()
        self._choose()

    def _go(self, index: int, direction: int = 1) -> None:
        super()._go(index, direction)
        self._choose()

    def _choose(self) -> None:
        row = self.current
        if row is None or not isinstance(row.key, tuple) or self.subject is None:
            return
        span = row.key[1]
        if span != self.span and isinstance(span, int):
            self.span = span
            self._fill()
            self.post_message(self.Chosen(span))

    def action_fold(self) -> None:
        """Show the passes that did nothing, or fold them."""
        self.unfolded = not self.unfolded
        self._fill()

    def on_resize(self) -> None:
        """Bars and columns follow the width."""
        self._fill()
        super().on_resize()
