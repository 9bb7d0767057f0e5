"""``wsgi.input``: what the application reads the request body by (PEP 3333, "Input and Error Streams")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.server.body import BodyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.server.intake import Intake


class Input:
    """What the application reads: ``read``, ``readline``, ``readlines`` and iteration, with an end of file."""

    __slots__ = ("_intake", "_pending", "_position")

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._pending = b""
        self._position = 0
        """How much of ``_pending`` was given away."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read ``size`` bytes, fewer only at the end of the body; all there is when negative or None."""
        if size is None or size < 0:
            return self._rest()
        part = self._take(size)
        if len(part) == size:
            return part
        parts = [part]
        missing = size - len(part)
        while missing and self._fill(parts):
            part = self._take(missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read up to and with the next line feed, at most ``size`` bytes."""
        room = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        while room:
            if self._position >= len(self._pending) and not self._fill(parts):
                break
            start = self._position
            limit = len(self._pending) if room < 0 else min(start + room, len(self._pending))
            end = self._pending.find(b"\n", start, limit) + 1
            parts.append(self._take((end or limit) - start))
            if end:
                break
            if room > 0:
                room -= limit - start
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Read lines to the end, or until they make up ``hint`` bytes."""
        lines: list[bytes] = []
        total = 0
        while line := self.readline():
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _rest(self) -> bytes:
        parts = [self._take(len(self._pending))]
        while self._fill(parts):
            parts.append(self._take(len(self._pending)))
        return b"".join(parts)

    def _take(self, size: int) -> bytes:
        start = self._position
        part = self._pending[start : start + size]
        self._position = start + len(part)
        return part

    def _fill(self, taken: list[bytes]) -> bool:
        """Get more; if that fails, what this call has taken already stays readable."""
        try:
            self._pending = self._intake.more()
        except BodyError:
            self._pending = b"".join(taken)
            self._position = 0
            raise
        self._position = 0
        return bool(self._pending)
