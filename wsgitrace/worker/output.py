r"""What the application prints, tied to the exchange and the pass that it printed it in.

The worker's stdout and stderr are pipes to the debugger. Every line that a Python text stream writes during an
exchange goes into its pipe as ``\0<exchange>.<pass>\0line\n``, without the pass where that is the server's; everything
else (C code, child processes, binary writes) as it is. Lines are written at once, so that nothing is lost when the
process dies. When the debugger dies, what is printed from then on goes nowhere: an application must not fail for want
of a reader.
"""

from __future__ import annotations

import atexit
import io
import os
import re
import sys
from _thread import RLock as _RLock
from _thread import get_ident as _get_ident
from typing import TYPE_CHECKING, Final, TextIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Running: TypeAlias = "Callable[[], tuple[int, int] | None]"
"""Tells the exchange and the pass that the calling code runs in; None outside of any."""

MARK = "\0"
"""Stands before and after what a line is tied to; an untied line that begins with one gets an empty pair of them."""

_LINE = re.compile(r"[^\n]*\n")
_NOTHING: Final = ("", "")
_PARTIAL_LIMIT = 65_536
"""Characters of an unfinished line, and number of such lines, above which they are written as they are."""


class TiedStream(io.TextIOWrapper):
    """A text stream that marks each line with the exchange and the pass it was written in.

    Unfinished lines wait for their end, so that ``print`` in one thread does not break into a line of another; a
    flush writes them.
    """

    def __init__(self, fd: int, running: Running) -> None:
        super().__init__(
            io.FileIO(fd, "w", closefd=False),  # unbuffered, as under python -u
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        self._running = running
        self._lock = _RLock()
        self._partial: dict[tuple[int | None, int], tuple[str, str]] = {}
        """By exchange and thread: the mark of the pass, and the text."""

    def write(self, text: str) -> int:
        """Write text; whole lines go out at once."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        running = self._running()
        key = (None if running is None else running[0], _get_ident())
        mark = _mark(running)
        with self._lock:
            whole = self._partial.pop(key, _NOTHING)[1] + text
            end = whole.rfind("\n") + 1
            if end < len(whole):
                self._partial[key] = mark, whole[end:]
                if len(whole) - end > _PARTIAL_LIMIT or len(self._partial) > _PARTIAL_LIMIT:
                    self._write_partial()
            if end:
                self._send("".join(_marked(line, mark) for line in _LINE.findall(whole, 0, end)))
        return len(text)

    def flush(self) -> None:
        """Write unfinished lines, too."""
        with self._lock:
            if self._partial:
                self._write_partial()
        super().flush()

    def discard(self) -> None:
        """Let everything written to the descriptor from now on, by whatever code, go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)

    def forget_partial(self) -> None:
        """In a forked child: what was unfinished is the parent's, and so is the lock."""
        self._lock = _RLock()
        self._partial = {}

    def _write_partial(self) -> None:
        partial, self._partial = self._partial, {}
        for mark, text in partial.values():
            self._send(_marked(text, mark))

    def _send(self, text: str) -> None:
        try:
            super().write(text)
        except BrokenPipeError:
            self.discard()


def _mark(running: tuple[int, int] | None) -> str:
    """What is put before a line."""
    if running is None:
        return ""
    exchange, span = running
    return f"{MARK}{exchange}.{span}{MARK}" if span else f"{MARK}{exchange}{MARK}"


def _marked(line: str, mark: str) -> str:
    if mark:
        return f"{mark}{line}"
    return f"{MARK}{MARK}{line}" if line.startswith(MARK) else line


def install(running: Running) -> tuple[TiedStream, TiedStream]:
    """Put tied streams in the place of ``sys.stdout`` and ``sys.stderr``."""
    streams = TiedStream(1, running), TiedStream(2, running)
    sys.stdout = sys.__stdout__ = streams[0]  # type: ignore[misc]  # Final by typeshed, and replaced on purpose
    sys.stderr = sys.__stderr__ = streams[1]  # type: ignore[misc]  # as above
    atexit.register(_flush, *streams)
    return streams


def _flush(*streams: TextIO) -> None:
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError):
            # The debugger is gone, or the application closed the stream.
            continue
