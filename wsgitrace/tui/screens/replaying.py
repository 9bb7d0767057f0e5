"""The selected request run again: edited in a form, or in other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.capture import CaptureError
from wsgitrace.redact import Masker
from wsgitrace.replay import ReplayRefused, draft_of, prepare
from wsgitrace.tui.screens.edit_form import EditScreen
from wsgitrace.tui.screens.repeating import Repeating

if TYPE_CHECKING:
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["Replaying"]


class Replaying(Repeating):
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
