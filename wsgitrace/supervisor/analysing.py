"""``python -P -m wsgitrace.supervisor.analysing FILE``: started by :class:`~wsgitrace.supervisor.analyst.Analyst`.

It reads the capture as any reader does and sends what it finds over the socket that is its standard input. When that
ends, so does it: whatever became of the debugger.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.link import send_frame
from wsgitrace.supervisor.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Sequence

_NICENESS: Final = 10
"""The application, its clients and the recorder go first."""

_POLL: Final = 0.1
"""Seconds between looks for something new."""

_BUSY: Final = 1_000
"""Exchanges a second from which on the processors are needed elsewhere: what is left behind is caught up later."""

_GIVE_UP: Final = 5.0
"""Seconds until a file that cannot be read is tried again."""


def follow(path: Path, link: socket.socket) -> None:
    """Analyse what is recorded until the link ends."""
    over = False
    while not over:
        try:
            with Capture.open(path) as capture:
                over = _follow(capture, link)
        except CaptureError:
            # Somebody damaged or removed the file: the recorder is the one to tell.
            over = _ended(link, _GIVE_UP)


def _follow(capture: Capture, link: socket.socket) -> bool:
    analysis = Analysis(capture)
    pace = _Pace(capture.newest())
    while not _ended(link, 0.0):
        found = analysis.step()
        if found is not None:
            send_frame(link, msgspec.msgpack.encode(found))
        if (found is None or pace.is_busy(capture)) and _ended(link, _POLL):
            break
    return True


def _ended(link: socket.socket, seconds: float) -> bool:
    """Whether the link ends within this time: nothing is ever sent this way."""
    return bool(select.select([link], [], [], seconds)[0])


class _Pace:
    """How fast exchanges come."""

    def __init__(self, newest: int) -> None:
        self._seen = (time.monotonic(), newest)
        self._busy = False

    def is_busy(self, capture: Capture) -> bool:
        """Whether they came fast, when last looked at."""
        now = time.monotonic()
        at, before = self._seen
        if now - at >= _POLL:
            newest = capture.newest()
            self._busy = newest - before > _BUSY * (now - at)
            self._seen = (now, newest)
        return self._busy


def main(arguments: Sequence[str]) -> None:
    """Analyse one file."""
    os.nice(_NICENESS)
    # Linux shares a busy machine out by session first, and this process has one of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS), "ascii")
    with socket.socket(fileno=sys.stdin.fileno()) as link, contextlib.suppress(OSError):
        follow(Path(arguments[0]), link)


if __name__ == "__main__":
    main(sys.argv[1:])
