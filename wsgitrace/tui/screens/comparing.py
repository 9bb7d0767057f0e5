"""Comparing the selected request with another."""

from __future__ import annotations

from abc import abstractmethod

from wsgitrace.tui.comparing import counterpart
from wsgitrace.tui.screens.diff import DiffScreen
from wsgitrace.tui.screens.replaying import Replaying

__all__ = ["Comparing"]


class Comparing(Replaying):
    """A screen from which the diff screen is opened."""

    @abstractmethod
    def go_to(self, number: int) -> None:
        """Put the cursor on a request by its number."""

    def compared_with(self) -> tuple[int, int] | None:
        """What the selected request is compared with, and itself; None where there is nothing."""
        other = None if self.selected is None else counterpart(self.feed.capture, self.selected)
        return None if other is None or self.selected is None else (other.number, self.selected.number)

    def action_diff(self) -> None:
        """Compare the selected request with its original, the marked one, or the one before of its route."""
        if self.refused("diff"):
            return
        numbers = self.compared_with()
        if numbers is None:
            self.say("There is nothing to compare it with: mark another request (m), or replay this one (r).")
            return
        self.app.push_screen(DiffScreen(self.feed, numbers, self.shown, self.ignored), self._leave_diff)

    def _leave_diff(self, number: str | None) -> None:
        if number:
            self.go_to(int(number))
