"""A pipe that wakes whoever waits for its reading end."""

from __future__ import annotations

from contextlib import suppress
from os import close, pipe, read, set_blocking, write


class Waker:
    """From any thread or signal handler, any number of times."""

    def __init__(self) -> None:
        self.fd, self._end = pipe()
        """The reading end."""
        set_blocking(self.fd, False)
        set_blocking(self._end, False)

    def wake(self) -> None:
        """Make the reading end readable."""
        # Full: then it is readable. Closed: then nobody waits.
        with suppress(OSError):
            write(self._end, b"\0")

    def drain(self) -> None:
        """Make it unreadable again."""
        with suppress(BlockingIOError):
            while read(self.fd, 4096):
                pass

    def close(self) -> None:
        """Release both ends."""
        close(self.fd)
        end, self._end = self._end, -1
        close(end)
