"""Patterns that search a text in time proportional to its length, whatever the pattern and whatever the text.

Python's :mod:`re` tries one possibility after the other: ``(a+)+$`` takes years over thirty letters, and nothing can
stop it, for it holds the interpreter all the while. Here all possibilities are followed at once, as a set of places in
the expression, and each set with its successors is remembered (a deterministic automaton that is built as far as texts
need it). Texts come from strangers and expressions are typed in a hurry, so neither may stop the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.query.errors import FilterError
from wsgitrace.query.expressions import Chars, Choice, Edge, Expression, Repeat, Sequence, is_word, must_have, read

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES_LIMIT: Final = 1_000
"""Places that an expression may have once its counted repeats are written out."""

MEMORY_LIMIT: Final = 200_000
"""Places remembered in all; when there are more, all are forgotten: texts of many characters must not fill memory."""

Side: TypeAlias = Literal["none", "word", "other"]
"""What is beside a place of the text: nothing, a character of ``\\w``, another character."""


class Pattern:
    """A compiled expression. Case does not count."""

    __slots__ = ("_accept", "_begin", "_edges", "_jumps", "_known", "_sets", "_weight", "needle")

    def __init__(self, expression: Expression) -> None:
        self.needle = must_have(expression)
        """A folded text that is in every match; empty where none is certain."""
        self._sets: list[tuple[Chars, int] | None] = []  # by place: what leads to which place
        self._jumps: list[list[int]] = []  # by place: places that are reached without a character
        self._edges: list[Edge | None] = []  # by place: what must hold for its jumps to be taken
        self._begin = self._place()
        self._accept = self._build(expression, self._begin)
        self._known: dict[tuple[frozenset[int], Side], _State] = {}
        self._weight = 0

    def search(self, folded: str) -> bool:
        """True when some part of a folded text matches."""
        if self.needle and self.needle not in folded:
            return False
        state = self._state(frozenset({self._begin}), "none")
        for char in folded:
            try:
                following = state.successors[char]
            except KeyError:
                following = self._step(state, char)
            if following is None:
                return True
            state = following
        return self._accept in self._closure(state, "none")

    def _place(self) -> int:
        if len(self._sets) >= PLACES_LIMIT:
            raise _TooLargeError
        self._sets.append(None)
        self._jumps.append([])
        self._edges.append(None)
        return len(self._sets) - 1

    def _build(self, expression: Expression, begin: int) -> int:
        """Add the places of an expression that begins at one; returns the place where it ends."""
        match expression:
            case Chars():
                end = self._place()
                self._sets[begin] = (expression, end)
            case Edge():
                end = self._place()
                self._edges[begin] = expression
                self._jumps[begin].append(end)
            case Sequence(items=items):
                end = self._jump(begin)
                for item in items:
                    end = self._build(item, end)
            case Choice(items=items):
                ends = [self._build(item, self._jump(begin)) for item in items]
                end = self._place()
                for each in ends:
                    self._jumps[each].append(end)
            case Repeat():
                end = self._build_repeat(expression, begin)
        return end

    def _build_repeat(self, repeat: Repeat, begin: int) -> int:
        here = self._jump(begin)
        for _ in range(repeat.low):
            here = self._jump(self._build(repeat.item, here))
        if repeat.high is None:
            again = self._jump(here)
            back = self._build(repeat.item, self._jump(again))
            self._jumps[back].append(again)
            here = again
            end = self._place()
            self._jumps[here].append(end)
            return end
        exits = [here]
        for _ in range(repeat.high - repeat.low):
            here = self._jump(self._build(repeat.item, self._jump(here)))
            exits.append(here)
        end = self._place()
        for each in exits:
            self._jumps[each].append(end)
        return end

    def _jump(self, start: int) -> int:
        """A new place that is reached from another without a character."""
        place = self._place()
        self._jumps[start].append(place)
        return place

    def _state(self, places: frozenset[int], before: Side) -> _State:
        state = self._known.get((places, before))
        if state is None:
            state = self._known[places, before] = _State(places, before)
        return state

    def _step(self, state: _State, char: str) -> _State | None:
        """Where a character leads; None: a match is complete."""
        if self._weight >= MEMORY_LIMIT:
            self._known.clear()
            self._weight = 0
            state = _State(state.places, state.before)
        after: Side = "word" if is_word(char) else "other"
        closure = self._closure(state, after)
        found: _State | None = None
        if self._accept not in closure:
            places = {self._begin}  # a match may begin anywhere
            for place in closure:
                step = self._sets[place]
                if step is not None and step[0].matches(char):
                    places.add(step[1])
            found = self._state(frozenset(places), after)
        state.successors[char] = found
        self._weight += len(closure)
        return found

    def _closure(self, state: _State, after: Side) -> set[int]:
        """The places of a state and all that they lead to without a character."""
        found: set[int] = set()
        waiting = list(state.places)
        while waiting:
            place = waiting.pop()
            if place in found:
                continue
            found.add(place)
            edge = self._edges[place]
            if edge is None or _holds(edge, state.before, after):
                waiting += self._jumps[place]
        return found


class _State:
    """The places that may have been reached, and what comes before them."""

    __slots__ = ("before", "places", "successors")

    def __init__(self, places: Iterable[int], before: Side) -> None:
        self.places = frozenset(places)
        self.before: Side = before
        self.successors: dict[str, _State | None] = {}


class _TooLargeError(Exception):
    """An expression has more places than are followed."""


def _holds(edge: Edge, before: Side, after: Side) -> bool:
    if edge.kind == "start":
        return before == "none"
    if edge.kind == "end":
        return after == "none"
    return ((before == "word") != (after == "word")) is (edge.kind == "word")


def pattern(source: str, offset: int = 0) -> Pattern:
    """The pattern of a regular expression that begins at ``offset`` in a filter. Raises :class:`FilterError`."""
    try:
        return Pattern(read(source, offset))
    except _TooLargeError:
        raise FilterError(
            f"This regular expression is too large: written out it has more than {PLACES_LIMIT:,} places.",
            offset,
            len(source),
        ) from None
