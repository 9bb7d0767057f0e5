"""From change to change in the one request that is stepped through, and its picture."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from wsgitrace.trace.flow import changes, significant
from wsgitrace.trace.stepping import after, before
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.flow import FlowScreen

if TYPE_CHECKING:
    from wsgitrace.trace import Trace
    from wsgitrace.tui.walk import Walk

__all__ = ["ByChanges"]


class ByChanges(Commands):
    """A screen that stands at an event of one request."""

    number: int
    walk: Walk
    _only_significant = False
    _known: tuple[Trace, frozenset[int]] | None = None
    """The significant events of a trace, once they were asked for."""

    @abstractmethod
    def fill(self) -> None:
        """Show the position."""

    @abstractmethod
    def jump_to(self, seq: int | None) -> None:
        """Stand at an event; at none stay."""

    def shown_events(self, trace: Trace) -> frozenset[int] | None:
        """The events that are listed; None for all. The one that one stands at is always among them."""
        if not self._only_significant:
            return None
        if self._known is None or self._known[0] is not trace:
            self._known = (trace, significant(trace))
        return self._known[1] | {self.walk.seq}

    def action_step_significant(self) -> None:
        """List only events that are significant, or all."""
        self._only_significant = not self._only_significant
        self.fill()

    def action_step_change(self, step: int) -> None:
        """On to the next event at which something changed, or with -1 back to the one before."""
        trace = self.walk.trace
        if trace is None:
            return
        seqs = sorted(changes(trace))
        found = after(seqs, self.walk.seq) if step > 0 else before(seqs, self.walk.seq)
        if found is None:
            self.say("Nothing changed after this." if step > 0 else "Nothing changed before this.", seconds=3)
        self.jump_to(found)

    def action_flow(self) -> None:
        """The request as a picture, at this event; where one came from there, back to it."""
        below = self.app.screen_stack[-2]
        if isinstance(below, FlowScreen) and below.number == self.number:
            self.dismiss(str(self.walk.seq))
        elif not self.refused("step_flow"):
            self.app.push_screen(
                FlowScreen(self.feed, self.number, self.shown, self.walk.seq),
                lambda seq: self.jump_to(int(seq)) if seq else None,
            )
