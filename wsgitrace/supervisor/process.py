"""One worker process, from its start to its end, and everything that connects the debugger with it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from typing import TYPE_CHECKING, Literal

from wsgitrace.events import encode
from wsgitrace.link import FrameReader, Reader, send_frame, share
from wsgitrace.supervisor.lines import LineParser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from wsgitrace.events import Command
    from wsgitrace.link import Handover

LINK_READ = 2**18
"""Bytes taken from the link at a time."""

_ALLOCATION = {"MALLOC_ARENA_MAX": "2"}
"""What the C library allocates by, where the user says nothing else.

By default each thread may get a heap of its own, and the bodies that are recorded leave as many with holes in them.
"""

_SEND_TIMEOUT = 5.0
"""Seconds that a command may take to be handed over before the worker counts as deaf."""


class OutputPipe:
    """One output stream of the worker."""

    def __init__(self, stream: Literal["stdout", "stderr"], pipe: IO[bytes]) -> None:
        self.stream = stream
        """Which."""
        self.fd = pipe.fileno()
        """The reading end; -1 once closed."""
        self.parser = LineParser()
        """Makes lines of it."""
        self._pipe = pipe
        os.set_blocking(self.fd, False)

    def close(self) -> None:
        """Close the reading end."""
        self._pipe.close()
        self.fd = -1


class WorkerProcess:
    """A started worker.

    It leads a session of its own, so that Ctrl+C in the terminal reaches the debugger alone. Raises :class:`OSError`
    where the interpreter cannot be started.
    """

    def __init__(self, python: str, listeners: Sequence[socket.socket], handover: Handover, number: int) -> None:
        self.number = number
        """The capture's number of it."""
        self.reader = FrameReader()
        """Makes frames of what comes over the link."""
        self.received = 0
        """Frames received that were queued, which is to say all but those that tell what was dropped."""
        self.returncode: int | None = None
        """How it ended; negative for a signal; None while it runs."""
        self.link, theirs = socket.socketpair()
        """The debugger's end."""
        with theirs:
            try:
                self._remains, self._process = _start_with_remains(python, theirs, listeners, handover)
            except OSError:
                self.link.close()
                raise
        self.pid = self._process.pid
        """Its process id."""
        stdout, stderr = self._process.stdout, self._process.stderr
        if stdout is None or stderr is None:
            raise OSError("the worker was started without pipes")
        self.pipes = (OutputPipe("stdout", stdout), OutputPipe("stderr", stderr))
        """Its output."""
        self.link.setblocking(False)  # noqa: FBT003 -- its only argument
        self._deaf = False

    def on_exit(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, in a thread of its own, once the process has ended."""

        def wait() -> None:
            self.returncode = self._process.wait()
            call()

        threading.Thread(target=wait, name=f"wsgitrace-wait-{self.pid}", daemon=True).start()

    def send(self, command: Command) -> bool:
        """Send a command; False when the worker does not take it."""
        if self._deaf:
            return False
        try:
            self.link.settimeout(_SEND_TIMEOUT)
            send_frame(self.link, encode(command))
        except OSError:
            # What was handed over in part cannot be completed: nothing that follows would be understood.
            self._deaf = True
            return False
        finally:
            self.link.setblocking(False)  # noqa: FBT003 -- its only argument
        return True

    def receive(self) -> bytes | None:
        """What came over the link: empty at its end, None when there is nothing at present."""
        try:
            return self.link.recv(LINK_READ)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def remains(self) -> list[bytes]:
        """Frames that the process, which has ended, had queued and not sent."""
        return list(self._remains.unsent(self.received))

    def drafts(self) -> list[bytes]:
        """Frames of exchanges that it had not even queued."""
        return list(self._remains.drafts())

    def terminate(self) -> None:
        """Ask the process to end, by SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process, and what is left in its session, by SIGKILL."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close the link; the pipes are closed at their own end, which children of the worker may delay."""
        self.link.close()
        self._remains.close()


def _start_with_remains(
    python: str, link: socket.socket, listeners: Sequence[socket.socket], handover: Handover
) -> tuple[Reader, subprocess.Popen[bytes]]:
    fd = share()
    try:
        remains = Reader(fd)
        return remains, start(python, link, listeners, handover, fd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        os.close(fd)


def start(
    python: str,
    link: socket.socket,
    listeners: Sequence[socket.socket] = (),
    handover: Handover | None = None,
    remains: int | None = None,
    *,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a worker. Raises :class:`OSError`."""
    command = [python, "-P", "-m", "wsgitrace.worker", "--link", str(link.fileno())]
    descriptors = [link.fileno()]
    for listener in listeners:
        command += ["--listen", str(listener.fileno())]
        descriptors.append(listener.fileno())
    if handover is not None:
        command += ["--handover", *(str(fd) for fd in handover.descriptors)]
        descriptors += handover.descriptors
    if remains is not None:
        command += ["--remains", str(remains)]
        descriptors.append(remains)
    environ = dict(os.environ)
    for name, value in _ALLOCATION.items():
        if name not in environ:
            environ[name] = value
            command += ["--forget", name]
    return subprocess.Popen(  # noqa: S603 -- our own interpreter and module
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=descriptors,
        start_new_session=True,
    )
