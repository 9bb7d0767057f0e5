"""Figures counted in steps, and kept up to date while more is recorded."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from wsgitrace.capture.figures import Figures, add_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture.reader import Capture
    from wsgitrace.capture.search import Found
    from wsgitrace.capture.summary import Summary
    from wsgitrace.query import Filter

_EVERYTHING: Final = 10**12

_BUDGET: Final = 0.008
"""Seconds that reading takes in one step, about; counting what was read takes as long again."""

_LAYERS_AT_ONCE: Final = 500
"""Exchanges whose layers are counted in one step."""

_OPEN_LOOKED_AT: Final = 64


class Tally:
    """Figures of what a filter lets through. Those of layers come behind: when analysis has come by.

    Every method raises :class:`~wsgitrace.capture.CaptureError` for a damaged file.
    """

    def __init__(self, capture: Capture, where: Filter) -> None:
        self.figures = Figures()
        """What has been counted so far."""
        self.where = where
        """What is counted."""
        self._capture = capture
        self._counted = self.figures
        self._open = set(capture.open_exchanges())
        self._ended: set[int] = set()  # counted at their end, before the steps came by
        self._late: list[int] = []
        self._newest = capture.newest()
        self._gone = self._newest - capture.count()
        self._reached = 0
        self._steps: Iterator[Found] | None = self._search(0)

    @property
    def done(self) -> bool:
        """True when all that is recorded, and analysed, has been counted."""
        return self._steps is None and not self._due

    @property
    def share(self) -> float:
        """How much of what is recorded has been counted, 0 to 1."""
        return 1.0 if self._steps is None else self._reached / max(1, self._newest)

    @property
    def recounting(self) -> bool:
        """True while it is all counted once more, behind what has been counted before."""
        return self._counted is not self.figures

    @property
    def open(self) -> int:
        """Exchanges that cannot be counted because they have not ended."""
        return len(self._open)

    def advance(self) -> None:
        """Count some more."""
        if self._steps is not None:
            step = next(self._steps)
            self._reached = step.reached
            for row in step.rows:
                if row.done and row.number not in self._open and row.number not in self._ended:
                    self._add(row)
            if step.done:
                self._steps = None
                self._ended.clear()
        if due := self._due:
            add_layers(self._counted, self._capture, due)
            del self._late[: len(due)]
        if self.done:
            self.figures = self._counted

    def catch_up(self) -> None:
        """Something may have come, or ended."""
        newest = self._capture.newest()
        self._open.update(self._capture.open_exchanges())
        if self.done and newest - self._capture.count() != self._gone:
            self._begin_again(newest)
        if newest > self._newest and self._steps is None:
            self._steps = self._search(self._newest)
            self._newest = newest
        for number in sorted(self._open)[:_OPEN_LOOKED_AT]:
            summary = self._capture.summary(number)
            if summary is None or summary.done:
                self._open.discard(number)
            if summary is not None and summary.done and self.where.matches(self._capture.facts(summary)):
                self._add(summary)
                if self._steps is not None:
                    self._ended.add(number)

    def _begin_again(self, newest: int) -> None:
        """What was evicted or deleted cannot be taken out of a spread: the others are counted once more."""
        self._gone = newest - self._capture.count()
        self._counted = Figures()
        self._late.clear()
        self._newest, self._reached = newest, 0
        self._steps = self._search(0)

    def _add(self, row: Summary) -> None:
        self._counted.add(row)
        self._late.append(row.number)

    def _search(self, after: int) -> Iterator[Found]:
        return self._capture.search(self.where, after=after, limit=_EVERYTHING, budget=_BUDGET)

    @property
    def _due(self) -> list[int]:
        """Exchanges that were counted and can be by layer now."""
        if not self._late:
            return []
        analysed = self._capture.analysed_to()
        late = self._late[:_LAYERS_AT_ONCE]
        return sorted(late) if max(late) <= analysed else sorted(takewhile(lambda number: number <= analysed, late))
