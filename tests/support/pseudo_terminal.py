"""The debugger's end of a pseudo-terminal that pdb is given, without a debugger and without a user's terminal."""

from __future__ import annotations

import os
import pty
import select
from time import monotonic

from tests.support.waiting import PATIENCE
from wsgitrace.supervisor.relay import prepare

__all__ = ["PseudoTerminal"]


class PseudoTerminal:
    """Types lines, and waits for what is shown."""

    def __init__(self):
        self._ours, self._theirs = pty.openpty()
        self.name = os.ttyname(self._theirs)
        prepare(self._theirs, self._theirs)
        self.shown = ""

    def wait_for(self, text):
        """Wait until something new is shown; returns it, up to there."""
        deadline = monotonic() + PATIENCE
        while text not in self.shown:
            assert monotonic() < deadline, f"never shown: {text!r}; but {self.shown!r}"
            if select.select([self._ours], [], [], 0.05)[0]:
                self.shown += os.read(self._ours, 65536).decode()
        until, _, self.shown = self.shown.partition(text)
        return until.replace("\r\n", "\n")

    def type(self, text):
        os.write(self._ours, text.encode())

    def tell(self, line):
        """Type a line at pdb's prompt, and wait for the next one; returns what was answered."""
        self.type(f"{line}\n")
        self.wait_for(f"{line}\r\n")
        return self.wait_for("(Pdb) ")

    def hang_up(self):
        """Take it back."""
        for fd in (self._ours, self._theirs):
            os.close(fd)
        self._ours = self._theirs = -1

    def close(self):
        if self._ours >= 0:
            self.hang_up()

    @property
    def prompted(self):
        """True, once, when a prompt has been shown that nobody has waited for."""
        if select.select([self._ours], [], [], 0)[0]:
            self.shown += os.read(self._ours, 65536).decode()
        _, prompt, rest = self.shown.partition("(Pdb) ")
        self.shown = rest if prompt else self.shown
        return bool(prompt)
