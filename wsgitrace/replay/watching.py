"""Requests that are run again after each restart of the application, and how they fare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from wsgitrace.capture import Capture, Summary
    from wsgitrace.trace.comparing import Verdict

__all__ = ["Fate", "Watch", "fate_of"]

Fate: TypeAlias = Literal["", "waiting", "pass", "changed", "failed"]
"""What became of the last run: ``changed``: another response; ``failed``: a server error, an exception, or no end."""

_SERVER_ERROR: Final = 500


@dataclass(slots=True)
class Watch:
    """One request that is watched."""

    number: int
    """The request."""
    fate: Fate = ""
    """What became of the last run; empty before the first."""
    newest: int = 0
    """The newest request when it was last ordered to run."""
    replay: int | None = None
    """The last replay that was compared, or is about to be."""

    def arrived(self, capture: Capture) -> int | None:
        """The replay that was awaited, once it has ended and only once."""
        if self.fate != "waiting" or (self.replay is not None and self.replay > self.newest):
            return None
        for number in reversed(capture.replays(self.number)):
            row = capture.summary(number)
            if number > self.newest and row is not None and row.done:
                self.replay = number
                return number
        return None


def fate_of(verdict: Verdict, original: Summary, replay: Summary | None) -> Fate:
    """What a replay comes to by the verdict of its comparison with the original; None: it came to no end."""
    if verdict != "differs":
        return "pass"
    return "failed" if replay is None or (_broke(replay) and not _broke(original)) else "changed"


def _broke(row: Summary) -> bool:
    raised = bool(row.exception) and not row.swallowed
    return raised or (row.status or _SERVER_ERROR) >= _SERVER_ERROR
