"""A hunt as it goes on in a worker: what is sent when, what has ended, and when there is no more to send."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture
from wsgitrace.replay.hunting import Seen
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wsgitrace.events import Replay
    from wsgitrace.replay.hunting import Group, Hunt

__all__ = ["Ground", "Pursuit"]

_TICK: Final = 0.01
"""Seconds between two looks at what is recorded."""

_LOST: Final = 10.0
"""Seconds after which replays that never began, while none is on its way, are given up."""

_LONGEST_GAP: Final = 0.25
"""Seconds between two replays that could be sent at once."""

_UNEVEN: Final = 0.618034
"""Multiples of it, their whole parts left out, lie everywhere between 0 and 1 and never twice at one place."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where replays run."""

    path: Path
    """What they are recorded in."""
    send: Callable[[Replay], None]
    """Run one."""
    keep: Callable[[int], None]
    """Keep one whatever the bounds say."""
    why_not: Callable[[], str]
    """Why none can be run now, one sentence; empty when they can."""
    restarts: Callable[[], int]
    """Times that the application was started again."""


@dataclass(slots=True)
class Pursuit:
    """Runs a request as often as a hunt wants. Only its own thread writes, but for :attr:`wish`."""

    ground: Ground
    """Where."""
    command: Replay
    """What is run."""
    hunt: Hunt
    """What came of it so far."""
    jobs: int
    """So many at the same time."""
    newest: int
    """The newest request when it began: replays of this hunt come after it."""
    patience: float | None = None
    """Seconds that one may take; None: as long as it likes."""
    until: bool = False
    """Stop at the second kind of outcome."""
    sent: int = 0
    """Replays that were sent."""
    last: int = 0
    """The last of its replays that has begun; 0 before."""
    stopped: str = ""
    """Why it ended before all were run, one sentence without a stop; empty where it did not."""
    over: bool = False
    """True when nothing comes any more."""
    wish: Event = field(default_factory=Event)
    """Set by whoever wants it to stop."""
    _waiting: dict[int, float] = field(default_factory=dict)
    _no_more: str = ""
    _changed: float = 0.0
    _next: float = 0.0

    def run(self, look: Callable[[], bool]) -> None:
        """Go on until it is over. ``look`` is called again and again; it returns True where nobody waits any more."""
        try:
            with Capture.open(self.ground.path) as capture:
                self._go(capture, look)
            if self.hunt.calm:
                self._keep(self.hunt.settle())
        except Exception as problem:  # noqa: BLE001 -- the worker or the file may go at any moment; what has come stays
            self.stopped = str(problem).removesuffix(".") or type(problem).__name__
        finally:
            self.over = True

    def _go(self, capture: Capture, look: Callable[[], bool]) -> None:
        hunt, restarts = self.hunt, self.ground.restarts()
        self._changed = time.monotonic()
        while hunt.done < hunt.times and not self.stopped:
            if look() or self.wish.is_set():
                self.stopped = "it was stopped"
            elif self.until and hunt.differs:
                self.stopped = "stopped at the second kind"
            elif self._no_more and hunt.done >= self.sent:
                self.stopped = self._no_more
            elif not self._step(capture):
                self.wish.wait(min(_TICK, max(self._next - time.monotonic(), _TICK / 20)))
            if self.ground.restarts() != restarts and not self._no_more:
                self._no_more = "the application was started again: what would come now is of another one"

    def _step(self, capture: Capture) -> bool:
        """Look at what has ended, and send what there is room for; False where there was nothing to do."""
        before = self.hunt.done, self.sent
        now = time.monotonic()
        begun = capture.replays(self.command.replay_of, after=max(self.last, self.newest))
        for number in begun:
            self.last = number
            self._waiting[number] = float("inf") if self.patience is None else now + self.patience
        for number in [*self._waiting]:
            if not self.wish.is_set():
                self._look_at(capture, number)
        self._send()
        if begun or (self.hunt.done, self.sent) != before:
            self._changed = time.monotonic()
            return True
        self._give_up()
        return False

    def _look_at(self, capture: Capture, number: int) -> None:
        """Take a replay in where it has ended."""
        row = capture.summary(number)
        if row is not None and not row.done:
            if time.monotonic() > self._waiting[number]:
                del self._waiting[number]
                self.hunt.fail(f"no response in {self.patience:g} s")
            return
        del self._waiting[number]
        if row is None:
            self.hunt.fail("removed for the bounds before it could be looked at")
        elif row.how == "worker gone":
            self.hunt.fail(row.note.removesuffix(".") or "the worker is gone")
        else:
            trace = Trace.from_events(capture.events(number))
            if row.how == "refused" and trace.refused is None:
                self.hunt.fail(row.note.removesuffix("."))
                self._no_more = self._no_more or "it cannot be run so"
            else:
                self._keep(self.hunt.take(Seen.of(trace, number, row.net_duration)))

    def _send(self) -> None:
        """Send what there is room for, at uneven moments: replays in step would always meet at the same places."""
        hunt = self.hunt
        room = (1 if hunt.calm else self.jobs) - (self.sent - hunt.done)
        for _ in range(min(room, hunt.times - self.sent)):
            self._no_more = self._no_more or self.ground.why_not().removesuffix(".")
            now = time.monotonic()
            if self._no_more or now < self._next:
                return
            self.sent += 1
            self.ground.send(self.command)
            if self.jobs > 1 and not hunt.calm:
                usual = (hunt.times_taken.percentile(50) or 0) / 1e9
                gap = self.sent * _UNEVEN % 1 * 2 * usual / self.jobs
                self._next = now + min(gap, _LONGEST_GAP)

    def _give_up(self) -> None:
        """What was sent to a worker as it ended never begins."""
        lost = self.sent - self.hunt.done
        if lost and not self._waiting and time.monotonic() - self._changed > _LOST:
            for _ in range(lost):
                self.hunt.fail(f"not begun within {_LOST:g} s")

    def _keep(self, groups: list[Group]) -> None:
        for group in groups:
            if group.sample is not None:
                self.ground.keep(group.sample)
