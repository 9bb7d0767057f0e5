"""A recorded file that another process is still writing: what ends in it, as it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.filtering import analyse_these
from wsgitrace.cli.recording import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.query import Filter

__all__ = ["Follower"]

_STRETCH: Final = 500
"""Exchanges looked at in one step."""

_LOOK_AT_WRITER: Final = 1.0
"""Seconds between looks at whether somebody is writing."""


class Follower:
    """Gives each exchange above a number once, when it has ended, and those below that were open at the beginning."""

    def __init__(self, capture: Capture, path: Path, *, after: int, where: Filter = EVERYTHING) -> None:
        self._capture = capture
        self._path = path
        self._where = where
        self._position = after
        self._open = {number for number in capture.open_exchanges() if number <= after}
        self._version = -1
        self._file = _identity(path)
        self._looked = float("-inf")
        self._live = False
        self.missed = 0
        """Exchanges that were removed for the bounds before they could be given."""

    def take(self) -> Iterator[Summary]:
        """What has ended since the last time, those that were open longest first."""
        version = self._capture.data_version()
        if version == self._version:
            return
        self._version = version
        for number in sorted(self._open):
            yield from self._late(number)
        while (backlog := self._capture.backlog(self._position, _STRETCH)).upto > self._position:
            first, self._position = self._position, backlog.upto
            self._open.update(backlog.open)
            self.missed += backlog.upto - first - len(backlog.ended) - len(backlog.open)
            if backlog.ended:
                ended = set(backlog.ended)
                analyse_these(self._where, self._capture, backlog.ended)
                page = self._capture.page(after=first, before=backlog.upto + 1, limit=_STRETCH, where=self._where)
                yield from (summary for summary in reversed(page) if summary.number in ended)

    def _late(self, number: int) -> Iterator[Summary]:
        summary = self._capture.summary(number)
        if summary is not None and not summary.done:
            return
        self._open.discard(number)
        if summary is None:
            self.missed += 1
            return
        analyse_these(self._where, self._capture, [number])
        yield from self._capture.page(after=number - 1, before=number + 1, limit=1, where=self._where)

    @property
    def gone(self) -> bool:
        """True when the file is no longer there, or another one is in its place."""
        return _identity(self._path) != self._file

    @property
    def live(self) -> bool:
        """True when somebody writes the file, as known a second ago."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_AT_WRITER:
            self._looked = now
            self._live = self._capture.info().live
        return self._live


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
