"""The list of breakpoints: add, change, switch, remove."""

from __future__ import annotations

from functools import partial
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from wsgitrace.named_filters import NamedFilters
from wsgitrace.query import KINDS, FilterError, complete_breakpoint, read_breakpoint, with_names
from wsgitrace.safetext import safe
from wsgitrace.tui.completing import OF_BREAKPOINTS
from wsgitrace.tui.lines.breaking import breakpoint_rows
from wsgitrace.tui.painting import Row, Run, label
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.capture import Capture
    from wsgitrace.query import Field
    from wsgitrace.supervisor.breakpoints import Breakpoint
    from wsgitrace.tui.feed import Feed

__all__ = ["BreakpointsScreen", "ask_breakpoint", "wrong_with"]

_WIDTH = 68
"""Cells that a line of the window has."""
_HINTS = (
    "layer:NAME  on:EVENT  changed:HEADER  adds:  removes:  exc:TYPE",
    "lint:must  lint:A23  lint:* hold where a rule is broken",
    *wrap(f"events: {' '.join(KINDS)}", _WIDTH, subsequent_indent="        "),
    "once:yes holds one request · after:3 lets three pass",
    "with any filter, as in: layer:Session on:start_response path~^/cart",
    "or with one that has a name: layer:Session @api",
)
_REFRESH = 0.2


def wrong_with(text: str, named: Mapping[str, str] = MappingProxyType({})) -> str:
    """What is wrong with a breakpoint, one sentence; empty for nothing."""
    try:
        read_breakpoint(with_names(text, named))
    except FilterError as problem:
        return safe(problem.message)
    return ""


def ask_breakpoint(capture: Capture, text: str, take: Callable[[str], None]) -> tuple[AskScreen, Callable[..., None]]:
    """A window to type one in, and what takes the answer: ``take`` is given it with no name of a filter in it."""
    named = NamedFilters()

    def seen(field: Field) -> list[str]:
        known = capture.seen(field)
        if field.kind == "layer":
            known += [layer.name.rpartition(".")[2] for layer in capture.layers() if layer.kind != "server"]
        return list(dict.fromkeys(known))

    def taken(typed: str | None) -> None:
        if typed:
            take(with_names(typed, named))

    return AskScreen(
        "Break here",
        text,
        check=lambda typed: wrong_with(typed, named),
        hints=_HINTS,
        placeholder="layer:NAME on:EVENT   tab completes",
        ways=lambda typed, cursor: complete_breakpoint(typed, cursor, seen, named, OF_BREAKPOINTS),
    ), taken


class BreakpointsScreen(Dialog[None]):
    """``space`` on and off, ``enter`` changes, ``a`` adds, ``delete`` or ``d`` removes, ``I`` all off and on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "On, off", show=False, priority=True),
        Binding("enter", "change", "Change", show=False, priority=True),
        Binding("a", "add", "Add", show=False),
        Binding("d,delete", "remove", "Remove", show=False),
        Binding("I", "switch_all", "All on, off", show=False),
        Binding("B", "close", "Close", show=False),
    ]
    AUTO_FOCUS = "LineView"

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed

    def compose(self) -> ComposeResult:
        """The list."""
        view = LineView(classes="dialog wide")
        view.border_title = label("Breakpoints")
        view.border_subtitle = label("space on/off · enter change · a add · d remove · I all off/on · esc")
        yield view

    def on_mount(self) -> None:
        """Hits go on while one looks."""
        self.set_interval(_REFRESH, self.fill)
        self.fill()

    def fill(self) -> None:
        """Show what there is."""
        status = self.feed.status()
        rows = breakpoint_rows(status.breakpoints, on=status.breakpoints_on)
        if not status.breakpoints_on:
            rows.insert(0, Row((Run("All are off: I switches them on again.", "warning"),)))
        empty = [(), (Run("There are none: a adds one; b on a layer, an event or a header breaks there.", "dim"),)]
        self.query_one(LineView).set_rows(rows, empty=empty)

    @property
    def current(self) -> Breakpoint | None:
        """The one under the cursor."""
        row = self.query_one(LineView).current
        key = None if row is None else row.key
        number = key[1] if isinstance(key, tuple) and key[0] == "breakpoint" else None
        return next((one for one in self.feed.status().breakpoints if one.id == number), None)

    def action_switch(self) -> None:
        """Let it hold, or not."""
        if (one := self.current) is not None:
            self.feed.switch_breakpoint(one.id, on=not one.on)

    def action_switch_all(self) -> None:
        """Let all hold as they say, or none."""
        self.feed.switch_breakpoint(None, on=not self.feed.status().breakpoints_on)

    def action_remove(self) -> None:
        """Forget it."""
        if (one := self.current) is not None:
            self.feed.remove_breakpoint(one.id)

    def action_add(self) -> None:
        """One more."""
        self.app.push_screen(*ask_breakpoint(self.feed.capture, "", self.feed.add_breakpoint))

    def action_change(self) -> None:
        """Another text."""
        one = self.current
        if one is None:
            self.action_add()
            return
        change = partial(self.feed.change_breakpoint, one.id)
        self.app.push_screen(*ask_breakpoint(self.feed.capture, one.text, change))
