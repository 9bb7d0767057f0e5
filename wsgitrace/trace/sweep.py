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
    sweep = _Sweep(parents, active)
    alone = sweep.nested()
    if alone is not None:
        return alone, _totals(parents, alone)
    alone = sweep.any()
    return alone, _unions(parents, active) if sweep.parallel else _totals(parents, alone)


class _Sweep:
    """Goes through time once, keeping which activities are going on. They are known here by their order."""

    def __init__(self, parents: dict[int, int | None], active: Mapping[int, tuple[Interval, ...]]) -> None:
        self.names = list(parents)
        order = {each: index for index, each in enumerate(self.names)}
        self.depth: list[int] = []
        self.last = list(range(len(order)))
        """By activity: the greatest order of any inside it."""
        self.parallel = False
        """True when two were found active of which neither contains the other, as with threads."""
        above = [-1 if parent is None else order[parent] for parent in parents.values()]
        for parent in above:
            self.depth.append(0 if parent < 0 else self.depth[parent] + 1)
        for index in range(len(above) - 1, 0, -1):
            parent = above[index]
            if parent >= 0 and self.last[parent] < self.last[index]:
                self.last[parent] = self.last[index]
        # Of marks at one instant ends come first, innermost first; then beginnings, outermost first.
        self.marks = [(start, order[each] + 1) for each, intervals in active.items() for start, _ in intervals]
        self.marks += [(stop, -order[each]) for each, intervals in active.items() for _, stop in intervals]
        self.marks.sort()

    def nested(self) -> dict[int, int] | None:
        """Nanoseconds of each activity alone where they lie within each other; None where they do not."""
        last = self.last
        alone = [0] * len(last)
        going: list[int] = []
        top = -1
        previous = 0
        for at, sign in self.marks:
            if top >= 0:
                alone[top] += at - previous
            previous = at
            if sign > 0:
                each = sign - 1
                if top >= 0 and not top <= each <= last[top]:
                    return None
                going.append(each)
                top = each
            else:
                if top != -sign:
                    return None
                going.pop()
                top = going[-1] if going else -1
        return dict(zip(self.names, alone, strict=True))

    def any(self) -> dict[int, int]:
        """The same however they lie."""
        alone = [0] * len(self.last)
        going: dict[int, int] = {}
        top: int | None = None
        previous = 0
        for at, sign in self.marks:
            if top is not None:
                alone[top] += at - previous
            previous = at
            if sign > 0:
                each = sign - 1
                going[each] = going.get(each, 0) + 1
                top = self._inner(top, each)
            elif going[-sign] > 1:
                going[-sign] -= 1
            else:
                del going[-sign]
                if -sign == top:
                    top = max(going, key=self._rank, default=None)
        return dict(zip(self.names, alone, strict=True))

    def _rank(self, each: int) -> tuple[int, int]:
        return (self.depth[each], each)

    def _inner(self, top: int | None, each: int) -> int:
        """The deeper of the deepest so far and one that begins."""
        if top is None or top <= each <= self.last[top]:
            return each
        if not each <= top <= self.last[each]:
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
