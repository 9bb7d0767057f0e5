r"""What the application prints, tied to the exchange that it printed it in.

The worker's stdout and stderr are pipes to the debugger. Every line that a Python text stream writes during an
exchange goes into its pipe as ``\0<exchange>\0line\n``; everything else (C code, child processes, binary writes)
as it is. Lines are written at once, so that nothing is lost when the process dies. When the debugger dies, what is
printed from then on goes nowhere: an application must not fail for want of a reader.
"""

from __future__ import annotations

import atexit
import io
import os
import re
import sys
from _thread import RLock as _RLock
from _thread import get_ident as _get_ident
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "\0"
"""Stands before and after the number of the exchange; an untied line that begins with one gets an empty number."""

_LINE = re.compile(r"[^\n]*\n")
_PARTIAL_LIMIT = 65_536
"""Characters of an unfinished line, and number of such lines, above which they are written as they are."""


class TiedStream(io.TextIOWrapper):
    """A text stream that marks each line with the exchange it was written in.

    Unfinished lines wait for their end, so that ``print`` in one thread does not break into a line of another; a
    flush writes them.
    """

    def __init__(self, fd: int, exchange: Callable[[], int | None]) -> None:
        super().__init__(
            io.FileIO(fd, "w", closefd=False),  # unbuffered, as under python -u
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        self._exchange = exchange
        self._lock = _RLock()
        self._partial: dict[tuple[int | None, int], str] = {}

    def write(self, text: str) -> int:
        """Write text; whole lines go out at once."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        key = (self._exchange(), _get_ident())
        with self._lock:
            whole = self._partial.pop(key, "") + text
            end = whole.rfind("\n") + 1
            if end < len(whole):
                self._partial[key] = whole[end:]
                if len(whole) - end > _PARTIAL_LIMIT or len(self._partial) > _PARTIAL_LIMIT:
                    self._write_partial()
            if end:
                self._send("".join(_marked(line, key[0]) for line in _LINE.findall(whole, 0, end)))
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
        for (exchange, _), text in partial.items():
            self._send(_marked(text, exchange))

    def _send(self, text: str) -> None:
        try:
            super().write(text)
        except BrokenPipeError:
            self.discard()


def _marked(line: str, exchange: int | None) -> str:
    if exchange is not None:
        return f"{MARK}{exchange}{MARK}{line}"
    return f"{MARK}{MARK}{line}" if line.startswith(MARK) else line


def install(exchange: Callable[[], int | None]) -> tuple[TiedStream, TiedStream]:
    """Put tied streams in the place of ``sys.stdout`` and ``sys.stderr``."""
    streams = TiedStream(1, exchange), TiedStream(2, exchange)
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
