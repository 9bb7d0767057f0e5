"""Two texts, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["MATCHED_LINES", "Block", "LineDiff", "Tag", "common_start", "compare_lines"]

MATCHED_LINES: Final = 5_000
"""Lines between the first and the last that differ which are matched with each other; beyond, they are one block."""

Tag: TypeAlias = Literal["equal", "noise", "changed"]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow each other, of both texts."""

    tag: Tag
    """``noise``: they differ in nothing that counts; ``changed``: other lines, or none, on the other side."""
    one: range
    """Those of the one text, counted from 0."""
    other: range
    """Those of the other."""


@dataclass(frozen=True, slots=True, eq=False)
class LineDiff:
    """Two texts, cut into blocks."""

    one: Sequence[str]
    """Lines of the one."""
    other: Sequence[str]
    """Lines of the other."""
    blocks: tuple[Block, ...]
    """All of both, in order."""
    matched: bool = True
    """False where there were too many lines to match those between the first and the last that differ."""

    @property
    def changes(self) -> tuple[Block, ...]:
        """The blocks that count."""
        return tuple(block for block in self.blocks if block.tag == "changed")

    @property
    def noisy(self) -> tuple[Block, ...]:
        """The blocks that differ and do not count."""
        return tuple(block for block in self.blocks if block.tag == "noise")


def compare_lines(
    one: Sequence[str], other: Sequence[str], folded: tuple[Sequence[str], Sequence[str]] | None = None
) -> LineDiff:
    """Compare two texts. ``folded``: the same lines without what is noise in them, by which they are matched."""
    left, right = (one, other) if folded is None else folded
    start = common_start(left, right)
    end = common_start(left[start:][::-1], right[start:][::-1])
    middle = (range(start, len(left) - end), range(start, len(right) - end))
    matched = max(map(len, middle)) <= MATCHED_LINES
    blocks = list(_raw(one, other, range(start), range(start)))
    if middle[0] or middle[1]:
        if matched:
            blocks += _matched(one, other, left, right, middle)
        else:
            blocks.append(Block("changed", *middle))
    blocks += _raw(one, other, range(len(left) - end, len(left)), range(len(right) - end, len(right)))
    return LineDiff(one, other, tuple(blocks), matched)


def common_start(one: Sequence[object], other: Sequence[object]) -> int:
    """Items with which both begin: lines, characters or bytes."""
    low, high = 0, min(len(one), len(other)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return low


def _matched(
    one: Sequence[str], other: Sequence[str], left: Sequence[str], right: Sequence[str], middle: tuple[range, range]
) -> Iterator[Block]:
    here, there = middle
    matcher = SequenceMatcher(None, left[here.start : here.stop], right[there.start : there.stop], autojunk=False)
    for tag, first, last, begin, stop in matcher.get_opcodes():
        mine = range(here.start + first, here.start + last)
        theirs = range(there.start + begin, there.start + stop)
        if tag == "equal":
            yield from _raw(one, other, mine, theirs)
        else:
            yield Block("changed", mine, theirs)


def _raw(one: Sequence[str], other: Sequence[str], mine: range, theirs: range) -> Iterator[Block]:
    """Lines that match, cut where the lines themselves differ and what is noise begins or ends."""
    began = 0
    before: Tag | None = None
    for index, (here, there) in enumerate(zip(mine, theirs, strict=True)):
        tag: Tag = "equal" if one[here] == other[there] else "noise"
        if before is not None and tag != before:
            yield Block(before, mine[began:index], theirs[began:index])
            began = index
        before = tag
    if before is not None:
        yield Block(before, mine[began:], theirs[began:])
