"""The filter line: what to look for, what is wrong with it, how it may go on, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from wsgitrace.query import FilterError, complete, parse
from wsgitrace.tui.completing import OF_FILTERS
from wsgitrace.tui.history import History
from wsgitrace.tui.painting import label, width
from wsgitrace.tui.units import count
from wsgitrace.tui.widgets.completing import Completing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.query import Field

__all__ = ["FilterBar"]

SIGN = " / "


class FilterBar(Vertical):
    """Filters while one types; ``enter`` keeps the filter, ``escape`` clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear", show=False),
        Binding("enter", "keep", "Keep", show=False, priority=True),
        Binding("tab", "complete(1)", "Complete", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", "Complete", show=False, priority=True),
        Binding("up", "history(-1)", "Older", show=False, priority=True),
        Binding("down", "history(1)", "Newer", show=False, priority=True),
    ]

    class Changed(Message):
        """Another text that is a filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Done typing."""

    def __init__(self, seen: Callable[[Field], Iterable[str]], named: Mapping[str, str]) -> None:
        super().__init__()
        self._named = named
        self._history = History()
        self._back = 0
        self._typed = ""
        self._completing = Completing(lambda text, cursor: complete(text, cursor, seen, named, OF_FILTERS))

    def compose(self) -> ComposeResult:
        """A sign, the text, the count; what is wrong; what may follow."""
        with Horizontal(id="filter-line"):
            yield Static(SIGN, id="filter-sign", markup=False)
            yield Input(
                placeholder="text in method, path or status, or FIELD:VALUE, as in status:5xx   tab completes",
                id="filter-text",
                select_on_focus=False,
            )
            yield Static("", id="filter-count", markup=False)
        yield Static("", id="filter-error", markup=False)
        yield Static("", id="filter-choices", markup=False)

    @property
    def input(self) -> Input:
        """Where one types."""
        return self.query_one("#filter-text", Input)

    def _show(self, *, on: bool) -> None:
        """Be there, or not; what is told at the edge of the screen makes room for it."""
        self.set_class(on, "-shown")
        self.screen.set_class(on, "-filtering")

    def open(self) -> None:
        """Ask for a text."""
        self._show(on=True)
        self._back = 0
        # At once: Widget.focus() does it later, after the keys that were typed meanwhile.
        self.screen.set_focus(self.input)

    def put(self, text: str) -> None:
        """Have a text as if it had been typed and kept."""
        self._show(on=True)
        self.input.value = text
        self.input.cursor_position = len(text)
        self._history.add(text)

    def clear(self) -> None:
        """No filter."""
        self.input.value = ""
        self._show(on=False)
        self.post_message(self.Changed(""))

    def say(self, matches: int, total: int, share: float = 1.0, analysed: tuple[int, int] | None = None) -> None:
        """How many match; ``share``: of what has been looked at, 0 to 1; ``analysed``: to which number of which."""
        so_far = f"  {share:.0%} looked at" if share < 1 else ""
        if analysed is not None:
            so_far += f"  analysed to {count(analysed[0])} of {count(analysed[1])}"
        text = f"{count(matches)} of {count(total)} match{so_far} · esc clears"
        self.query_one("#filter-count", Static).update(label(text))

    def note(self, text: str) -> None:
        """Something else in the place of the count."""
        self.query_one("#filter-count", Static).update(label(text))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types, as long as it is a filter."""
        event.stop()
        error = self.query_one("#filter-error", Static)
        try:
            parse(event.value, named=self._named)
        except FilterError as problem:
            at = len(SIGN) + width(event.value[: problem.start]) - self.input.scroll_offset.x
            pointer = " " * max(0, at) + "^" * max(1, width(event.value[problem.start : problem.end]))
            error.update(label(f"{pointer} {problem.message}"))
            error.display = True
        else:
            error.display = False
            self.post_message(self.Changed(event.value))
        self._completing.typed(event.value)
        self._show_choices()

    def action_keep(self) -> None:
        """Keep it; one that cannot be understood stays to be mended."""
        text = self.input.value
        if self.query_one("#filter-error", Static).display:
            return
        self._history.add(text)
        self._completing.forget()
        self._show_choices()
        if not text:
            self._show(on=False)
        self._leave()

    def _leave(self) -> None:
        # At once: what is typed next is keys for the list.
        self.screen.set_focus(self.screen.query_one("#requests"))
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """``escape`` while typing."""
        self.clear()
        self._leave()

    def action_complete(self, direction: int) -> None:
        """The first way to go on, then the next ones."""
        self._completing.step(self.input, direction)
        self._show_choices()

    def _show_choices(self) -> None:
        line = self.query_one("#filter-choices", Static)
        text = self._completing.line
        line.display = bool(text)
        line.update(label(text))

    def action_history(self, direction: int) -> None:
        """A filter used before, or back to what was typed."""
        texts = self._history.texts
        back = max(0, min(self._back - direction, len(texts)))
        if back == self._back:
            return
        if not self._back:
            self._typed = self.input.value
        self._back = back
        self.input.value = texts[-back] if back else self._typed
        self.input.cursor_position = len(self.input.value)
