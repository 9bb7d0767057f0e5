"""The selected request run again: edited in a form, or many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.capture import CaptureError
from wsgitrace.redact import Masker
from wsgitrace.replay import (
    ReplayRefused,
    draft_of,
    newest_cookies,
    prepare,
    with_cookies,
)
from wsgitrace.tui.repeating import HINTS, Options, Repetition, check_options, read_options
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.edit_form import EditScreen
from wsgitrace.tui.screens.hunts import Hunts

if TYPE_CHECKING:
    from wsgitrace.capture import Summary
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["Replaying"]


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
        self._edit(trace, command)

    def _edit(self, trace: Trace, command: Replay) -> None:
        number = command.replay_of
        masker: Masker = self.app.masker  # type: ignore[attr-defined]  # our app's

        def filled_in(new: Replay | None) -> None:
            if new is not None:
                method = new.head.partition(b" ")[0].decode("latin-1")
                self.run_again(number, method, lambda: self.feed.send(new))

        form = EditScreen(draft_of(trace, command), masker, Masker.revealing(), revealed=self.shown.revealed)
        self.app.push_screen(form, filled_in)

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
