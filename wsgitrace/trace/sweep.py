"""Sharing out time among nested activities: each instant belongs to the innermost one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Interval: TypeAlias = "tuple[int, int]"
"""Start and end, in nanoseconds."""


def merged(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """The same instants in ascending intervals that do not touch."""
    ordered = sorted(intervals)
    if not ordered:
        return
    start, stop = ordered[0]
    for begin, end in ordered:
        if begin > stop:
            yield start, stop
            start, stop = begin, end
        elif end > stop:
            stop = end
    yield start, stop


def length(intervals: Iterable[Interval]) -> int:
    """Nanoseconds that the intervals cover."""
    return sum(stop - start for start, stop in merged(intervals))


def share(
    parents: dict[int, int | None], active: Mapping[int, tuple[Interval, ...]]
) -> tuple[dict[int, int], dict[int, int]]:
    """Nanoseconds of each activity alone, and with all that it contains.

    ``parents`` lists activities depth first, each with the one that contains it; ``active`` tells when each was active.
    Alone: an instant counts for the deepest one active then, of several the last, so that no instant counts twice.
    """
    sweep = _Sweep(parents)
    alone = sweep.run(active)
    return alone, _unions(parents, active) if sweep.parallel else _totals(parents, alone)


class _Sweep:
    """Goes through time once, keeping which activities are going on."""

    def __init__(self, parents: dict[int, int | None]) -> None:
        self.order = {each: index for index, each in enumerate(parents)}
        self.depth: dict[int, int] = {}
        self.last = dict(self.order)
        """By activity: the greatest order of any inside it."""
        self.parallel = False
        """True when two were active of which neither contains the other, as with threads."""
        for each, parent in parents.items():
            self.depth[each] = 0 if parent is None else self.depth[parent] + 1
        for each, parent in reversed(parents.items()):
            if parent is not None:
                self.last[parent] = max(self.last[parent], self.last[each])

    def run(self, active: Mapping[int, tuple[Interval, ...]]) -> dict[int, int]:
        """Nanoseconds of each activity alone."""
        marks: list[tuple[int, int, int]] = []
        for each, intervals in active.items():
            for start, stop in intervals:
                # Of marks at one instant ends come first, innermost first; then beginnings, outermost first.
                marks.append((start, self.order[each] + 1, each))
                marks.append((stop, -self.order[each], each))
        marks.sort()
        alone = dict.fromkeys(self.order, 0)
        going: dict[int, int] = {}
        top: int | None = None
        previous = 0
        for at, sign, each in marks:
            if top is not None:
                alone[top] += at - previous
            previous = at
            if sign > 0:
                going[each] = going.get(each, 0) + 1
                top = self._inner(top, each)
            elif going[each] > 1:
                going[each] -= 1
            else:
                del going[each]
                if each == top:
                    top = max(going, key=self._rank, default=None)
        return alone

    def _rank(self, each: int) -> tuple[int, int]:
        return (self.depth[each], self.order[each])

    def _inner(self, top: int | None, each: int) -> int:
        """The deeper of the deepest so far and one that begins."""
        if top is None or self.order[top] <= self.order[each] <= self.last[top]:
            return each
        if not self.order[each] <= self.order[top] <= self.last[each]:
            self.parallel = True
        return max(top, each, key=self._rank)


def _totals(parents: dict[int, int | None], alone: dict[int, int]) -> dict[int, int]:
    """Each activity with all those inside it."""
    totals = dict(alone)
    for each, parent in reversed(parents.items()):
        if parent is not None:
            totals[parent] += totals[each]
    return totals


def _unions(parents: dict[int, int | None], active: Mapping[int, tuple[Interval, ...]]) -> dict[int, int]:
    """The same where activities went on side by side: an instant counts in each branch that was active then."""
    busy = {each: list(intervals) for each, intervals in active.items()}
    totals: dict[int, int] = {}
    for each, parent in reversed(parents.items()):
        covered = list(merged(busy.pop(each)))
        totals[each] = sum(stop - start for start, stop in covered)
        if parent is not None:
            busy[parent] += covered
    return totals
