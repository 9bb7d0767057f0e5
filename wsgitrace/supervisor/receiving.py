"""What one worker sends and prints, read as it comes and to its end, on an event loop. Nothing here waits."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import msgspec

from wsgitrace.events import Dropped, decode_worker_frame
from wsgitrace.link import FrameError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from wsgitrace.events import WorkerFrame
    from wsgitrace.supervisor.process import OutputPipe, WorkerProcess
    from wsgitrace.supervisor.recorder import Recorder

_PIPE_READ = 2**16

_LAST_READS = 64
"""Reads of a pipe after its worker's end: children of it may write for ever."""


class Reception:
    """The receiving end of a worker's link and of its output.

    ``on_frame`` is given each frame, ``on_nonsense`` what was wrong with bytes that are none, after which nothing more
    is read; ``on_data`` is called when something was left with the recorder.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        worker: WorkerProcess,
        recorder: Recorder,
        *,
        on_frame: Callable[[WorkerProcess, WorkerFrame], None],
        on_nonsense: Callable[[WorkerProcess, Exception], None],
        on_data: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._worker = worker
        self._recorder = recorder
        self._on_frame = on_frame
        self._on_nonsense = on_nonsense
        self._on_data = on_data
        self._pipes = set(worker.pipes)
        loop.add_reader(worker.link, self._read_link)
        for pipe in worker.pipes:
            loop.add_reader(pipe.fd, self._read_pipe, pipe)

    @property
    def open(self) -> bool:
        """Somebody may still print: children of a worker hold its pipes open after its end."""
        return bool(self._pipes)

    def finish(self) -> None:
        """The worker has ended: take in all that it left, and close the link."""
        while self._read_link():
            pass
        with contextlib.suppress(msgspec.DecodeError):
            for payload in self._worker.remains():
                self._on_frame(self._worker, decode_worker_frame(payload))
            self._recorder.add_drafts(self._worker.number, map(decode_worker_frame, self._worker.drafts()))
        # Children of the worker may hold the pipes open: what is in them now is what it printed itself.
        for pipe in self._worker.pipes:
            for _ in range(_LAST_READS):
                if pipe not in self._pipes or not self._read_pipe(pipe):
                    break
        self._loop.remove_reader(self._worker.link)
        self._worker.close()

    def close(self) -> None:
        """Stop listening to what is still printed."""
        for pipe in tuple(self._pipes):
            self._close_pipe(pipe)

    def _read_link(self) -> bool:
        """Take in what came over the link; False when there is nothing at present, or nothing more will come."""
        worker = self._worker
        data = worker.receive()
        if data is None:
            return False
        if not data:
            self._loop.remove_reader(worker.link)
            return False
        try:
            for payload in worker.reader.feed(data):
                frame = decode_worker_frame(payload)
                worker.received += type(frame) is not Dropped
                self._on_frame(worker, frame)
        except (FrameError, msgspec.DecodeError) as error:
            # Something else in the worker wrote to its descriptor; nothing after that can be understood.
            self._loop.remove_reader(worker.link)
            self._on_nonsense(worker, error)
            return False
        self._on_data()
        return True

    def _read_pipe(self, pipe: OutputPipe) -> bool:
        """Take in what was printed; False when there is nothing at present, or nothing more will come."""
        try:
            data = os.read(pipe.fd, _PIPE_READ)
        except BlockingIOError:
            return False
        lines = pipe.parser.feed(data) if data else pipe.parser.finish()
        self._recorder.add_lines(self._worker.number, pipe.stream, lines)
        self._on_data()
        if not data:
            self._close_pipe(pipe)
        return bool(data)

    def _close_pipe(self, pipe: OutputPipe) -> None:
        self._loop.remove_reader(pipe.fd)
        self._pipes.discard(pipe)
        pipe.close()
