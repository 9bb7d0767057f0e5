"""A pseudo-terminal for pdb in the worker, and the copying between it and the terminal that the user sits at.

The worker never opens the user's terminal: when it dies, hangs or goes mad, what the user sits at is the debugger's.
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import termios
import threading
import tty
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["INTERRUPT", "TAKE_BACK", "Outcome", "Relay", "prepare"]

INTERRUPT: Final = b"\x03"
"""Ctrl+C."""

TAKE_BACK: Final = b"\x1c"
"""Ctrl+backslash: the user wants the terminal back, whatever is going on."""

_READ: Final = 2**16
_AHEAD: Final = 2**16
"""Bytes typed ahead, above which the user's terminal is not read."""

_LAST_WORDS: Final = 1.0
"""Seconds that what was written before the end may take to arrive."""

_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
"""Signals that end the debugger."""


@dataclass(slots=True)
class Outcome:
    """How a relay ended."""

    taken_back: bool = False
    """The user took the terminal back."""
    gone: bool = False
    """The user's terminal is gone."""
    signals: tuple[int, ...] = ()
    """Signals that came meanwhile and are still to be obeyed."""


class Relay:
    """A pair of pseudo-terminal ends, and the user's terminal. Raises :class:`OSError` where there is no pair left."""

    def __init__(self, keyboard: int = 0, screen: int = 1) -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._ours, self._theirs = pty.openpty()
        self.name = os.ttyname(self._theirs)
        """Path by which the other end is opened."""
        # A program that does not read must not be able to stop us.
        os.set_blocking(self._ours, False)
        self._woken, self._wake = os.pipe()
        for fd in (self._woken, self._wake):
            os.set_blocking(fd, False)
        self._lock = threading.Lock()
        self._ended = False
        prepare(self._theirs, keyboard)
        self._copy_size()

    def say(self, text: str) -> None:
        """Show the user something before it begins."""
        with contextlib.suppress(OSError):
            self._show(text.encode())

    def end(self) -> None:
        """Nobody needs it any more; what was written is still shown. Any thread."""
        with self._lock:
            self._ended = True
            if self._wake >= 0:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._wake, b"\0")

    def run(self, interrupt: Callable[[], None]) -> Outcome:
        """Copy until :meth:`end`, or until the user or a signal wants the terminal back. In the main thread.

        ``interrupt`` is called at ctrl+c, which is passed on as well.
        """
        outcome = Outcome()
        try:
            with self._raw(), self._signals():
                self._copy(outcome, interrupt)
                if self._ended:
                    self._show_last_words()
        except (OSError, termios.error):
            outcome.gone = True
        return outcome

    def close(self) -> None:
        """Hang up: who still reads comes to the end."""
        with self._lock:
            for fd in (self._ours, self._theirs, self._woken, self._wake):
                if fd >= 0:
                    os.close(fd)
            self._ours = self._theirs = self._woken = self._wake = -1

    def _copy(self, outcome: Outcome, interrupt: Callable[[], None]) -> None:
        typed = b""
        while not (self._ended or outcome.taken_back or outcome.gone or outcome.signals):
            reading = [self._ours, self._woken, *([self._keyboard] if len(typed) < _AHEAD else [])]
            ready, writable, _ = select.select(reading, [self._ours] if typed else [], [])
            if self._woken in ready:
                self._obey(os.read(self._woken, _READ), outcome)
            if self._ours in ready:
                self._show(os.read(self._ours, _READ))
            if self._keyboard in ready:
                data, taken, _ = os.read(self._keyboard, _READ).partition(TAKE_BACK)
                outcome.taken_back = bool(taken)
                outcome.gone = not (data or taken)
                typed += data
            if typed and (writable or self._keyboard in ready):
                interrupted = INTERRUPT in typed
                with contextlib.suppress(BlockingIOError):
                    typed = typed[os.write(self._ours, typed) :]
                if interrupted and INTERRUPT not in typed:
                    interrupt()

    def _obey(self, woken: bytes, outcome: Outcome) -> None:
        """What came to wake us: numbers of signals, or zero."""
        if signal.SIGWINCH in woken:
            self._copy_size()
        if signal.SIGCONT in woken:
            tty.setraw(self._keyboard)
        outcome.signals = tuple(number for number in woken if number in _ENDING)

    def _show(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._screen, data) :]

    def _show_last_words(self) -> None:
        """Show what is on its way; the end of it is seen when nobody has the other end open."""
        os.close(self._theirs)
        self._theirs = -1
        while select.select([self._ours], [], [], _LAST_WORDS)[0]:
            try:
                data = os.read(self._ours, _READ)
            except OSError:
                return
            if not data:
                return
            self._show(data)

    def _copy_size(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetwinsize(self._ours, termios.tcgetwinsize(self._screen))

    @contextlib.contextmanager
    def _raw(self) -> Iterator[None]:
        """Every key is for the other end meanwhile."""
        before = termios.tcgetattr(self._keyboard)
        tty.setraw(self._keyboard)
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, before)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Signals wake us instead of whoever they woke before; those for a window that changed, too."""
        size = signal.signal(signal.SIGWINCH, _nothing)
        wake = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wake)
            signal.signal(signal.SIGWINCH, size or signal.SIG_DFL)


def _nothing(_: int, __: FrameType | None) -> None:
    """A handler must be there for a signal to wake anybody."""


def prepare(terminal: int, like: int) -> None:
    """Edit lines as the user's terminal does, and make ctrl+c an end of line that the program sees.

    The terminal is nobody's own, so it could send no signal for it.
    """
    attributes = termios.tcgetattr(terminal)
    with contextlib.suppress(termios.error):
        attributes = termios.tcgetattr(like)
    attributes[tty.IFLAG] |= termios.ICRNL
    attributes[tty.OFLAG] |= termios.OPOST | termios.ONLCR
    attributes[tty.LFLAG] |= termios.ICANON | termios.ECHO
    attributes[tty.LFLAG] &= ~termios.ISIG
    attributes[tty.CC][termios.VEOL] = INTERRUPT
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
