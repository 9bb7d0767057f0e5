"""Several requests run again, one after the other or when they ran then: what is sent when, and what came of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.replay import Otherwise
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import Capture
    from wsgitrace.events import Replay
    from wsgitrace.query import Filter

__all__ = ["AT_ONCE", "MOST", "Options", "Series"]

MOST: Final = 1_000
"""As often one request is run by one order, or so many requests."""

AT_ONCE: Final = 64
"""So many at the same time."""


@dataclass(frozen=True, slots=True)
class Options:
    """How requests are run again."""

    which: Filter | None = None
    """Those that are run; None: the selected one."""
    times: int = 1
    """How often."""
    jobs: int = 1
    """So many at the same time."""
    fresh_cookies: bool = False
    """With the values of cookies that the newest responses have set."""
    otherwise: Otherwise = field(default_factory=Otherwise)
    """What is done otherwise than then."""


@dataclass(slots=True)
class Series:
    """Requests that are run in their order."""

    commands: Sequence[Replay]
    """The requests."""
    jobs: int
    """So many at the same time; without effect where :attr:`starts` say when."""
    starts: Sequence[float]
    """Seconds from the beginning at which each is sent; empty: as soon as there is room."""
    newest: int
    """The newest request when it was ordered."""
    began: float
    """By the monotonic clock, seconds."""
    left_out: tuple[str, ...] = ()
    """Why others are not run, one sentence each."""
    sent: int = 0
    """How many were sent so far."""
    statuses: Counter[str] = field(default_factory=Counter)
    """What came of them."""
    why: str = ""
    """Why the first that was not run was not, one sentence without a stop."""
    _open: Counter[int] = field(default_factory=Counter)
    """Replays that are on their way, by the original."""
    _ended: set[int] = field(default_factory=set)

    def look(self, capture: Capture) -> None:
        """See what has ended since."""
        for original in [*self._open]:
            for number in capture.replays(original, after=self.newest):
                row = None if number in self._ended else capture.summary(number)
                if row is not None and row.done:
                    self._ended.add(number)
                    if row.how == "refused":
                        self.refuse(original, row.note)
                    else:
                        self._close(original, str(row.status or row.how))

    def refuse(self, original: int, reason: str) -> bool:
        """One is not run; False where it is none of these."""
        found = original in self._open
        if found:
            self.why = self.why or reason
            self._close(original, "not run")
        return found

    def _close(self, original: int, status: str) -> None:
        self.statuses[status] += 1
        self._open[original] -= 1
        self._open += Counter()  # those of which none is left go

    def due(self, now: float) -> list[Replay]:
        """What is to be sent now; it counts as sent."""
        last = self.sent
        room = len(self.commands) if self.starts else self.jobs - self._open.total()
        while last < min(len(self.commands), self.sent + room) and self._start(last) <= now:
            last += 1
        found = list(self.commands[self.sent : last])
        self.sent = last
        self._open.update(command.replay_of for command in found)
        return found

    def wait(self, now: float) -> float | None:
        """Seconds until the next is due by the clock; None where it waits for another one, or there is none."""
        if not self.starts or self.sent == len(self.commands):
            return None
        return max(0.0, self._start(self.sent) - now)

    def _start(self, place: int) -> float:
        return self.began + self.starts[place] if self.starts else self.began

    @property
    def over(self) -> bool:
        """True when all have ended."""
        return self.sent == len(self.commands) and not self._open

    @property
    def progress(self) -> str:
        """``3 of 20 requests``."""
        return f"{self.statuses.total():,} of {counted(len(self.commands), 'request')}"

    @property
    def text(self) -> str:
        """One sentence, as in ``20 requests were run again: 19 × 200, 1 × 500.``."""
        kinds = ", ".join(f"{number:,} × {status}" for status, number in self.statuses.most_common())
        parts = [f"{counted(self.statuses.total(), 'request')} run again: {kinds or 'none'}"]
        if self.why:
            parts.append(f"not run: {self.why}")
        if self.left_out:
            parts.append(f"{len(self.left_out):,} left out: {self.left_out[0]}")
        return f"{'; '.join(parts)}."
