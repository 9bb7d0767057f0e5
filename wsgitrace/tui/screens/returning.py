"""Back to an event for real: the request is run again, and held there once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.replay import SAFE
from wsgitrace.trace.stepping import ordinal, unrecorded_before
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    from wsgitrace.tui.transitions import Key
    from wsgitrace.tui.walk import Walk

__all__ = ["Returning"]


class Returning(Commands):
    """A screen on one request, which can be run again up to an event."""

    walk: Walk
    _returning: bool = False
    """A replay is awaited that is to be shown in the place of its original."""

    def action_replay_here(self) -> None:
        """Run it again, and hold it where one stands."""
        trace = self.walk.trace
        if trace is None or self.refused("step_replay_here") or self.selected is None:
            return
        here = ordinal(trace, self.walk.seq)
        if self.selected.method in SAFE:
            self._run_again(here)
        else:
            self._offer(f"What {self.selected.method} does is done again.\nHold it at event {self.walk.seq}?", here)

    def offers_return(self, key: Key) -> bool:
        """Offer to run it again where the way back is not recorded; False where it is."""
        trace = self.walk.trace
        if trace is None or not self.walk.live or not (key.startswith("back_") or key == "event_previous"):
            return False
        earlier = unrecorded_before(trace, self.walk.seq)
        if earlier is None or self.selected is None or self.feed.why_not("replay"):
            return False
        done = "" if self.selected.method in SAFE else f"\nWhat {self.selected.method} does is done again."
        self._offer(f"The event before is not recorded.\nRun the request again, and hold it there?{done}", earlier)
        return True

    def _offer(self, question: str, hold_at: int) -> None:
        def answered(yes: bool | None) -> None:  # noqa: FBT001 -- the answer
            if yes:
                self._run_again(hold_at)

        self.app.push_screen(ConfirmScreen("Run it again", question, "run it again"), answered)

    def _run_again(self, hold_at: int) -> None:
        if self.selected is not None:
            number, newest = self.selected.number, self.feed.capture.newest()
            if self.command(lambda: self.feed.replay(number, hold_at)):
                self._replaying, self._returning = (number, newest), True

    def shown_instead(self) -> bool:
        """Whether the replay that has come is to be shown from now on."""
        returning, self._returning = self._returning, False
        return returning
