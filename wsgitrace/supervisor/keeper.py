"""Keeping one worker running: what is done in the recorder's thread, and there alone."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wsgitrace.events import (
    Drain,
    Draining,
    Dropped,
    FilesToWatch,
    HoldNext,
    ImportFailed,
    LayerFound,
    ObserverFault,
    Started,
    from_text,
)
from wsgitrace.supervisor.ending import describe, last_words
from wsgitrace.supervisor.holding import NOT_RECORDED, Holding
from wsgitrace.supervisor.process import WorkerProcess
from wsgitrace.supervisor.receiving import Reception
from wsgitrace.supervisor.recorder import LAST_LINES
from wsgitrace.supervisor.standin import StandIn
from wsgitrace.supervisor.state import WorkerState

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable, Sequence

    from wsgitrace.events import Command, Start, WorkerFrame
    from wsgitrace.link import Handover
    from wsgitrace.supervisor.filewatch import FileWatch
    from wsgitrace.supervisor.recorder import Recorder
    from wsgitrace.supervisor.state import Tally

COMMIT = 0.1
"""Seconds after which what was received is on disk."""

_GRACE = 1.5
"""Seconds beyond the drain after which a worker that is still there gets SIGTERM: it ends itself one second after."""

_LAST_CALL = 1.0
"""Seconds from SIGTERM to SIGKILL."""

_ANSWERING = frozenset({"serving", "import failed"})
"""Phases in which there may be something to drain."""

_NEWS = frozenset({Started, ImportFailed, FilesToWatch, Dropped, Draining, ObserverFault})
"""Frames that say something of the worker itself."""


class Keeper:
    """Starts, watches, commands and replaces the worker, on an event loop. Nothing here waits.

    ``changed`` is called when :attr:`state` was replaced or something was committed.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        start: Start,
        listeners: Sequence[socket.socket],
        handover: Handover,
        recorder: Recorder,
        *,
        tally: Tally,
        files: FileWatch | None,
        python: str,
        reload_drain: float,
        changed: Callable[[], None],
    ) -> None:
        self.state = WorkerState(app=start.app)
        """The worker as it is now."""
        self._loop = loop
        self._start = start
        self._listeners = listeners
        self._handover = handover
        self._recorder = recorder
        self._tally = tally
        self._files = files
        self._python = python
        self._reload_drain = reload_drain
        self._changed = changed
        self._worker: WorkerProcess | None = None
        self._stand_in: StandIn | None = None
        self._receptions: list[Reception] = []
        self._sources: tuple[str, ...] = ()
        self.holding = Holding(recorder, self.send, self._on_holding, start.hold_limit)
        """Breakpoints, and the commands about what is held."""
        self._started = 0
        self._spawned_at: int | None = None
        self._farewell = ""
        self._again = False
        self._stopping = False
        self._timers: list[asyncio.TimerHandle] = []
        self._commit_timer: asyncio.TimerHandle | None = None
        loop.set_exception_handler(self._on_fault)

    def spawn(self) -> None:
        """Start a worker. There must be none."""
        self._leave_listeners()
        number = self._recorder.new_worker()
        self.holding.new_worker()
        self._again = False
        self._change(
            phase="starting", message="", traceback="", usage=False, exit_reason="", last_output=(), held=(),
            reload_pending=False, note="", restarts=self._started,
        )  # fmt: skip
        self._started += 1
        self._spawned_at = time.time_ns()
        self._watch_files()
        try:
            worker = WorkerProcess(self._python, self._listeners, self._handover, number)
        except OSError as error:
            reason = f"{self._python} cannot be started: {error.strerror}."
            self._change(phase="gone", exit_reason=reason)
            self._answer_without(reason)
            return
        self._worker = worker
        self._change(pid=worker.pid)
        reception = Reception(
            self._loop,
            worker,
            self._recorder,
            on_frame=self._on_frame,
            on_nonsense=self._on_nonsense,
            on_data=self._schedule_commit,
        )
        self._receptions = [*(each for each in self._receptions if each.open), reception]
        worker.on_exit(lambda: self._ended(worker, reception))
        worker.send(self.holding.begun(self._start, hold_next=self.state.hold_next))

    def _on_nonsense(self, worker: WorkerProcess, error: Exception) -> None:
        self._change(note=f"The worker sent what is no frame, and was killed for it: {error}.")
        worker.kill()

    def _on_frame(self, worker: WorkerProcess, frame: WorkerFrame) -> None:
        kind = type(frame)
        if kind not in NOT_RECORDED and self._recorder.add(worker.number, frame):
            self._on_held()
        if kind in _NEWS:
            self._on_news(frame)
        elif kind in NOT_RECORDED or kind is LayerFound:
            self.holding.take(worker.number, frame)
            self._reload_if_free()

    def _on_news(self, frame: WorkerFrame) -> None:
        match frame:
            case Started():
                self._on_started(frame)
            case ImportFailed():
                self._change_unless_ending(
                    phase="import failed",
                    message=frame.message,
                    traceback=from_text(frame.traceback),
                    usage=frame.usage,
                )
            case FilesToWatch():
                # Where the import failed, what the last good one loaded is still part of the application.
                failed = self.state.phase == "import failed"
                self._sources = tuple({*self._sources, *frame.paths}) if failed else frame.paths
                self._watch_files(self._spawned_at)
                # What is imported later, by a request, is as it was then.
                self._spawned_at = None
            case Dropped():
                self._change(dropped=self._tally.dropped(frame.bodies + frame.events))
            case Draining() if frame.threads:
                self._farewell = f"Threads that would not end were cut off: {', '.join(frame.threads)}."
                self._change(note=self._farewell)
            case ObserverFault():
                self._change(note=f"A fault of wsgitrace in {frame.hook}, which was detached: {frame.error}")

    def _on_started(self, frame: Started) -> None:
        note = " ".join(filter(None, (frame.note, self._farewell)))
        self._farewell = ""
        self._change_unless_ending(phase="serving", app=frame.app, note=note)
        self.holding.started()

    def _on_holding(self) -> None:
        holding = self.holding
        self._change(
            holds=holding.holds, hold_limit=holding.limit, hold_full=holding.full, breakpoints=holding.breakpoints,
            breakpoints_on=holding.breakpoints_on,
        )  # fmt: skip

    def _on_held(self) -> None:
        held = tuple(sorted(self._recorder.held))
        taken = len(held) > len(self.state.held)
        self._change(held=held, holds=self.holding.holds, hold_next=self.state.hold_next and not taken)
        self._reload_if_free()

    def _reload_if_free(self) -> None:
        """Do what waited for the last request that was held."""
        if self.state.reload_pending and not self._in_use:
            self.replace_worker()

    @property
    def _in_use(self) -> bool:
        """Something is held, or pdb lets it go on for a line."""
        return bool(self.state.held) or self.holding.debugging

    def _ended(self, worker: WorkerProcess, reception: Reception) -> None:
        """Called in a thread of its own; the loop may be gone by then."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._on_exit, worker, reception)

    def _on_exit(self, worker: WorkerProcess, reception: Reception) -> None:
        reception.finish()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        returncode = worker.returncode if worker.returncode is not None else 0
        reason = f"The worker {describe(returncode)}."
        self._recorder.worker_gone(worker.number, reason)
        self._worker = None
        self.holding.worker_gone(reason)
        self._schedule_commit()
        if self._stopping:
            self._finish()
        elif self._again or self.state.reload_pending:
            self.spawn()
        else:
            last = last_words(tuple(self._recorder.last_lines), LAST_LINES)
            self._change(phase="gone", exit_reason=reason, last_output=last, held=(), reload_pending=False)
            self._answer_without(reason)

    def _answer_without(self, reason: str) -> None:
        self._stand_in = StandIn(self._loop, self._listeners, reason, again=self._files is not None)
        self._stand_in.adopt(self._handover.take())

    def _leave_listeners(self) -> None:
        if self._stand_in is not None:
            self._stand_in.close()
            self._stand_in = None

    def on_saved(self) -> None:
        """A file of the application was saved."""
        if self._stopping:
            return
        if self._in_use:
            self._change(reload_pending=True)
            return
        self.replace_worker()

    def replace_worker(self, drain: float | None = None) -> None:
        """Start a new worker once the present one has ended; None: with the deadline of a reload."""
        if self._stopping:
            return
        if self._worker is None:
            self.spawn()
            return
        if self._again:
            return
        self._again = True
        # While it is still importing there is nothing to drain.
        patience = self._reload_drain if drain is None else drain
        seconds = patience if self.state.phase in _ANSWERING else 0.0
        self._change(phase="reloading", reload_pending=False)
        self._end(self._worker, seconds, handover=True)

    def stop(self, drain: float) -> None:
        """End the worker for good, then the loop."""
        if self._stopping:
            return
        self._stopping = True
        worker = self._worker
        if worker is None:
            self._finish()
            return
        seconds = drain if self.state.phase in _ANSWERING else 0.0
        self._change(phase="draining", reload_pending=False)
        self._end(worker, seconds)

    def _end(self, worker: WorkerProcess, seconds: float, *, handover: bool = False) -> None:
        """Ask the worker to end, then tell it to, then make it."""
        for timer in self._timers:
            timer.cancel()
        patience = seconds + _GRACE if worker.send(Drain(seconds, handover)) else 0.0
        self._timers = [
            self._loop.call_later(patience, worker.terminate),
            self._loop.call_later(patience + _LAST_CALL, worker.kill),
        ]

    def _finish(self) -> None:
        self._leave_listeners()
        if self._files is not None:
            self._files.stop()
        for reception in self._receptions:
            reception.close()
        self._handover.close()
        self._recorder.commit()
        self._change(phase="gone", held=())
        self._loop.stop()

    def _watch_files(self, since: int | None = None) -> None:
        if self._files is None:
            return
        # A file that is missing, or was never reported, may be the one that is saved next.
        unsure = self.state.phase == "import failed" or not self._sources
        self._files.watch(self._sources, any_source_in=self._start.directory if unsure else None, since=since)

    def commit_soon(self) -> None:
        """Somebody else left something with the writer."""
        self._recorder.dirty = True
        self._schedule_commit()

    def _schedule_commit(self) -> None:
        urgent = self._recorder.urgent
        if urgent and self._commit_timer is not None:
            self._commit_timer.cancel()
            self._commit_timer = None
        if self._commit_timer is None and self._recorder.dirty:
            self._commit_timer = self._loop.call_later(0 if urgent else COMMIT, self._commit)

    def _commit(self) -> None:
        self._commit_timer = None
        fault = self._recorder.fault
        self._recorder.commit()
        if self._recorder.fault != fault:
            self._change(note=self._recorder.fault)
        else:
            self._changed()
        self._schedule_commit()

    def _on_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault of our own: it goes on the screen, not over it."""
        error = context.get("exception")
        self._change(
            note=f"A fault of wsgitrace: {error!r}" if error else f"A fault of wsgitrace: {context['message']}"
        )

    def _change(self, **fields: Any) -> None:
        state = replace(self.state, **fields)
        if state != self.state:
            self.state = state
            self._changed()

    def _change_unless_ending(self, **fields: Any) -> None:
        if not self._again and not self._stopping:
            self._change(**fields)

    def send(self, command: Command) -> None:
        """Send a command to the worker, if there is one."""
        if self._worker is not None:
            self._worker.send(command)

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called once the worker has done what it was told before; at once where none serves."""
        if self.state.phase == "serving":
            self.holding.afterwards(callback)
        else:
            callback()

    def hold_next(self, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Have the next exchange held; remembered until one is, whatever becomes of the worker."""
        self._change(hold_next=on)
        self.send(HoldNext(on=on))

    def pin(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Keep an exchange whatever the bounds say, or no longer."""
        self._recorder.pin(number, on=on)
        self._schedule_commit()
