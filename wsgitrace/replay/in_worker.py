"""Recorded requests run again in a worker, so many at the same time, each waited for."""

from __future__ import annotations

import queue
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


@dataclass(slots=True)
class InWorker:
    """Sends requests to the worker of a supervisor, whose recording is ``capture``."""

    supervisor: Supervisor
    capture: Capture
    patience: float
    """Seconds that one request may take."""
    _open: dict[int, deque[tuple[Replay, float]]] = field(default_factory=dict)

    def run(self, commands: Sequence[Replay], at_once: int) -> Iterator[Rerun]:
        """Run them, in order but ``at_once`` at the same time; yields each as it ends."""
        waiting = deque(commands)
        while waiting or self._open:
            while waiting and self._count() < at_once:
                self._send(waiting.popleft())
            yield from self._next()

    def _count(self) -> int:
        return sum(map(len, self._open.values()))

    def _send(self, command: Replay) -> None:
        self._open.setdefault(command.replay_of, deque()).append((command, time.monotonic() + self.patience))
        self.supervisor.replay(command)

    def _next(self) -> Iterator[Rerun]:
        """What has ended, in whichever way, within a moment."""
        try:
            summary = self.supervisor.summaries.get(timeout=_TICK)
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

    def _close(self, number: int | None) -> Replay | None:
        """The command that an exchange came of; None for a client from outside, or one given up already."""
        found = self._open.get(number or 0)
        if not found:
            return None
        command, _ = found.popleft()
        if not found:
            del self._open[command.replay_of]
        return command

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
