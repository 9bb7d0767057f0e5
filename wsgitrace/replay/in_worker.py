"""Recorded requests run again in a worker, so many at the same time, each waited for."""

from __future__ import annotations

import queue
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.events import Replay
    from wsgitrace.supervisor import Supervisor

__all__ = ["InWorker", "Rerun"]

_TICK: Final = 0.05
"""Seconds between looks at the clock and at the worker while nothing ends."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came of one command."""

    command: Replay
    """The command."""
    summary: Summary | None = None
    """The new exchange; None where it did not end."""
    failure: str = ""
    """Why it did not, one sentence without a stop."""
    refused: bool = False
    """It was not run at all, because it cannot be as the command says."""


@dataclass(slots=True)
class InWorker:
    """Sends requests to the worker of a supervisor, whose recording is ``capture``."""

    supervisor: Supervisor
    capture: Capture
    patience: float
    """Seconds that one request may take."""
    attend: Callable[[], None] | None = None
    """Called again and again while something is on its way."""
    _open: dict[int, deque[tuple[Replay, float]]] = field(default_factory=dict)
    _refused: queue.SimpleQueue[tuple[Replay, str]] = field(default_factory=queue.SimpleQueue)

    def run(self, commands: Sequence[Replay], at_once: int, starts: Sequence[float] = ()) -> Iterator[Rerun]:
        """Run them, in order but ``at_once`` at the same time; yields each as it ends.

        ``starts``: seconds from now before which each is not sent, however many are on their way by then.
        """
        began = time.monotonic()
        waiting = deque(zip(commands, starts or repeat(0.0), strict=False))
        while waiting or self._open:
            while waiting and (starts or self._count() < at_once) and began + waiting[0][1] <= time.monotonic():
                self._send(waiting.popleft()[0])
            if self.attend is not None:
                self.attend()
            soon = began + waiting[0][1] - time.monotonic() if waiting and starts else _TICK
            yield from self._next(min(_TICK, max(0.0, soon)))

    def _count(self) -> int:
        return sum(map(len, self._open.values()))

    def _send(self, command: Replay) -> None:
        self._open.setdefault(command.replay_of, deque()).append((command, time.monotonic() + self.patience))
        self.supervisor.replay(command, partial(self._refuse, command))

    def _refuse(self, command: Replay, reason: str) -> None:
        """Called in another thread; empty: it is run."""
        if reason:
            self._refused.put((command, reason))

    def _next(self, seconds: float) -> Iterator[Rerun]:
        """What has ended, in whichever way, within a moment."""
        while not self._refused.empty():
            refused, reason = self._refused.get()
            if self._close(refused.replay_of, refused) is not None:
                yield Rerun(refused, failure=reason, refused=True)
        try:
            summary = self.supervisor.summaries.get(timeout=seconds)
        except queue.Empty:
            yield from self._overdue()
            return
        command = self._close(summary.replay_of)
        if command is None:
            return
        if summary.how == "worker gone":
            yield Rerun(command, failure=self._why_gone())
        else:
            yield Rerun(command, summary)

    def _close(self, number: int | None, command: Replay | None = None) -> Replay | None:
        """The command that an exchange came of; None for a client from outside, or one given up already.

        ``command``: which one, where that is known.
        """
        found = self._open.get(number or 0)
        place = next((place for place, (sent, _) in enumerate(found or ()) if command is None or sent is command), None)
        if not found or place is None:
            return None
        closed, _ = found[place]
        del found[place]
        if not found:
            del self._open[closed.replay_of]
        return closed

    def _overdue(self) -> Iterator[Rerun]:
        gone = self.supervisor.state.phase != "serving"
        now = time.monotonic()
        for number, sent in [*self._open.items()]:
            while sent and (gone or sent[0][1] < now):
                command, _ = sent.popleft()
                yield Rerun(command, failure=self._why_gone() if gone else f"no response in {self.patience:g} s")
            if not sent:
                del self._open[number]

    def _why_gone(self) -> str:
        state = self.supervisor.state
        return (state.exit_reason or f"the worker is {state.phase}").removesuffix(".")
