"""Findings, worked out in the background: what needs a whole trace is known before anybody filters by it.

It shares the interpreter with the recorder and the screen, so it works in pieces of one exchange and rests after each:
whoever else has something to do never waits for longer than that, and never for the better part of its time.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.trace import Trace, findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.capture import Writer
    from wsgitrace.events import Event, LayerFound
    from wsgitrace.trace import Finding

SLICE = 16
"""Exchanges read at a time."""

_REST = 0.5
"""Rest after an exchange, as a multiple of the time that it took."""

_BUSY = 1_000
"""Exchanges a second from which on recording needs the time itself."""

_BUSY_REST = 50.0
"""The same multiple then: what is left behind is caught up when it is quieter."""

_POLL = 0.1
"""Seconds between looks for something new."""

_GIVE_UP = 5.0
"""Seconds until a file that cannot be read is tried again."""


class Analyst:
    """Analyses what a writer records, in a thread of its own, from :meth:`start` to :meth:`stop`.

    ``found`` is called when something waits to be committed, in that thread, and must return at once.
    """

    def __init__(self, writer: Writer, found: Callable[[], None]) -> None:
        self._writer = writer
        self._found = found
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wsgitrace-analysis", daemon=True)

    def start(self) -> None:
        """Begin where the file leaves off."""
        self._thread.start()

    def stop(self) -> None:
        """Stop where it is; returns when the exchange under way is done with."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with Capture.open(self._writer.path) as capture:
                    self._follow(capture)
            except CaptureError:
                # Somebody damaged or removed the file: the recorder is the one to tell.
                self._stopping.wait(_GIVE_UP)

    def _follow(self, capture: Capture) -> None:
        position, version = capture.analysed_to(), -1
        pace = _Pace(self._stopping, capture.newest())
        while not self._stopping.is_set():
            now = capture.data_version()
            if now == version:
                self._stopping.wait(_POLL)
                continue
            version = now
            pace.look(capture.newest())
            late = capture.left_behind(SLICE)
            if late:
                self._analyse(capture, late, (), position, pace)
            backlog = capture.backlog(position, SLICE)
            if backlog.upto > position:
                position = self._analyse(capture, backlog.ended, backlog.open, backlog.upto, pace)
            if late or backlog.ended:
                version = -1

    def _analyse(self, capture: Capture, numbers: Sequence[int], passed: Sequence[int], upto: int, pace: _Pace) -> int:
        """Have it stored; returns how far it came, which is less when it was stopped."""
        found: dict[int, Sequence[Finding]] = {}
        for number, events in _read(capture, numbers).items():
            if self._stopping.is_set():
                # What lies beyond is for whoever opens the file next.
                upto = min(upto, number - 1)
                passed = [each for each in passed if each <= upto]
                break
            began = time.monotonic()
            found[number] = findings(Trace.from_events(events))
            pace.rest(time.monotonic() - began)
        self._writer.add_findings(found, passed, upto)
        self._found()
        return upto


class _Pace:
    """How long to rest."""

    def __init__(self, stopping: threading.Event, newest: int) -> None:
        self._stopping = stopping
        self._seen = (time.monotonic(), newest)
        self._busy = False

    def look(self, newest: int) -> None:
        """Note how fast exchanges come."""
        now = time.monotonic()
        at, before = self._seen
        if now - at >= _POLL:
            self._busy = newest - before > _BUSY * (now - at)
            self._seen = (now, newest)

    def rest(self, took: float) -> None:
        """Let others work."""
        self._stopping.wait(max(0.0005, took * (_BUSY_REST if self._busy else _REST)))


def analyse(
    capture: Capture,
    *,
    seconds: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Analyse what nobody has analysed of a file, in memory: the view ``finding`` of this :class:`Capture` has it.

    Ends when all is done, after ``seconds``, or when ``stopped`` says so; ``progress`` is told how far it has come.
    Returns that. May be called again to go on. Raises :class:`CaptureError` for a damaged file.
    """
    until = float("inf") if seconds is None else time.monotonic() + seconds
    position = capture.analysed_to()
    while time.monotonic() < until and not stopped():
        backlog = capture.backlog(position, SLICE)
        if backlog.upto <= position:
            break
        found = {
            number: findings(Trace.from_events(events)) for number, events in _read(capture, backlog.ended).items()
        }
        capture.note_findings(found, backlog.upto)
        position = backlog.upto
        progress(position)
    return position


def _read(capture: Capture, numbers: Sequence[int]) -> dict[int, list[LayerFound | Event]]:
    """The events of exchanges; of those whose record makes no sense, none."""
    try:
        found = capture.events_of(numbers)
    except CaptureError:
        found = {}
        for number in numbers:
            try:
                found.update(capture.events_of([number]))
            except CaptureError:
                found[number] = []
    return found
