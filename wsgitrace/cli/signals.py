"""Signals that ask a command without a screen to stop."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Stop", "quit_as_terminated", "stop_by_signal"]

_ASKED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether to stop, and what to exit with."""

    def __init__(self) -> None:
        self.code = 0
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        """True from the first request to stop on."""
        return self._event.is_set()

    def ask(self, code: int = 0) -> None:
        """Stop, and exit with ``code``; the first request counts."""
        if not self._event.is_set():
            self.code = code
            self._event.set()


@contextmanager
def stop_by_signal() -> Iterator[Stop]:
    """Note SIGINT, SIGTERM and SIGHUP; a second one ends the command at once, as it would without this.

    The code is the shell's convention for a command that a signal ended: 128 and the signal's number. A signal that
    was ignored when the command started stays so: that is how nohup and a shell's background jobs ask for it.
    """
    stop = Stop()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in _ASKED}

    def note(number: int, _: FrameType | None) -> None:
        stop.ask(128 + number)
        for asked, handler in before.items():
            signal.signal(asked, handler)

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def quit_as_terminated() -> Iterator[Callable[[int], int]]:
    """Have SIGQUIT end the screen in order, as SIGTERM does: a core dump would leave the terminal to it.

    Yields what makes the exit code that the screen returns the one to exit with: that of SIGQUIT after it.
    """
    asked = False

    def quit_in_order(_: int, __: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGQUIT) or signal.SIG_DFL
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, quit_in_order)
    try:
        yield lambda code: 128 + signal.SIGQUIT if asked and code == 128 + signal.SIGTERM else code
    finally:
        signal.signal(signal.SIGQUIT, before)
