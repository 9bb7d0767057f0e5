"""Frames of workers become recordings, and rows that wait. Nothing here touches the file."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import structs

from wsgitrace.capture.batch import Batch
from wsgitrace.capture.recording import Recording, visible
from wsgitrace.capture.schema import PARTS
from wsgitrace.events import (
    Began,
    BodyPart,
    Draining,
    Dropped,
    Ended,
    Events,
    FilesToWatch,
    ImportFailed,
    Last,
    LayerFound,
    ObserverFault,
    OutputLine,
    Progress,
    Started,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.capture.packing import Packer
    from wsgitrace.events import WorkerFrame

RECENT = 1_024
"""Ended exchanges whose late frames still find their place."""

OUTPUT_LIMIT = 16_384
"""Characters of one output line that are kept."""


class Intake:
    """Numbers exchanges and gathers what their frames say in a :class:`Batch`."""

    def __init__(self, number: int, worker: int, packer: Packer) -> None:
        self.batch = Batch(packer)
        """What waits to be written."""
        self.lost = 0
        """Frames that found no place since this was last set to 0."""
        self._number = number
        self._worker = worker
        self._open: dict[int, dict[int, Recording]] = {}
        self._recent: dict[tuple[int, int], Recording] = {}
        self._unwanted: dict[tuple[int, int], None] = {}
        self._early: dict[tuple[int, int], list[LayerFound]] = {}
        """Layers found in an exchange of which nothing has arrived, by worker and the worker's number of it."""
        self._workers: dict[int, tuple[int, int, int | None, str, str, int]] = {}
        self.handlers: dict[type, Callable[[int, Any], int | None]] = {
            Began: self._began,
            Progress: self._progress,
            Ended: self._ended,
            Events: self._events,
            Last: self._last,
            BodyPart: self._body,
            OutputLine: self._output,
            LayerFound: self._layer,
            Started: self._started,
            Dropped: self._dropped,
            ImportFailed: self._news,
            Draining: self._news,
            ObserverFault: self._news,
            FilesToWatch: lambda _worker, _frame: None,  # of use only while the worker runs
        }
        """For each frame what takes it in, given the worker: returns the number of its exchange, else None."""

    @property
    def newest(self) -> int:
        """Highest number given to an exchange."""
        return self._number

    @property
    def newest_worker(self) -> int:
        """Highest number given to a worker."""
        return self._worker

    def continue_at(self, number: int) -> None:
        """Give the next exchange this number, where it is higher than all before."""
        self._number = max(self._number, number - 1)

    @property
    def oldest_open(self) -> int | None:
        """Lowest number of an exchange that is open; None when none is."""
        return min((next(iter(each.values())).number for each in self._open.values() if each), default=None)

    def new_worker(self) -> int:
        """Note the start of a worker; returns its number."""
        self._worker += 1
        self._note_worker((self._worker, time.time_ns(), None, "", "", 0))
        return self._worker

    def adopt(self, recording: Recording) -> None:
        """Take over an exchange that an earlier writer left open."""
        self._open.setdefault(recording.worker, {})[recording.local] = recording

    def find(self, worker: int, exchange: int) -> Recording | None:
        """A worker's exchange that is open or ended lately, by its own number."""
        exchanges = self._open.get(worker)
        found = None if exchanges is None else exchanges.get(exchange)
        return self._recent.get((worker, exchange)) if found is None else found

    def left_open(self, worker: int) -> list[Recording]:
        """The exchanges of a worker that have not ended, oldest first."""
        return list(self._open.get(worker, {}).values())

    def pin(self, number: int, *, on: bool) -> None:
        """Note the pin where the row may be written again."""
        for recording in chain(*(each.values() for each in self._open.values()), self._recent.values()):
            if recording.number == number:
                recording.pinned = on

    def forget(self, names: Iterable[tuple[int, int]]) -> None:
        """These, by worker and its own number, are no longer in the file: their late frames are lost."""
        for name in names:
            self._recent.pop(name, None)

    def discard(self, recording: Recording) -> None:
        """An exchange that has just ended is not wanted: forget it, and what of it may still come."""
        name = (recording.worker, recording.local)
        self._recent.pop(name, None)
        self._unwanted[name] = None
        if len(self._unwanted) > RECENT:
            del self._unwanted[next(iter(self._unwanted))]
        self.batch.discard(recording)

    def _stray(self, worker: int, exchange: int) -> None:
        """A frame of no exchange that is known."""
        self.lost += (worker, exchange) not in self._unwanted

    def shed(self) -> None:
        """Give up what takes memory, counted as lost."""
        lost, gone = self.batch.shed()
        self.lost += lost
        self.forget((recording.worker, recording.local) for recording in gone)

    def _began(self, worker: int, frame: Began) -> int:
        exchanges = self._open.setdefault(worker, {})
        known = exchanges.get(frame.exchange)
        if known is not None:
            return known.number
        recording = exchanges[frame.exchange] = self._begin(worker, frame)
        return recording.number

    def _begin(self, worker: int, frame: Began) -> Recording:
        self._number += 1
        recording = Recording(self._number, worker, frame)
        if self._early:
            for layer in self._early.pop((worker, frame.exchange), ()):
                self._number_layer(worker, layer, recording.number)
        self.batch.begun += 1
        self.batch.recordings[self._number] = recording
        return recording

    def _progress(self, worker: int, frame: Progress) -> int | None:
        recording = self.find(worker, frame.exchange)
        if recording is None:
            self._stray(worker, frame.exchange)
            return None
        if recording.ended is None:
            recording.progress = frame
            self.batch.recordings[recording.number] = recording
        return recording.number

    def _ended(self, worker: int, frame: Ended) -> int | None:
        recording = self._open.get(worker, {}).pop(frame.exchange, None)
        if recording is None:
            self.lost += 1
            return None
        return self._end(recording, frame)

    def _end(self, recording: Recording, frame: Ended) -> int:
        number = recording.number
        batch = self.batch
        batch.recordings[number] = recording
        batch.lines.append((number, recording.end(frame)))
        recent = self._recent
        recent[recording.worker, frame.exchange] = recording
        if len(recent) > RECENT:
            del recent[next(iter(recent))]
        return number

    def _events(self, worker: int, frame: Events) -> int | None:
        recording = self.find(worker, frame.exchange)
        if recording is None or recording.event_parts >= PARTS:
            self._stray(worker, frame.exchange)
            return None
        recording.events.append(frame.data)
        recording.event_count += frame.count
        return self._grow(recording, len(frame.data))

    def _last(self, worker: int, frame: Last) -> int | None:
        if frame.began is None or frame.began.exchange in self._open.get(worker, ()):
            self._events(worker, frame.events)
            return self._ended(worker, frame.ended)
        # Nearly all are told of in one frame, when they are over: they are never open.
        recording = self._begin(worker, frame.began)
        recording.events.append(frame.events.data)
        recording.event_count = frame.events.count
        self.batch.size += len(frame.events.data)
        return self._end(recording, frame.ended)

    def _body(self, worker: int, frame: BodyPart) -> int | None:
        recording = self.find(worker, frame.exchange)
        if recording is None or recording.body_parts + len(recording.bodies) >= PARTS:
            self._stray(worker, frame.exchange)
            return None
        recording.bodies.append((frame.seq, frame.data))
        return self._grow(recording, len(frame.data))

    def _grow(self, recording: Recording, size: int) -> int:
        batch = self.batch
        batch.size += size
        batch.recordings[recording.number] = recording
        return recording.number

    def _output(self, worker: int, frame: OutputLine) -> int | None:
        recording = None if frame.exchange is None else self.find(worker, frame.exchange)
        number = None if recording is None else recording.number
        text = visible(frame.text)
        if len(text) > OUTPUT_LIMIT:
            text = f"{text[:OUTPUT_LIMIT]}… ({len(text)} characters)"
        self.batch.output.append((worker, frame.wall or time.time_ns(), frame.stream, text, number, frame.span))
        self.batch.size += len(text)
        return number

    def _layer(self, worker: int, frame: LayerFound) -> None:
        if frame.exchange is not None:
            recording = self.find(worker, frame.exchange)
            if recording is None:
                # A short exchange arrives when it is over, and the layers first seen in it before it does.
                self._early.setdefault((worker, frame.exchange), []).append(frame)
            self._number_layer(worker, frame, 0 if recording is None else recording.number)
            return
        self.batch.layers.append((worker, frame.id, encode(frame)))

    def _number_layer(self, worker: int, frame: LayerFound, number: int) -> None:
        """Note a layer with the number that the exchange in which it was first seen has everywhere else."""
        self.batch.layers.append((worker, frame.id, encode(structs.replace(frame, exchange=number))))

    def _started(self, worker: int, frame: Started) -> None:
        number, wall, _, _, _, dropped = self._row_of(worker)
        self._note_worker((number, wall, frame.pid, frame.app, frame.python, dropped))
        self.batch.info["app"] = frame.app
        self.batch.info["python"] = frame.python
        self._news(worker, frame)

    def _dropped(self, worker: int, frame: Dropped) -> None:
        self._note_worker((*self._row_of(worker)[:-1], frame.bodies + frame.events))

    def _row_of(self, worker: int) -> tuple[int, int, int | None, str, str, int]:
        return self._workers.get(worker, (worker, time.time_ns(), None, "", "", 0))

    def _note_worker(self, row: tuple[int, int, int | None, str, str, int]) -> None:
        self._workers[row[0]] = self.batch.workers[row[0]] = row

    def _news(self, worker: int, frame: WorkerFrame) -> None:
        self.batch.news.append((worker, time.time_ns(), encode(frame)))
