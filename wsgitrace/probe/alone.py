"""An exchange that runs while no other does: it waits until the others are over, and those that come wait for it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.unpatched import allocate_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wsgitrace.probe.recorder import Recording

__all__ = ["Alone"]

_LOOK: Final = 0.005
"""Seconds between two looks at what is still open."""


class Alone:
    """The gate that exchanges pass as they begin. ``open_exchanges`` has those that are not over."""

    def __init__(self, open_exchanges: Mapping[int, Recording]) -> None:
        self._open = open_exchanges
        self.wanted = False
        """True while somebody runs alone, or is about to: the one test that an exchange pays."""
        self._gate = allocate_lock()
        """Held by the one that runs alone."""
        self._pause = allocate_lock()
        self._pause.acquire()
        self._waiting: set[int] = set()
        """Exchanges that have begun, and wait."""

    def wait(self, handle: Any) -> None:
        """An exchange is about to begin: not while another one runs alone."""
        with handle.blocking(), self._gate:
            pass

    def let_pass(self, recording: Recording) -> None:
        """The same for one that had begun by the time that another one wanted to be alone."""
        self._waiting.add(recording.number)
        with recording.handle.blocking(), self._gate:
            # Under the lock, so that nobody takes it for one that waits when it does not any more.
            self._waiting.discard(recording.number)

    def take(self, recording: Recording, seconds: float) -> int:
        """Run alone from now on: close the gate, and wait until the others are over; how many are not in time."""
        self._waiting.add(recording.number)
        with recording.handle.blocking():
            self._gate.acquire()
            self._waiting.discard(recording.number)
            self.wanted = True
            deadline = monotonic() + seconds
            while others := self._others(recording):
                if monotonic() > deadline:
                    self.leave()
                    return others
                self._pause.acquire(timeout=_LOOK)
        return 0

    def leave(self) -> None:
        """Let the others go on."""
        self.wanted = False
        self._gate.release()

    def _others(self, recording: Recording) -> int:
        """How many run at the same time."""
        # A copy at once: exchanges begin and end in other threads.
        return sum(each is not recording and each.number not in self._waiting for each in tuple(self._open.values()))
