"""The terminal of pdb as its program sees it: a pseudo-terminal that the debugger has opened."""

from __future__ import annotations

import os
import sys
import termios
from typing import Any, Final

from wsgitrace.probe.unpatched import get_ident
from wsgitrace.safetext import safe

__all__ = ["INTERRUPT", "Console"]

INTERRUPT: Final = b"\x03"
"""Ctrl+C, which the debugger has made an end of line: no signal reaches a terminal that is nobody's own."""

_READ: Final = 4096


class Console:
    """One stream to read lines from and to write to, for the thread that made it.

    While pdb executes what the user typed it stands in the place of ``sys.stdout`` and ``sys.stdin``, for the whole
    process: what other threads print there goes where it would go anyway. What cannot be read or written because the
    debugger has taken the terminal back is the end of the input. Raises :class:`OSError` where there is no such
    terminal.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, path: str) -> None:
        # Never the controlling terminal: Ctrl+C and a hang-up would be signals to the whole process.
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self._thread = get_ident()
        self._out: Any = sys.stdout
        self._in: Any = sys.stdin
        self.reading = False
        """True while the thread waits for the user."""

    def __getattr__(self, name: str) -> Any:
        """Everything else of a stream that another thread may want of ``sys.stdout``."""
        return getattr(self._out, name)

    def readline(self, size: int = -1) -> str:
        """A line with its end; what was typed before ctrl+d; empty at the end. Raises :class:`KeyboardInterrupt`."""
        if get_ident() != self._thread:
            return str(self._in.readline(size))
        data = b""
        self.reading = True
        try:
            while not data.endswith(b"\n"):
                more = self._read()
                if more.endswith(INTERRUPT):
                    self.write("\n")
                    raise KeyboardInterrupt
                if not more:
                    break
                data += more
        finally:
            self.reading = False
        return data.decode("utf-8", "replace")

    def write(self, text: str) -> int:
        """Show a text; what a terminal would obey is shown as an escape."""
        if get_ident() != self._thread:
            return int(self._out.write(text))
        data = "\n".join(map(safe, text.split("\n"))).encode(self.encoding, self.errors)
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            pass  # it was taken back: the next line that is read says so
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""
        if get_ident() != self._thread:
            self._out.flush()

    def isatty(self) -> bool:
        """It is one, for its thread."""
        return get_ident() == self._thread or bool(self._out.isatty())

    def close(self) -> None:
        """Not for the program to close: ``exit()`` would."""

    def forget_typed(self) -> None:
        """Drop what was typed and not read. Any thread."""
        try:
            termios.tcflush(self._fd, termios.TCIFLUSH)
        except (OSError, termios.error):
            return

    def leave(self) -> None:
        """Close it; once it is left, this stream is that of everybody else."""
        self._thread = -1
        fd, self._fd = self._fd, -1
        os.close(fd)

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, _READ)
        except OSError:
            return b""
