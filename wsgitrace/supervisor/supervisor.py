"""Starting, watching, commanding and replacing the worker; one thread does it all, and it is the recorder, too."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sys
import threading
from typing import TYPE_CHECKING, Any

from wsgitrace.link import Handover
from wsgitrace.query import read_breakpoint
from wsgitrace.supervisor.analyst import Analyst
from wsgitrace.supervisor.filewatch import FileWatch
from wsgitrace.supervisor.keeper import Keeper
from wsgitrace.supervisor.recorder import Recorder
from wsgitrace.supervisor.redaction import Redaction
from wsgitrace.supervisor.state import Tally

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from wsgitrace.capture import Summary, Writer
    from wsgitrace.events import Debugged, Edit, End, Evaluated, Question, Replay, Start, Way
    from wsgitrace.supervisor.state import Counters, WorkerState

RELOAD_DRAIN = 5.0
"""Seconds that open exchanges get at a reload."""


class Supervisor:
    """Keeps one worker running on listening sockets, and records what it does.

    Commands name exchanges by the debugger's numbers. All methods may be called from any thread; ``on_change`` is
    called from the recorder's thread when the state has changed or something was committed, and must return at once.
    ``redact``: what is secret by these names (:class:`~wsgitrace.redact.Names`) never reaches the writer.
    """

    def __init__(
        self,
        start: Start,
        listeners: Sequence[socket.socket],
        writer: Writer,
        *,
        reload: bool,
        on_change: Callable[[], None] | None = None,
        python: str = sys.executable,
        reload_drain: float = RELOAD_DRAIN,
        redact: Iterable[str] | None = None,
    ) -> None:
        self._writer = writer
        self._tally = Tally()
        self._recorder = Recorder(writer, self._tally, None if redact is None else Redaction(redact))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="wsgitrace-recorder", daemon=True)
        self._analyst = Analyst(writer, lambda: self._call(self._keeper.commit_soon))
        self._keeper = Keeper(
            self._loop,
            start,
            listeners,
            Handover.create(),
            self._recorder,
            tally=self._tally,
            files=FileWatch(lambda: self._call(self._keeper.on_saved)) if reload else None,
            python=python,
            reload_drain=reload_drain,
            changed=on_change or (lambda: None),
        )

    @property
    def state(self) -> WorkerState:
        """The worker as it is now."""
        return self._keeper.state

    @property
    def counters(self) -> Counters:
        """The figures of the top bar as they are now."""
        return self._tally.counters(self._writer.evicted)

    @property
    def summaries(self) -> queue.SimpleQueue[Summary]:
        """Exchanges as they end, in that order, from the first time that this is asked for."""
        if self._recorder.summaries is None:
            self._recorder.summaries = queue.SimpleQueue()
        return self._recorder.summaries

    def start(self) -> None:
        """Start the first worker; returns at once."""
        self._thread.start()
        self._analyst.start()
        self._call(self._keeper.spawn)

    def stop(self, drain: float = 2.0) -> None:
        """End the worker and the recorder; what is open gets ``drain`` seconds. Returns when all of it has ended.

        The writer and the listening sockets stay open: they are their maker's to close. May be called again.
        """
        if self._thread.ident is None:
            if not self._loop.is_closed():
                self._loop.close()
            return
        self._call(self._keeper.stop, drain)
        self._thread.join()
        self._analyst.stop()

    def restart(self, drain: float | None = None) -> None:
        """Replace the worker by a new one: what is held goes on, what is open gets ``drain`` seconds."""
        self._call(self._keeper.replace_worker, drain)

    def hold_next(self, on: bool = True) -> None:  # noqa: FBT001, FBT002 -- one fact
        """Hold the next exchange at its first layer, or take that back."""
        self._call(self._keeper.hold_next, on)

    def step(self, number: int, way: Way = "into", layer: int = 0, edits: Sequence[Edit] = ()) -> None:
        """Let a held exchange go on to another event; without effect where it is not held.

        ``layer``: for a step to the cursor, the worker's number of the layer. ``edits`` are done first.
        """
        self._call(self._keeper.holding.step, number, way, layer, tuple(edits))

    def resume(
        self, number: int | None = None, edits: Sequence[Edit] = (), end: End | None = None, delay: float = 0.0
    ) -> None:
        """Let a held exchange go on, all of them with None.

        ``edits`` are done first, ``end`` happens instead of what would; both after ``delay`` seconds.
        """
        self._call(self._keeper.holding.resume, number, tuple(edits), end, delay)

    def extend(self, number: int, seconds: float | None) -> None:
        """Let a held exchange stay held so much longer; None: until it is told to go on."""
        self._call(self._keeper.holding.extend, number, seconds)

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        """Ask for a value where an exchange is held; ``answer`` is called once, in the recorder's thread."""
        self._call(self._keeper.holding.evaluate, number, expression, answer, what)

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called in the recorder's thread once the worker has done what was commanded before."""
        self._call(self._keeper.afterwards, callback)

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        """Run pdb where an exchange is held, on the pseudo-terminal of that path.

        ``ended`` is called once, in the recorder's thread, when it needs the terminal no longer.
        """
        self._call(self._keeper.holding.debug, number, terminal, ended)

    def interrupt(self, number: int) -> None:
        """Tell pdb of ctrl+c: it stops what it does."""
        self._call(self._keeper.holding.interrupt, number)

    def begin_breakpoints(self, kept: Iterable[tuple[str, bool]]) -> None:
        """Begin with these breakpoints: text, and whether it is on. Raises :class:`wsgitrace.query.FilterError`."""
        checked = [(read_breakpoint(text).text, on) for text, on in kept]
        self._call(self._keeper.holding.begin, checked)

    def add_breakpoint(self, text: str) -> None:
        """Hold what meets it from now on. Raises :class:`wsgitrace.query.FilterError`."""
        self._call(self._keeper.holding.add_breakpoint, read_breakpoint(text).text)

    def change_breakpoint(self, number: int, text: str) -> None:
        """Give a breakpoint another text. Raises :class:`wsgitrace.query.FilterError`."""
        self._call(self._keeper.holding.change_breakpoint, number, read_breakpoint(text).text)

    def remove_breakpoint(self, number: int) -> None:
        """Forget a breakpoint."""
        self._call(self._keeper.holding.remove_breakpoint, number)

    def switch_breakpoint(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Let a breakpoint hold, or not."""
        self._call(self._keeper.holding.switch_breakpoint, number, on)

    def switch_breakpoints(self, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Let breakpoints hold as each of them says, or none."""
        self._call(self._keeper.holding.switch_breakpoints, on)

    def replay(self, command: Replay, answered: Callable[[str], None] | None = None) -> None:
        """Run a rebuilt request (:func:`wsgitrace.replay.rebuild`) as a new exchange.

        ``answered`` is called once, in the recorder's thread: why it cannot be run as the command says, one sentence
        without a stop; empty where it is run.
        """
        self._call(self._keeper.holding.replay, command, answered)

    def pin(self, number: int, on: bool = True) -> None:  # noqa: FBT001, FBT002 -- one fact
        """Keep an exchange whatever the bounds say, or no longer."""
        self._call(self._keeper.pin, number, on)

    def delete(self, numbers: Iterable[int], *, pinned: bool = False) -> int:
        """Remove exchanges that have ended, what is pinned only with ``pinned``; returns how many went.

        Takes a while where they are many. Raises :class:`wsgitrace.capture.CaptureError`.
        """
        return self._writer.delete(numbers, pinned=pinned)

    def save(self, path: Path) -> None:
        """Copy what is recorded so far to a new file; takes a while. Raises :class:`wsgitrace.capture.CaptureError`."""
        self._writer.commit()
        self._writer.save(path)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        """Have it done in the recorder's thread; without effect when that has ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)
