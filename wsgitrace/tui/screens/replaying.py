"""The selected request, edited and run again: its first line at once, all of it in $EDITOR."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from wsgitrace.capture import CaptureError
from wsgitrace.replay import ReplayRefused, as_edited, check_request_line, prepare, raw_request, with_request_line
from wsgitrace.tui.editing import EditorError, edit_bytes
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.commands import Commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["Replaying"]

_HINTS = (
    "enter runs it so, with the header fields and the body as they were",
    "ctrl+e edits all of it in $EDITOR; the length that is announced follows the body",
)


class Replaying(Commands):
    """A screen whose selected request can be edited and run again."""

    def action_edit_replay(self) -> None:
        """Edit a copy of the selected request, and run that."""
        if self.refused("edit_replay") or self.selected is None:
            return
        try:
            trace, command = prepare(self.selected.number, self.feed.capture)
        except (ReplayRefused, CaptureError) as problem:
            self.say(f"{problem}.", severity="warning")
            return
        text = raw_request(trace, command).decode("latin-1")
        if not self.shown.revealed and self.shown.masker.head(text) != text:
            self.say("There are secrets in it: \\ shows them, then e edits it.", severity="warning")
            return
        self._ask_line(trace, command)

    def _ask_line(self, trace: Trace, command: Replay) -> None:
        line = command.head.partition(b"\r\n")[0].decode("latin-1")

        def typed(new: str | None) -> None:
            if new is not None:
                self._send(lambda: with_request_line(trace, command, new))

        screen = AskScreen(
            "Edit and replay",
            line,
            check=check_request_line,
            hints=_HINTS,
            placeholder="METHOD TARGET HTTP/1.1",
            elsewhere=lambda: self._in_editor(trace, command),
        )
        self.app.push_screen(screen, typed)

    def _in_editor(self, trace: Trace, command: Replay) -> None:
        raw = raw_request(trace, command)
        try:
            with self.app.suspend():
                new = edit_bytes(raw, ".http", os.environ)
        except (EditorError, SuspendNotSupported) as problem:
            self.say(str(problem), severity="error")
            return
        if new == raw:
            self.say("Nothing was changed: r runs it as it was.")
        else:
            self._send(lambda: as_edited(command, new))

    def _send(self, edited: Callable[[], Replay]) -> None:
        """Have the edited request run; what it became says whether that is asked about."""
        summary = self.selected
        if summary is None:
            return
        try:
            command = edited()
        except ReplayRefused as problem:
            self.say(f"That is no request: {problem}.", severity="error")
            return
        method = command.head.partition(b" ")[0].decode("latin-1")
        self.run_again(summary.number, method, lambda: self.feed.send(command))
