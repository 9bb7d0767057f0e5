"""What can be done to a request, on every screen that shows one: why not, if not, and the doing."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import SuspendNotSupported
from textual.screen import Screen

from wsgitrace.query import parse
from wsgitrace.replay import SAFE
from wsgitrace.tui.editing import EditorError, editor_command, open_editor
from wsgitrace.tui.keys import KEYS
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.breaking import Breaking
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.suspending import put_away

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from textual.widget import Widget

    from wsgitrace.capture import Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.query import Filter
    from wsgitrace.tui.feed import Command, Feed
    from wsgitrace.tui.keys import Place
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Row

__all__ = ["Commands"]

_ACTIONS: Final = {key.id: key.action for key in KEYS}
"""What keys do, by their ids: on another screen another key does the same."""

_NEEDS_FEED: Final[dict[str, Command]] = {
    "hold_next": "hold_next",
    "break_here": "break",
    "breakpoints_off": "break",
    "let_go": "resume",
    "let_all_go": "resume",
    "replay": "replay",
    "edit_replay": "replay",
    "replay_options": "replay",
    "watch": "replay",
    "pin": "pin",
    "delete": "delete",
    "restart": "restart",
}
"""Actions by the command that they give."""

_SENDS_AGAIN: Final = frozenset(action for action, command in _NEEDS_FEED.items() if command == "replay")

_NEEDS_REQUEST: Final = _SENDS_AGAIN | {
    "let_go",
    "pin",
    "step",
    "copy",
    "export",
    "flow",
    "delete",
    "diff",
    "load_body",
}
"""Actions that are about the selected request."""

ORDER_SECONDS = 3
"""Seconds for which it is told what will be held: no longer, for by then it may be held, or not be wanted any more."""


class Commands(Breaking, Screen[str]):
    """A screen with a selected request. A key that cannot work says why instead of doing nothing."""

    feed: Feed
    shown: Shown
    place: ClassVar[Place] = "main"
    """Which keys of the table are its own."""
    ready: bool = False
    """True from when it is composed until it is taken apart: only then can it show what changed."""
    _replaying: tuple[int, int] | None = None
    """A replay that is awaited: the original, and the newest request when it was ordered."""
    _held_before: tuple[int, ...] | None = None
    """While a request is to be held: those that were held when that was ordered."""
    _told_held: frozenset[int] = frozenset()
    """Those that are held, and have been told of or are shown."""

    _said: tuple[str, str] = ("", "")
    """What was told last, and how grave it is."""
    _said_until: float = 0.0
    """Until when that can be read, on the clock of the process."""

    @property
    @abstractmethod
    def selected(self) -> Summary | None:
        """The request that commands are about."""

    @property
    def let_through(self) -> tuple[Filter, int | None]:
        """The filter of a list, and how many it lets through as far as that is known."""
        return parse(""), None

    @property
    @abstractmethod
    def selected_layer(self) -> LayerFound | None:
        """The layer that the source is shown of."""

    @abstractmethod
    def feed_changed(self) -> None:
        """Something may have changed."""

    def on_unmount(self) -> None:
        """Nothing can be shown any more."""
        self.ready = False

    @abstractmethod
    def show_status(self) -> None:
        """The state of the worker, and the seconds, may have changed."""

    @abstractmethod
    def set_shown(self, shown: Shown) -> None:
        """Show secrets, or mask them."""

    def why_not(self, key: str) -> str:
        """Why a key cannot work now, one sentence; empty when it can."""
        action = _ACTIONS.get(key, key)
        if action in _NEEDS_REQUEST and self.selected is None:
            return "No request is selected."
        command = _NEEDS_FEED.get(action)
        reason = "" if command is None else self.feed.why_not(command)
        return reason or self._why_not_this(action)

    def _why_not_this(self, action: str) -> str:
        """Why not for what is selected, held and set."""
        selected = self.selected
        if action == "let_go" and selected is not None:
            return "" if selected.state == "held" else "This request is not held."
        if action == "let_all_go":
            return "" if self.feed.status().held else "Nothing is held."
        if action == "breakpoints_off":
            return "" if self.feed.status().breakpoints else "There is no breakpoint: b asks for one."
        if action == "source":
            layer = self.selected_layer
            return "" if layer is not None and layer.file else "No layer with a known source is selected."
        if action in _SENDS_AGAIN and selected is not None and selected.how == "refused":
            return "The server refused this request: there is no head to send again."
        return ""

    def refused(self, key: str) -> bool:
        """True when a key cannot work now; says why."""
        reason = self.why_not(key)
        if reason:
            self.say(reason, severity="warning")
        return bool(reason)

    def say(self, text: str, *, severity: str = "information", seconds: float = 4) -> None:
        """One sentence at the edge of the screen, for as long as it takes to read; one that stands there is enough."""
        now = time.monotonic()
        if (text, severity) == self._said and now < self._said_until:
            return
        self._said, self._said_until = (text, severity), now + seconds
        self.app.notify(str(label(text)), severity=severity, markup=False, timeout=seconds)  # type: ignore[arg-type]

    def command(self, give: Callable[[], None]) -> bool:
        """Give a command to the feed; what goes wrong is told, and False returned."""
        try:
            give()
        except Exception as error:  # noqa: BLE001 -- the worker may go away at any moment
            self.say(f"That did not work: {error}", severity="error")
            return False
        return True

    def show_value(self, row: Row) -> None:
        """The whole of a value, in a window."""
        if row.key is None and row.value is None:
            return
        from wsgitrace.tui.screens.value import ValueScreen  # noqa: PLC0415 -- screens know each other

        self.app.push_screen(ValueScreen(row))

    def action_zoom(self) -> None:
        """Give the panel with the cursor the whole screen, or take it back."""
        self.zoom_to(None if self.has_class("-zoomed") else self.focused)

    def zoom_to(self, widget: Widget | None) -> None:
        """Show only the panel around a widget; None: all."""
        self.set_class(widget is not None, "-zoomed")
        around = [] if widget is None else widget.ancestors_with_self
        for part in self.query(".frame, .shelf"):
            part.set_class(part in around, "-zoom")

    def action_replay(self) -> None:
        """Send the selected request through the application again."""
        if not self.refused("replay") and self.selected is not None:
            number, method = self.selected.number, self.selected.method
            self.run_again(number, method, lambda: self.feed.replay(number))

    def run_again(self, number: int, method: str, give: Callable[[], None]) -> None:
        """Give a command that runs a request again; asks first where it may change something, once."""

        def go() -> None:
            newest = self.feed.capture.newest()
            if self.command(give):
                self._replaying = (number, newest)

        self.once_asked(method, go)

    def once_asked(self, method: str, go: Callable[[], None]) -> None:
        """Go on; where requests by this method may change something, when the user has said so once."""

        def answered(yes: bool | None) -> None:  # noqa: FBT001 -- the answer
            if yes:
                self.app.replays_unsafe = True  # type: ignore[attr-defined]  # our app's
                go()

        if method in SAFE or self.app.replays_unsafe:  # type: ignore[attr-defined]  # our app's
            go()
            return
        question = f"What {method} does is done again. This is asked only once."
        self.app.push_screen(ConfirmScreen("Replay", question, "replay"), answered)

    def announce_replay(self) -> int | None:
        """Tell of the replay that was ordered once it is there; returns its number, once."""
        for number, reason in self.feed.refused():
            self.not_run(number, reason)
        if self._replaying is None:
            return None
        original, newest = self._replaying
        found = next((number for number in self.feed.capture.replays(original) if number > newest), None)
        if found is not None:
            self._replaying = None
            row = self.feed.capture.summary(found)
            if row is not None and row.how == "refused":
                self.not_run(original, row.note)
            else:
                self.say(f"Request {found} replays {original}.")
        return found

    def not_run(self, original: int, reason: str) -> None:
        """A replay was not run: tell why."""
        if self._replaying is not None and self._replaying[0] == original:
            self._replaying = None
        self.say(f"Request {original} was not run again: {self.shown.prose(reason)}.", severity="error", seconds=8)

    def caught(self) -> int | None:
        """The request that was held as ordered, once, as soon as it can be shown."""
        before = self._held_before
        if before is None:
            return None
        new = (number for number in self.feed.status().held if number not in before)
        found = next((number for number in new if self.feed.capture.summary(number) is not None), None)
        if found is not None:
            self._held_before = None
        return found

    def take_held_as_known(self) -> None:
        """What is held already is no news: the top bar counts it."""
        self._told_held = frozenset(self.feed.status().held)

    def announce_held(self, shown: Collection[int]) -> None:
        """Tell of requests that are held from now on and are not among those ``shown``."""
        held = self.feed.status().held
        # One that is not recorded yet is told of when it can be found.
        new = [number for number in held if number not in self._told_held and self.feed.capture.summary(number)]
        self._told_held = frozenset([*new, *(number for number in held if number in self._told_held)])
        hidden = [number for number in new if number not in shown]
        if hidden:
            what = f"Request {hidden[0]} is" if len(hidden) == 1 else f"{len(hidden)} requests are"
            self.say(f"{what} held, and not shown here: the filter is:held finds what waits.", seconds=ORDER_SECONDS)

    def action_hold_next(self) -> None:
        """Hold the next request, or take the order back."""
        if not self.refused("hold_next"):
            on = not self.feed.status().hold_next
            held = self.feed.status().held
            if self.command(lambda: self.feed.hold_next(on)):
                self._held_before = held if on else None
                text = "The next request will be held at its first layer." if on else "No request will be held."
                self.say(text, seconds=ORDER_SECONDS)
                self.feed_changed()

    def action_let_go(self) -> None:
        """Let the selected request go on."""
        if not self.refused("continue") and self.selected is not None:
            number = self.selected.number
            self.command(lambda: self.feed.resume(number))

    def action_let_all_go(self) -> None:
        """Let every held request go on."""
        if not self.refused("continue_all"):
            self.command(lambda: self.feed.resume(None))

    def action_pin(self) -> None:
        """Mark the selected request, or take the mark away."""
        if not self.refused("pin") and self.selected is not None:
            summary = self.selected
            self.command(lambda: self.feed.pin(summary.number, not summary.pinned))
            self.feed_changed()

    def action_source(self) -> None:
        """Open the source of the selected layer in the user's editor; recording goes on meanwhile."""
        layer = self.selected_layer
        if self.refused("source") or layer is None:
            return
        try:
            command = editor_command(layer.file, layer.line, os.environ)
            put_away(self.app, lambda: open_editor(command))
        except (EditorError, SuspendNotSupported) as problem:
            self.say(str(problem), severity="error")

    def action_restart(self) -> None:
        """Start the application's process anew."""
        if not self.refused("restart") and self.command(self.feed.restart):
            self.say("Restarting the application.")

    def action_step(self) -> None:
        """Step through the selected request."""
        self.step_from(None)

    def step_from(self, seq: int | None) -> None:
        """The same, from an event; None: from where it is held, or its first."""
        if not self.refused("step") and self.selected is not None:
            from wsgitrace.tui.screens.step import StepScreen  # noqa: PLC0415 -- screens know each other

            self.app.push_screen(StepScreen(self.feed, self.selected.number, self.shown, seq))

    def action_flow(self) -> None:
        """The selected request as a picture."""
        if not self.refused("flow") and self.selected is not None:
            from wsgitrace.tui.screens.flow import FlowScreen  # noqa: PLC0415 -- screens know each other

            self.app.push_screen(FlowScreen(self.feed, self.selected.number, self.shown))

    def action_copy(self) -> None:
        """Choose what to copy."""
        if not self.refused("copy") and self.selected is not None:
            from wsgitrace.tui.screens.copying import CopyScreen  # noqa: PLC0415 -- screens know each other
            from wsgitrace.tui.widgets.line_view import LineView  # noqa: PLC0415 -- likewise

            row = self.focused.current if isinstance(self.focused, LineView) else None
            value = "" if row is None or row.value is None else row.value
            self.app.push_screen(CopyScreen(self.feed, self.selected, self.shown, value))
