"""A filter: text that was understood, and all that can be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wsgitrace.query.fields import LINE, SLOW
from wsgitrace.query.folding import fold
from wsgitrace.query.grammar import EVERYTHING, read_filter
from wsgitrace.query.matching import Contains
from wsgitrace.query.needles import needles
from wsgitrace.query.predicate import predicate
from wsgitrace.query.sql import select
from wsgitrace.query.tree import And, Change, Node, Not, Or, Test

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wsgitrace.query.fields import Known
    from wsgitrace.query.predicate import Predicate
    from wsgitrace.query.sql import Selection


_JOINING: Final = frozenset({"or", "and", "not"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter. Make one with :func:`parse`."""

    text: str
    """As it was typed."""
    tree: Node
    """As it was understood."""
    matches: Predicate = field(init=False, repr=False, compare=False)
    """Whether an exchange matches, by its facts: a function of :class:`~wsgitrace.query.fields.Fields`."""
    needs: frozenset[Known] = field(init=False, repr=False)
    """Where the facts that it asks for are known."""

    needles: tuple[bytes, ...] = field(init=False, repr=False)
    """For :func:`~wsgitrace.query.may_match`: what must be in the encoded events of an exchange that matches."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "matches", predicate(self.tree))
        object.__setattr__(self, "needles", needles(self.tree))
        object.__setattr__(self, "needs", frozenset(_needs(self.tree)))

    @classmethod
    def containing(cls, text: str) -> Filter:
        """The filter that looks for a text as it is, spaces and all, in ``METHOD path?query STATUS``."""
        return cls(text, Test(LINE, Contains(fold(text))) if text else EVERYTHING)

    @property
    def everything(self) -> bool:
        """True when it lets everything through: an empty one."""
        return self.tree == EVERYTHING

    @property
    def advice(self) -> str:
        """What its author may have meant otherwise, one sentence; empty where nothing hints at that."""
        for word in _words(self.tree):
            if word in _JOINING:
                return f'Here "{word}" is a text to be found: in capitals, {word.upper()}, it joins.'
            if word.isascii() and word.isdigit():
                return f'Here "{word}" is a text to be found: the request of that number is id:{word}.'
        return ""

    def select(self) -> Selection:
        """What SQL can say about it."""
        return select(self.tree)


def parse(
    text: str, *, now: int | None = None, slow: int = SLOW, named: Mapping[str, str] = MappingProxyType({})
) -> Filter:
    """Understand a filter. ``now``: nanoseconds since the epoch from which ``since:5m`` counts; None: the clock's.

    ``slow``: nanoseconds from which on ``is:slow`` calls a request slow. ``named``: what ``@name`` stands for.

    Raises :class:`~wsgitrace.query.errors.FilterError`, which says where it is wrong, and nothing else.
    """
    return Filter(text, read_filter(text, now, slow, named))


def _words(node: Node) -> Iterator[str]:
    match node:
        case Test(field=asked, match=Contains(text=text)) if asked == LINE:
            yield text
        case Not(item=item):
            yield from _words(item)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _words(item)


def _needs(node: Node) -> Iterator[Known]:
    match node:
        case Test(field=asked):
            yield asked.known
        case Change():
            yield "finding"
        case Not(item=item):
            yield from _needs(item)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _needs(item)
