"""The layer trees of two exchanges, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.comparing.texts import common_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

__all__ = ["PASSES_LIMIT", "Pair", "Pairs", "pair_passes"]

PASSES_LIMIT: Final = 2_000
"""Passes of an exchange that are matched with those of the other; of further ones only those that begin alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A pass through one layer in both exchanges, or in one of them."""

    one: Span | None
    """That of the one; None where only the other has it."""
    other: Span | None
    """That of the other."""

    @property
    def span(self) -> Span:
        """The one of them that there is."""
        found = [span for span in (self.one, self.other) if span is not None]
        return found[0]

    @property
    def depth(self) -> int:
        """How deep it stands."""
        return self.span.depth


class Pairs:
    """All passes of two exchanges, in an order that is that of both."""

    def __init__(self, pairs: Sequence[Pair], *, matched: bool) -> None:
        self.all = tuple(pairs)
        self.matched = matched
        """False where there were too many to match."""
        self.of_one = {pair.one.id: index for index, pair in enumerate(self.all) if pair.one is not None}
        """Positions by the numbers of the passes of the one."""
        self.of_other = {pair.other.id: index for index, pair in enumerate(self.all) if pair.other is not None}
        """Positions by the numbers of the passes of the other."""


def pair_passes(one: Trace, other: Trace) -> Pairs:
    """Match passes by the names of their layers, in the order of their calls."""
    mine, theirs = [_name(span) for span in one.spans], [_name(span) for span in other.spans]
    start = common_start(mine, theirs)
    pairs = [Pair(one.spans[index], other.spans[index]) for index in range(start)]
    left, right = one.spans[start:], other.spans[start:]
    matched = max(len(left), len(right)) <= PASSES_LIMIT
    if not matched:
        return Pairs(
            [*pairs, *(Pair(span, None) for span in left), *(Pair(None, span) for span in right)], matched=False
        )
    matcher = SequenceMatcher(None, mine[start:], theirs[start:], autojunk=False)
    for tag, first, last, begin, stop in matcher.get_opcodes():
        if tag == "equal":
            pairs += map(Pair, left[first:last], right[begin:stop])
        else:
            pairs += (Pair(span, None) for span in left[first:last])
            pairs += (Pair(None, span) for span in right[begin:stop])
    return Pairs(pairs, matched=True)


def _name(span: Span) -> tuple[str, bool]:
    if span.id == 0:
        return "", False  # the server, whatever it is called
    return (span.layer.name if span.layer is not None else span.name), span.subrequest
