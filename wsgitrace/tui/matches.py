"""What a slow filter lets through: found in steps, newest first, and remembered by number."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture import Capture, Found, Summary
    from wsgitrace.query import Filter

__all__ = ["Matches"]

_EVERYTHING = 10**12
_OPEN_LOOKED_AT = 64
"""Exchanges that are not over and may come to match: looked at again at most so many at a time."""

_OLDEST_LOOKED_AT = 256
"""Matches of which it is asked whether they have been evicted."""


class Matches:
    """The numbers of the exchanges that match, as far as is known. A million of them are a few megabytes."""

    def __init__(self, capture: Capture, where: Filter) -> None:
        self._capture = capture
        self._where = where
        self._numbers: list[int] = []
        self._newest = capture.settled_to(where)
        self._steps: Iterator[Found] | None = capture.search(where, before=self._newest + 1, limit=_EVERYTHING)
        self._later: Iterator[Found] | None = None
        self._open: set[int] = set(capture.open_exchanges())
        self._gone = self._newest - capture.count()
        self.share = 0.0
        """How much of the recording has been looked at, 0 to 1."""

    @property
    def done(self) -> bool:
        """True when all that is recorded has been looked at."""
        return self._steps is None and self._later is None

    counts = True
    """Its length is the number of matches."""

    def __len__(self) -> int:
        return len(self._numbers)

    def advance(self) -> None:
        """Look at some more, for about as long as one step of a search takes."""
        if self._later is not None:
            self._later = self._step(self._later)
        elif self._steps is not None:
            self._steps = self._step(self._steps)

    def catch_up(self) -> None:
        """Something may have come: it is looked at with the next steps."""
        newest = self._capture.settled_to(self._where)
        if newest > self._newest and self._later is None:
            self._later = self._capture.search(self._where, after=self._newest, before=newest + 1, limit=_EVERYTHING)
            self._newest = newest
        self._look_at_open()
        self._open.update(self._capture.open_exchanges())
        self._forget_evicted()

    def _step(self, steps: Iterator[Found]) -> Iterator[Found] | None:
        found = next(steps)
        for row in found.rows:
            self._add(row.number)
        if steps is self._steps:
            self.share = found.share
        return None if found.done else steps

    def _look_at_open(self) -> None:
        """What was not over when it was looked at may match by now."""
        for number in sorted(self._open)[:_OPEN_LOOKED_AT]:
            summary = self._capture.summary(number)
            if summary is None or summary.done:
                self._open.discard(number)
            if summary is not None and self._where.matches(self._capture.facts(summary)):
                self._add(number)

    def _forget_evicted(self) -> None:
        """The oldest go first, those that are pinned left out."""
        gone = self._newest - self._capture.count()
        if gone != self._gone:
            self._gone = gone
            front = self._numbers[:_OLDEST_LOOKED_AT]
            self._numbers[: len(front)] = [number for number in front if self._capture.summary(number) is not None]

    def _add(self, number: int) -> None:
        at = bisect_left(self._numbers, number)
        if at == len(self._numbers) or self._numbers[at] != number:
            insort(self._numbers, number)

    def older(self, before: int | None, limit: int) -> list[Summary]:
        """Up to ``limit`` rows right before a number (None: the newest), oldest first."""
        end = len(self._numbers) if before is None else bisect_left(self._numbers, before)
        return self._rows(self._numbers[max(0, end - limit) : end])

    def newer(self, after: int, limit: int) -> list[Summary]:
        """Up to ``limit`` rows right after a number, oldest first."""
        start = bisect_right(self._numbers, after)
        return self._rows(self._numbers[start : start + limit])

    def _rows(self, numbers: list[int]) -> list[Summary]:
        rows = (self._capture.summary(number) for number in numbers)
        return [row for row in rows if row is not None]
