"""What the screen shows of the worker, and the counters of the top bar."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from wsgitrace.events import Ended
    from wsgitrace.supervisor.breakpoints import Breakpoint
    from wsgitrace.supervisor.holding import Hold

Phase: TypeAlias = Literal["starting", "serving", "import failed", "reloading", "draining", "gone"]
"""What the worker is doing. ``reloading``: the old one finishes before the next starts; ``draining``: for good."""

WINDOW = 10.0
"""Seconds that rate and percentiles look back."""

_SAMPLES = 20_000
_FRESH = 0.25
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The worker as it is now; replaced whole when anything changes."""

    phase: Phase = "starting"
    """What it is doing."""
    pid: int = 0
    """Its process id, 0 before the first."""
    app: str = ""
    """The application as resolved, or else as given."""
    message: str = ""
    """While the import failed: one sentence; else empty."""
    traceback: str = ""
    """While the import failed: the traceback, empty where APP itself is wrong."""
    usage: bool = False
    """While the import failed: True when APP itself is wrong."""
    exit_reason: str = ""
    """While it is gone: what ended it, one sentence; else empty."""
    last_output: tuple[str, ...] = ()
    """While it is gone: the last lines that it printed."""
    reload_pending: bool = False
    """Files changed, and the reload waits until nothing is held."""
    hold_next: bool = False
    """The next exchange is to be held."""
    held: tuple[int, ...] = ()
    """The debugger's numbers of the exchanges that are held, ascending."""
    holds: tuple[Hold, ...] = ()
    """What is known of each of them."""
    hold_limit: int = 0
    """As many may be held at the same time."""
    hold_full: bool = False
    """A breakpoint was met that held nothing, because as many as may be were held."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """All breakpoints."""
    breakpoints_on: bool = True
    """False while all of them are off."""
    dropped: int = 0
    """Events and body parts that workers dropped, all of them together."""
    restarts: int = 0
    """Times that it was started again."""
    note: str = ""
    """One sentence for the user; the newest replaces the one before."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Figures of all workers so far."""

    requests: int = 0
    """Exchanges begun."""
    errors: int = 0
    """Exchanges that ended with a status of 5xx, an exception out of the outermost layer, cut, or with the worker."""
    open: int = 0
    """Exchanges that are not over."""
    rate: float = 0.0
    """Exchanges begun per second, over the last :data:`WINDOW` seconds."""
    p50: int | None = None
    """Median duration of those ended in that time, nanoseconds, time held left out; None when there were none.

    Replays, and what was refused or ended with its worker, are not among them.
    """
    p95: int | None = None
    """95th percentile of the same."""
    dropped: int = 0
    """Events and body parts dropped."""
    evicted: int = 0
    """Exchanges removed for the bounds of the capture."""
    unclosed: int = 0
    """Exchanges in which an iterable with ``close()`` was never closed."""


class Tally:
    """Counts exchanges as they begin and end. Any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = 0
        self._errors = 0
        self._unclosed = 0
        self._open = 0
        self._dropped_before = 0
        self._dropped = 0
        self._began: deque[float] = deque(maxlen=_SAMPLES)
        self._ended: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)
        self._first = 0.0
        self._made = (0.0, Counters())

    def began(self) -> None:
        """An exchange began."""
        now = time.monotonic()
        with self._lock:
            self._first = self._first or now
            self._requests += 1
            self._open += 1
            self._began.append(now)

    def ended(self, frame: Ended, *, replay: bool = False) -> None:
        """An exchange ended."""
        failed = (
            (frame.status or 0) >= _SERVER_ERROR
            or frame.how in {"cut", "worker gone"}
            or bool(frame.exception and not frame.swallowed)
        )
        with self._lock:
            self._open -= 1
            self._errors += failed
            self._unclosed += not frame.closed
            # The others say nothing of how long the application takes to answer its clients.
            if not replay and frame.how not in {"refused", "worker gone"}:
                self._ended.append((time.monotonic(), frame.duration - frame.held))

    def gone(self, count: int) -> None:
        """So many exchanges ended with their worker."""
        with self._lock:
            self._open -= count
            self._errors += count

    def dropped(self, total: int) -> int:
        """The present worker has dropped so many so far; returns the sum over all workers."""
        with self._lock:
            self._dropped = total
            return self._dropped_before + total

    def next_worker(self) -> None:
        """From here on another worker counts what it drops."""
        with self._lock:
            self._dropped_before += self._dropped
            self._dropped = 0

    def counters(self, evicted: int) -> Counters:
        """The figures now; rate and percentiles are at most a quarter of a second old."""
        now = time.monotonic()
        with self._lock:
            made, last = self._made
            if now - made >= _FRESH:
                last = self._window(now)
                self._made = (now, last)
            return Counters(
                self._requests,
                self._errors,
                self._open,
                last.rate,
                last.p50,
                last.p95,
                self._dropped_before + self._dropped,
                evicted,
                self._unclosed,
            )

    def _window(self, now: float) -> Counters:
        since = now - WINDOW
        while self._began and self._began[0] < since:
            self._began.popleft()
        while self._ended and self._ended[0][0] < since:
            self._ended.popleft()
        # More than can be sampled: the window is then as long as the samples reach back.
        full = len(self._began) == _SAMPLES
        seconds = now - self._began[0] if full else min(WINDOW, max(1.0, now - self._first))
        durations = sorted(duration for _, duration in self._ended)
        return Counters(
            rate=len(self._began) / seconds,
            p50=_percentile(durations, 50),
            p95=_percentile(durations, 95),
        )


def _percentile(ascending: list[int], percent: int) -> int | None:
    return ascending[(len(ascending) - 1) * percent // 100] if ascending else None
