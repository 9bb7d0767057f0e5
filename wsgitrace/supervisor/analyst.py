"""The process that analyses what is recorded: a trace takes ten times as long to look through as to store.

So it has an interpreter of its own, and the recorder and the screen have theirs to themselves. It only ever reads;
what it finds comes back to the one writer.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from wsgitrace.link import FrameError, Receiver
from wsgitrace.supervisor.analysis import Analysed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Writer

PATIENCE: Final = 2.0
"""Seconds until it is started: what is over sooner does without."""

_AGAIN: Final = 5.0
"""Seconds until it is started again when it has ended by itself."""


class Analyst:
    """Has analysed what a writer records, from :meth:`start` to :meth:`stop`; the process is started when needed.

    ``found`` is called when something waits to be committed, in a thread of its own, and must return at once.
    """

    def __init__(self, writer: Writer, found: Callable[[], None]) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        """The process started last."""
        self._writer = writer
        self._found = found
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wsgitrace-analyst", daemon=True)

    def start(self) -> None:
        """Begin where the file leaves off."""
        self._thread.start()

    def stop(self) -> None:
        """Stop where it is; returns when the process has ended."""
        self._stopping.set()
        if self.process is not None:
            self.process.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        patience = PATIENCE
        while not self._stopping.wait(patience):
            if self._writer.unanalysed:
                # It may be killed, or have no memory left: nothing else depends on it.
                with contextlib.suppress(OSError):
                    self._attend()
                patience = _AGAIN

    def _attend(self) -> None:
        """Start the process and take what it finds, to its end."""
        link, theirs = socket.socketpair()
        with link:
            with theirs:
                # A session of its own: Ctrl+C in the terminal is for the debugger.
                process = self.process = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                    [sys.executable, "-P", "-m", "wsgitrace.supervisor.analysing", str(self._writer.path.absolute())],
                    cwd="/",
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            if self._stopping.is_set():
                process.kill()
            with contextlib.suppress(FrameError, msgspec.DecodeError):
                for payload in Receiver(link):
                    analysed = msgspec.msgpack.decode(payload, type=Analysed)
                    self._writer.add_findings(analysed.found, analysed.passed, analysed.upto)
                    self._found()
            process.kill()
            process.wait()
