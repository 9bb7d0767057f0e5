"""The selected request run again: edited, its first line at once or all of it in $EDITOR, or many times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from wsgitrace.capture import CaptureError
from wsgitrace.replay import (
    ReplayRefused,
    as_edited,
    check_request_line,
    newest_cookies,
    prepare,
    raw_request,
    with_cookies,
    with_request_line,
)
from wsgitrace.tui.editing import EditorError, edit_bytes
from wsgitrace.tui.repeating import HINTS, Options, Repetition, check_options, read_options
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.hunts import Hunts

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Summary
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["Replaying"]

_HINTS = (
    "enter runs it so, with the header fields and the body as they were",
    "ctrl+e edits all of it in $EDITOR; the length that is announced follows the body",
)


class Replaying(Hunts):
    """A screen whose selected request can be edited and run again, once or many times."""

    _repetition: Repetition | None = None
    """What is run many times."""
    _repeated: Replay | None = None
    """What is sent for it."""

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

    def action_replay_options(self) -> None:
        """Run the selected request so often, so many at once, with the cookies of now."""
        if self.refused("replay_options") or self.selected is None:
            return
        summary = self.selected

        def typed(text: str | None) -> None:
            if text is not None:
                self._repeat(summary, read_options(text))

        screen = AskScreen("Replay options", "times:10", check=check_options, hints=HINTS)
        self.app.push_screen(screen, typed)

    def _repeat(self, summary: Summary, options: Options) -> None:
        """Begin; what is sent later follows as replays end."""
        try:
            trace, command = prepare(summary.number, self.feed.capture)
        except (ReplayRefused, CaptureError) as problem:
            self.say(f"{problem}.", severity="warning")
            return
        if options.fresh_cookies:
            command = with_cookies(command, newest_cookies(self.feed.capture, command))

        if options.times > 1:
            times, jobs = options.times, options.jobs
            self.once_asked(summary.method, lambda: self.begin_hunt(summary, trace, command, times, jobs))
            return

        def begin() -> None:
            self._repetition = Repetition(summary.number, options, self.feed.capture.newest())
            self._repeated = command
            self._go_on()

        self.run_again(summary.number, summary.method, begin)

    def _go_on(self) -> None:
        """Send what there is room for; told when all have ended."""
        repetition, command = self._repetition, self._repeated
        if repetition is None or command is None:
            return
        for _ in range(repetition.look(self.feed.capture)):
            repetition.sent += 1
            if not self.command(lambda: self.feed.send(command)):
                self._repetition = None
                return
        if repetition.over:
            self._repetition = None
            self.say(repetition.text, seconds=8)

    def announce_replay(self) -> int | None:
        """Also go on with what is run many times."""
        self._go_on()
        return super().announce_replay()

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
