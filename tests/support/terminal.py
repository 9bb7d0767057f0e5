"""A terminal to test on: runs a command in a pseudo-terminal, types keys, and shows what a person would see."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import uuid
from typing import TYPE_CHECKING, Self

import pyte

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

# Makes the pseudo-terminal the controlling one, so that it is this command that gets SIGHUP, SIGINT and SIGWINCH.
LAUNCH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
MARK = "TERMINAL_UNDER_TEST"
KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "space": b" ",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "ctrl+c": b"\x03",
    "ctrl+d": b"\x04",
    "ctrl+p": b"\x10",
    "ctrl+u": b"\x15",
}
# What an application may turn on and has to turn off again, by its DEC private mode number.
TURNED_OFF_AT_THE_END = {
    "1049": "alternate screen",
    "1000": "mouse buttons",
    "1002": "mouse drags",
    "1003": "mouse moves",
    "1004": "focus reports",
    "1006": "mouse coordinates",
    "1015": "mouse coordinates, older",
    "2004": "bracketed paste",
}
MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
# Sequences that pyte prints instead of leaving out: keyboard protocol, mode and version queries.
UNKNOWN = re.compile(rb"\x1b\[(?:[<>=][0-9;]*[a-zA-Z]|[?0-9;]*\$[a-z])|\x1b[P_^][^\x1b]*\x1b\\")


class Terminal:
    """One command in a terminal of its own. Leaving it as a context manager ends the command and its children."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        cwd: Path | str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.raw = bytearray()
        self._changed = threading.Condition()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._held_back = b""
        self._ours, self._theirs = pty.openpty()
        self._screen.write_process_input = self._answer
        self._set_size(columns, rows)
        self._attributes = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *command],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            cwd=cwd,
            env={**_clean_environment(), **(env or {}), MARK: self.mark},
            start_new_session=True,
        )
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the command and whatever it started, by their ids."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.survivors(PATIENCE)
        self._closing.set()
        self._reader.join(PATIENCE)
        for descriptor in (self._ours, self._theirs):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    # -- what a person sees

    @property
    def lines(self) -> list[str]:
        """The screen, line by line, without the blanks at the ends."""
        with self._changed:
            return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def row(self, text: str) -> str:
        """The first line of the screen that has ``text`` in it; empty when there is none."""
        return next((line for line in self.lines if text in line), "")

    def wait_for(self, wanted: str | Callable[[Terminal], object], patience: float = PATIENCE) -> None:
        """Wait until the screen shows a text or a condition holds; fails with the screen when it never does."""
        deadline = time.monotonic() + patience
        while not (wanted in self.text if isinstance(wanted, str) else wanted(self)):
            left = deadline - time.monotonic()
            ended = self.process.poll()
            if left <= 0 or (ended is not None and not self._reader.is_alive()):
                state = "still runs" if ended is None else f"ended with {ended}"
                raise AssertionError(f"never seen: {wanted!r}; the command {state}; the screen:\n{self.text}")
            with self._changed:
                self._changed.wait(min(left, 0.1))

    # -- what a person does

    def type(self, text: str) -> None:
        """Type a text, at once."""
        os.write(self._ours, text.encode())

    def press(self, *keys: str) -> None:
        """Press keys by their names, or single characters."""
        for key in keys:
            os.write(self._ours, KEYS.get(key) or key.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        with self._changed:
            self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def freeze(self) -> None:
        """Show nothing any more: what the command writes waits, as with a window that does not answer."""
        self._closing.set()
        self._reader.join(PATIENCE)

    def hang_up(self) -> None:
        """Close the window: the command gets SIGHUP and can no longer read or write."""
        self.freeze()
        os.close(self._theirs)
        os.close(self._ours)

    # -- how it ends

    def wait(self, patience: float = PATIENCE) -> int:
        """The exit status of the command; its last words are on the screen then."""
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the command still runs; the screen:\n{self.text}") from None
        self._reader.join(PATIENCE)
        return status

    def left_on(self) -> list[str]:
        """What the command turned on and did not turn off again; empty when the terminal is as it was."""
        with self._changed:
            raw = bytes(self.raw)
        state: dict[str, bool] = {}
        for numbers, switch in MODE.findall(raw):
            state.update(dict.fromkeys(numbers.decode().split(";"), switch == b"h"))
        left = [name for number, name in TURNED_OFF_AT_THE_END.items() if state.get(number, False)]
        if not state.get("25", True):
            left.append("hidden cursor")
        if not state.get("7", True):
            left.append("no line wrapping")
        if len(re.findall(rb"\x1b\[>[0-9]+u", raw)) > len(re.findall(rb"\x1b\[<[0-9]*u", raw)):
            left.append("keyboard protocol")
        if termios.tcgetattr(self._theirs) != self._attributes:
            left.append("terminal attributes")
        return left

    def processes(self) -> list[int]:
        """The ids of all living processes that descend from the command, wherever they went."""
        mark = f"{MARK}={self.mark}".encode()
        found = []
        for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208 -- thousands of them
            with contextlib.suppress(OSError):
                if name.isdecimal() and mark in _contents(f"/proc/{name}/environ") and not _is_dead(name):
                    found.append(int(name))
        return found

    def survivors(self, patience: float) -> list[int]:
        """Those of :meth:`processes` that are still there after ``patience`` seconds; returns as soon as none is."""
        deadline = time.monotonic() + patience
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left

    def _read(self) -> None:
        while not self._closing.is_set():
            ended = self.process.poll() is not None
            ready, _, _ = select.select([self._ours], [], [], 0 if ended else 0.05)
            if not ready:
                if ended:
                    break
                continue
            try:
                data = os.read(self._ours, 1 << 16)
            except OSError:
                break
            with self._changed:
                self.raw += data
                self._show(data)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _show(self, data: bytes) -> None:
        data = self._held_back + data
        # A sequence may be cut by the end of what was read: keep it for the next time.
        start = data.rfind(b"\x1b", -64)
        cut = (
            start
            if start >= 0 and not re.search(rb"\x1b[^\[PX^_\]]|\x1b\[[0-?]*[ -/]*[@-~]|\\", data[start:])
            else None
        )
        self._held_back = data[cut:] if cut is not None else b""
        self._stream.feed(UNKNOWN.sub(b"", data[:cut]))

    def _answer(self, data: str) -> None:
        os.write(self._ours, data.encode())

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _clean_environment() -> dict[str, str]:
    """What the tests run in, as a person's shell would have it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WSGITRACE_", "PYTEST_", "COV_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS", "LINES", "TEXTUAL"):
        kept.pop(name, None)
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}


def _contents(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 -- thousands of them
        return file.read()


def _is_dead(pid: str) -> bool:
    """Whether only the entry is left of a process."""
    return _contents(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] in {b"Z", b"X"}
