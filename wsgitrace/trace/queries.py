"""The database queries of an exchange: how many, how long, and which were the same again and again."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wsgitrace.events import Queried, from_text
from wsgitrace.trace.statements import normalised, parameter_names

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.trace.model import Trace

__all__ = ["REPEATED", "Alike", "Queries", "parameters", "queries"]

REPEATED: Final = 3
"""Times from which on the same statement in one pass is said to be repeated: one query for each row of another."""

_CONTROL: Final = re.compile(r"(?:begin|start|commit|rollback|savepoint|release|set|pragma|show)\b", re.IGNORECASE)

_NUMBERED: Final = re.compile(r"_[0-9]+$")
"""What SQLAlchemy puts behind a column's name to make a parameter's of it."""


@dataclass(frozen=True, slots=True)
class Alike:
    """The queries of one pass that are the same but for their values."""

    span: int
    """The pass."""
    statement: str
    """The statement with ``?`` for each value."""
    queries: tuple[Queried, ...]
    """All of them, in order."""
    took: int
    """Nanoseconds, all together."""
    place: tuple[str, int, str]
    """File, line and function of the application that asked for most of them; empty and 0 where nobody knows."""

    @property
    def times(self) -> int:
        """How many there are."""
        return len(self.queries)

    @property
    def repeated(self) -> bool:
        """True when they are too many to be by chance; those that only begin and end transactions never are."""
        return self.times >= REPEATED and _CONTROL.match(self.statement) is None

    @property
    def failed(self) -> int:
        """How many raised."""
        return sum(bool(query.error) for query in self.queries)


@dataclass(frozen=True, slots=True)
class Queries:
    """All queries of an exchange."""

    all: tuple[Queried, ...]
    """In order."""
    alike: tuple[Alike, ...]
    """The same, those together that are alike; in the order of their first."""

    @property
    def took(self) -> int:
        """Nanoseconds, all together."""
        return sum(query.took for query in self.all)

    @property
    def failed(self) -> int:
        """How many raised."""
        return sum(bool(query.error) for query in self.all)

    @property
    def repeated(self) -> tuple[Alike, ...]:
        """Those that were repeated, the most first."""
        return tuple(sorted((each for each in self.alike if each.repeated), key=lambda each: -each.times))


def queries(trace: Trace) -> Queries:
    """What was asked of databases."""
    found = tuple(trace.recording.of(Queried))
    groups: defaultdict[tuple[int, str], list[Queried]] = defaultdict(list)
    for query in found:
        span = query.span if query.span in trace.by_id else 0
        groups[span, normalised(from_text(query.statement))].append(query)
    return Queries(found, tuple(_alike(span, statement, each) for (span, statement), each in groups.items()))


def _alike(span: int, statement: str, found: list[Queried]) -> Alike:
    places = Counter((from_text(each.file), each.line, from_text(each.function)) for each in found)
    return Alike(span, statement, tuple(found), sum(each.took for each in found), places.most_common(1)[0][0])


def parameters(query: Queried) -> list[tuple[str, Value]]:
    """The parameters with what they are for: their names, or the columns that the statement has them for."""
    columns = parameter_names(from_text(query.statement))
    return [
        (_NUMBERED.sub("", each.name) or (columns[index] if index < len(columns) else ""), each.value)
        for index, each in enumerate(query.parameters)
    ]
