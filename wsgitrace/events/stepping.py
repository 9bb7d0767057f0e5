"""What a step is: the same for a request that is held and over the recording of one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from wsgitrace.events.exchange import ClientGone, Sent
from wsgitrace.events.holding import Edited, Held, Released

if TYPE_CHECKING:
    from wsgitrace.events.commands import Way

__all__ = ["BOUNDARIES", "PASSING", "Progress", "stops"]

BOUNDARIES: Final = frozenset(
    {"called", "start_response", "write", "returned", "chunk", "end", "raised", "close", "input", "head", "code"}
)
"""Kinds of events at which a step may end; breakpoints may ask for others as well."""

PASSING: Final = (Held, Released, Edited, Sent, ClientGone)
"""Events that come of holding, of the clock or of the client: in another run of a request they may not be."""

_LEAVES: Final = frozenset({"returned", "raised"})
_LAST: Final = frozenset({"end", "close", "closed"})


class Progress(Enum):
    """How far a pass has come."""

    INSIDE = "it has not returned"
    PENDING = "it has returned an iterable of its own, of which there is more to come"
    FINISHED = "nothing more will come of it"

    def after(self, kind: str, *, pending: bool) -> Progress:
        """The progress after one of its events; ``pending``: it returns, or has, an iterable of its own."""
        if kind in _LEAVES:
            return Progress.PENDING if pending else Progress.FINISHED
        if kind in _LAST:
            return Progress.FINISHED
        return self


def stops(how: Way, kind: str, *, own: bool, outer: bool, of_layer: bool, progress: Progress) -> bool:
    """Whether a step ends at an event.

    ``own``: it is of the pass that the step was given in; ``outer``: of a pass around that one; ``of_layer``: of the
    layer that the cursor was on; ``progress``: of the pass that the step was given in, before the event.
    """
    if kind not in BOUNDARIES:
        return False
    if how == "into":
        return True
    if how == "cursor":
        return of_layer
    if how == "over":
        # Where nothing more will come of the pass, what called it is where one comes out.
        return own or (outer and progress is Progress.FINISHED)
    if progress is Progress.INSIDE:
        return own and kind in _LEAVES
    return outer
