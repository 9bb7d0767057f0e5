"""Running the selected request many times, and coming back to what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from wsgitrace.replay import Ground, Hunt, Pursuit
from wsgitrace.tui.lines.hunt import progress_text
from wsgitrace.tui.screens.commands import Commands

if TYPE_CHECKING:
    from wsgitrace.capture import Summary
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace
    from wsgitrace.tui.comparing import Ignored

__all__ = ["Hunts"]


class Hunts(Commands):
    """A screen from which a request is run many times. One hunt goes on at a time, whatever is shown meanwhile."""

    ignored: Ignored
    """What does not count in any comparison."""
    pursuit: Pursuit | None = None
    """The last one."""
    _hunted: Summary | None = None
    """The request that it was about."""
    _told_hunt: bool = False
    """True when the user knows that it is over."""

    def begin_hunt(self, summary: Summary, trace: Trace, command: Replay, times: int, jobs: int) -> None:
        """Begin, and show it."""
        if self.pursuit is not None and not self.pursuit.over:
            self.say("A hunt goes on: H shows it, and esc stops it there.", severity="warning")
            return
        feed, capture = self.feed, self.feed.capture
        ground = Ground(
            capture.path,
            feed.send,
            lambda number: feed.pin(number, True),  # noqa: FBT003 -- as the feed has it
            lambda: feed.why_not("replay"),
            lambda: feed.status().restarts,
        )
        hunt = Hunt(trace, self.ignored.noise, times)
        pursuit = Pursuit(ground, command, hunt, jobs, capture.newest())
        self.pursuit, self._hunted, self._told_hunt = pursuit, summary, False

        def work() -> None:
            worker = get_current_worker()
            pursuit.run(lambda: worker.is_cancelled)

        # The application's worker: it goes on when this screen is left, and ends with the application.
        self.app.run_worker(work, thread=True, group="hunt")
        self.action_hunt()

    def why_not(self, key: str) -> str:
        """As for every screen; there must have been one to come back to."""
        if key == "hunt" and self.pursuit is None:
            return "There was no hunt yet: R runs the selected request as often as you say."
        return super().why_not(key)

    def action_hunt(self) -> None:
        """Show the last one."""
        if not self.refused("hunt") and self.pursuit is not None and self._hunted is not None:
            from wsgitrace.tui.screens.hunting import HuntScreen  # noqa: PLC0415 -- screens know each other

            self.app.push_screen(HuntScreen(self.feed, self._hunted, self.pursuit, self.shown), self._leave_hunt)

    def _leave_hunt(self, answer: str | None) -> None:
        self._told_hunt = self.pursuit is not None and self.pursuit.over
        self.leave_hunt(answer)

    def leave_hunt(self, answer: str | None) -> None:
        """Go to the request of a number, or filter by what follows a ``/``; a screen without a list stays."""

    def not_run(self, original: int, reason: str) -> None:
        """What cannot be run once cannot be run many times."""
        hunting = self.pursuit is not None and not self.pursuit.over and self.pursuit.command.replay_of == original
        if self.pursuit is not None and hunting:
            if self.pursuit.wish.is_set():
                return
            self.pursuit.wish.set()
        super().not_run(original, reason)

    def announce_hunt(self) -> None:
        """Tell of it once it is over, unless that was seen."""
        found = self.pursuit
        if (
            found is not None
            and found.over
            and not self._told_hunt
            and self._hunted is not None
            and self.app.screen is self
        ):
            self._told_hunt = True
            self.say(
                f"Hunt of {self._hunted.number}: {progress_text(found.hunt, found.stopped, over=True)}; H shows it."
            )
