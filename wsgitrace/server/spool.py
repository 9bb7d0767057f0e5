"""Body bytes that came before the application asked for them: some in memory, the rest in a file without a name."""

from __future__ import annotations

from collections import deque
from typing import IO, Final

_AT_ONCE: Final = 256 * 1024


class Spool:
    """First in, first out."""

    __slots__ = ("_file", "_memory", "_parts", "_read", "_written", "left")

    def __init__(self, memory: int) -> None:
        self._memory = memory
        """Bytes that may stay in memory."""
        self._parts: deque[bytes] = deque()
        self._file: IO[bytes] | None = None
        self._read = 0
        self._written = 0
        self.left = 0
        """Bytes put in and not taken out again."""

    def put(self, data: bytes) -> None:
        """Keep ``data``.

        Raises:
            OSError: the disk is full, or there is no folder for temporary files.

        """
        self.left += len(data)
        if self._read == self._written and self.left <= self._memory:
            self._parts.append(data)
            return
        if self._file is None:
            # Most servers never need it, and it is slow to import.
            from tempfile import TemporaryFile  # noqa: PLC0415 -- see above

            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 -- closed by close()
        view = memoryview(data)
        self._file.seek(self._written)
        while view:
            count = self._file.write(view)
            self._written += count
            view = view[count:]

    def take(self) -> bytes:
        """The next bytes; empty when all were taken."""
        if self._parts:
            data = self._parts.popleft()
        elif self._file is None or self._read == self._written:
            return b""
        else:
            self._file.seek(self._read)
            data = self._file.read(min(_AT_ONCE, self._written - self._read))
            self._read += len(data)
            if self._read == self._written:
                self._read = self._written = 0
                self._file.truncate(0)
        self.left -= len(data)
        return data

    def close(self) -> None:
        """Let go of everything."""
        self._parts.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
