"""What comes from workers into the capture, and what is known of it without reading it back."""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque
from typing import TYPE_CHECKING, Literal

from wsgitrace.capture import CaptureError
from wsgitrace.events import Began, Ended, Events, Last, OutputLine, Progress, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.capture import Summary, Writer
    from wsgitrace.events import WorkerFrame
    from wsgitrace.supervisor.lines import PrintedLine
    from wsgitrace.supervisor.redaction import Redaction
    from wsgitrace.supervisor.state import Tally

LAST_LINES = 20
"""Lines of output that are shown of a worker that is gone."""

_KEPT_LINES = 1_000
"""Lines kept to choose them from: a crash dumps the frames of all threads."""

_SUMMARIES = 100_000
"""Finished exchanges that wait for whoever asked for them."""

_EARLY = 0.5
"""Seconds that a line waits for its exchange."""

_EARLY_LINES = 1_000


class Recorder:
    """Writes the frames of workers, and follows which exchanges are held. Used by the recorder's thread alone."""

    def __init__(self, writer: Writer, tally: Tally, redaction: Redaction | None = None) -> None:
        self.held: dict[int, int] = {}
        """Exchanges that are held: the debugger's number to the worker's."""
        self.last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        """What the present worker printed last."""
        self.dirty = False
        """Something waits to be committed."""
        self.urgent = False
        """A replay is over: whoever ordered it waits, and is not to be told of it only with all the rest."""
        self.fault = ""
        """Why the last commit failed, one sentence; empty when it did not."""
        self.summaries: queue.SimpleQueue[Summary] | None = None
        """Where finished exchanges are put, once somebody asks for them, as soon as they are on disk."""
        self._finished: list[Summary] = []
        self._writer = writer
        self._tally = tally
        self._redaction = redaction
        self._early: list[tuple[float, int, OutputLine]] = []
        self._replays: set[int] = set()
        """Exchanges of the present worker that are replays and open."""

    def new_worker(self) -> int:
        """A worker is about to start; returns the capture's number of it."""
        self.held.clear()
        self.last_lines.clear()
        self._replays.clear()
        self._tally.next_worker()
        return self._writer.new_worker()

    def number(self, worker: int, exchange: int) -> int | None:
        """The debugger's number of an exchange that is open; None where there is none such."""
        return self._writer.number(worker, exchange)

    def add(self, worker: int, frame: WorkerFrame) -> bool:
        """Record a frame; True when it changed what is held."""
        self.dirty = True
        number = self._store(worker, frame)
        if type(frame) is Events:
            return False
        match frame:
            case Began():
                self._began(frame)
            case Last():
                if frame.began is not None:
                    self._began(frame.began)
                return self._ended(worker, frame.ended, number)
            case Ended():
                return self._ended(worker, frame, number)
            case Progress() if number is not None:
                before = number in self.held
                if frame.state == "held":
                    self.held[number] = frame.exchange
                else:
                    self.held.pop(number, None)
                return before != (number in self.held)
        return False

    def _began(self, began: Began) -> None:
        self._tally.began()
        if began.replay_of is not None:
            self._replays.add(began.exchange)
        if self._early:
            self._add_early(time.monotonic() - _EARLY)

    def add_drafts(self, worker: int, frames: Iterable[WorkerFrame]) -> None:
        """Record what a worker that is gone had not sent of exchanges; what is known of one is all that was sent."""
        fresh = False
        for frame in frames:
            if type(frame) is Began:
                fresh = self._writer.number(worker, frame.exchange) is None
            if fresh:
                self.add(worker, frame)

    def _ended(self, worker: int, ended: Ended, number: int | None) -> bool:
        replay = ended.exchange in self._replays
        self._tally.ended(ended, replay=replay)
        self._replays.discard(ended.exchange)
        self.urgent = self.urgent or replay
        self._tell(worker, ended.exchange)
        return self.held.pop(number or 0, None) is not None

    def add_lines(self, worker: int, stream: Literal["stdout", "stderr"], lines: list[PrintedLine]) -> None:
        """Record lines that a worker printed.

        A pipe is faster than the link: lines of an exchange that is not known yet wait a moment for it.
        """
        for text, exchange, span in lines:
            self.last_lines.append(text if self._redaction is None else self._redaction.mask_text(text))
            self.dirty = True
            line = OutputLine(stream, to_text(text), exchange, span)
            if exchange is None or self._writer.number(worker, exchange) is not None:
                self._store(worker, line)
            else:
                self._early.append((time.monotonic(), worker, line))
        if len(self._early) > _EARLY_LINES:
            self._add_early(float("inf"))

    def worker_gone(self, worker: int, reason: str) -> None:
        """Close what a worker left open."""
        self.held.clear()
        self._add_early(float("inf"))
        for frame in () if self._redaction is None else self._redaction.worker_gone(worker):
            self._writer.add(worker, frame)
        left = self._writer.worker_gone(worker, reason)
        self._tally.gone(len(left))
        self.dirty = True
        if self.summaries is not None:
            self._finished += left

    def _store(self, worker: int, frame: WorkerFrame) -> int | None:
        if self._redaction is None:
            return self._writer.add(worker, frame)
        number = None
        for each in self._redaction.frames(worker, frame):
            number = self._writer.add(worker, each)
        return number

    def pin(self, number: int, *, on: bool) -> None:
        """Keep an exchange whatever the bounds say, or no longer."""
        self._writer.pin(number, on)
        self.dirty = True

    def commit(self) -> None:
        """Put on disk what waits. A disk that refuses is told by :attr:`fault`, and tried again."""
        self.urgent = False
        if self._early:
            self._add_early(time.monotonic() - _EARLY)
        try:
            self._writer.commit()
        except CaptureError as error:
            self.fault = str(error)
        else:
            self.dirty = bool(self._early)
            self.fault = ""
        finished, self._finished = self._finished, []
        for summary in finished:  # also those that the disk refuses: who waits for them is not to wait for ever
            self._put(summary)

    def _add_early(self, before: float) -> None:
        """Record the early lines of which the exchange is known by now, and those from ``before`` a time."""
        waiting: list[tuple[float, int, OutputLine]] = []
        for each in self._early:
            at, worker, line = each
            if at < before or (line.exchange is not None and self._writer.number(worker, line.exchange) is not None):
                self._store(worker, line)
            else:
                waiting.append(each)
        self._early = waiting

    def _tell(self, worker: int, exchange: int) -> None:
        if self.summaries is not None:
            summary = self._writer.summary(worker, exchange)
            if summary is not None:
                self._finished.append(summary)

    def _put(self, summary: Summary) -> None:
        """Have it taken; where nobody takes them, the oldest go."""
        if self.summaries is None:
            return
        if self.summaries.qsize() >= _SUMMARIES:
            with contextlib.suppress(queue.Empty):
                self.summaries.get_nowait()
        self.summaries.put(summary)
