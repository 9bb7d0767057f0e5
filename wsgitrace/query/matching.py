"""What a value must be: the right-hand sides of a filter, read and ready."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from wsgitrace.query.folding import fold, fold_key
from wsgitrace.query.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

compiled = lru_cache(maxsize=256)(pattern)
"""The pattern of a source, compiled once: SQL asks for it row by row."""


@dataclass(frozen=True, slots=True)
class Contains:
    """A text that has another in it."""

    text: str
    """Folded."""

    def test(self, value: Any) -> bool:
        """Whether a text is so."""
        return self.text in fold(value)


@dataclass(frozen=True, slots=True)
class Equals:
    """A text that is another, whatever its case."""

    text: str
    """Folded."""

    def test(self, value: Any) -> bool:
        """Whether a text is so."""
        return fold(value) == self.text


@dataclass(frozen=True, slots=True)
class Matches:
    """A text in which a regular expression is found."""

    source: str
    """The expression, known to be well-formed."""

    @property
    def needle(self) -> str:
        """A folded text that is in every match; empty where none is certain."""
        return compiled(self.source).needle

    def test(self, value: Any) -> bool:
        """Whether a text is so."""
        return compiled(self.source).search(fold(value))


@dataclass(frozen=True, slots=True)
class Present:
    """A text that is not empty, a number that is known."""

    def test(self, value: Any) -> bool:
        """Whether a value is so."""
        return value is not None and value != ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A number that is not known."""

    def test(self, value: Any) -> bool:
        """Whether a value is so."""
        return value is None


@dataclass(frozen=True, slots=True)
class Between:
    """A number within bounds, both included; None: no bound."""

    low: int | None
    high: int | None

    def test(self, value: Any) -> bool:
        """Whether a number is so; an unknown one is not."""
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes, or no."""

    yes: bool

    def test(self, value: Any) -> bool:
        """Whether a fact is so."""
        return bool(value) is self.yes


TextMatch: TypeAlias = Contains | Equals | Matches | Present


@dataclass(frozen=True, slots=True)
class Pair:
    """A header field or cookie: its name and, unless None, its value."""

    name: TextMatch
    value: TextMatch | None

    def test(self, pair: Any) -> bool:
        """Whether a (name, value) is so."""
        return self.name.test(pair[0]) and (self.value is None or self.value.test(pair[1]))


@dataclass(frozen=True, slots=True)
class PairLine:
    """A header field or cookie, written as a line, in which a regular expression is found."""

    line: Matches
    separator: str
    """What stands between name and value."""

    def test(self, pair: Any) -> bool:
        """Whether a (name, value) is so."""
        return self.line.test(f"{pair[0]}{self.separator}{pair[1]}")


@dataclass(frozen=True, slots=True)
class Key:
    """The name of what a layer changed, as in ``resp.header:vary``: the whole of it, or what is on one side of ``:``.

    ``-`` and ``_`` are one.
    """

    match: TextMatch

    def test(self, name: Any) -> bool:
        """Whether a name is so."""
        key = fold_key(name)
        before, _, after = key.partition(":")
        return any(self.match.test(each) for each in {key, before, after or key})


Match: TypeAlias = Contains | Equals | Matches | Present | Missing | Between | Truth | Pair | PairLine | Key
"""Anything that a value is compared with."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them: a list in a filter."""

    items: tuple[Match, ...]

    def test(self, value: Any) -> bool:
        """Whether a value is so."""
        return any(item.test(value) for item in self.items)


def each_of(match: Match | AnyOf) -> Iterator[Match]:
    """The alternatives of a match."""
    if isinstance(match, AnyOf):
        yield from match.items
    else:
        yield match
