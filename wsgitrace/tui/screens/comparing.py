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
        one = self.selected
        other = None if one is None else counterpart(self.feed.capture, one)
        if one is None or other is None:
            return None
        # Changes are read from the original to its replay.
        return (one.number, other.number) if other.replay_of == one.number else (other.number, one.number)

    def action_diff(self) -> None:
        """Compare the selected request with its original, the marked one, one before of its route, or its replay."""
        if self.refused("diff"):
            return
        numbers = self.compared_with()
        if numbers is None:
            ways = "mark another request (m), or replay this one (r)"
            if self.feed.why_not("pin"):
                ways = "`wsgitrace diff FILE A B` compares any two of a recording"
            self.say(f"There is nothing to compare it with: {ways}.")
            return
        self.app.push_screen(DiffScreen(self.feed, numbers, self.shown, self.ignored), self._leave_diff)

    def _leave_diff(self, number: str | None) -> None:
        if number:
            self.go_to(int(number))
