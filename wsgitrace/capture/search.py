"""Exchanges found by a filter: in steps so short that whoever asks can do something else between them.

SQL decides as far as it can, over the rows or over what the text index lets through; for the rest the predicate looks
at one exchange after the other. Either way a stretch of numbers is taken at a time, from the end where the page begins,
so that what is found first is known first, and nothing has to be counted off (no OFFSET).
"""

from __future__ import annotations

import sqlite3
import time
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from wsgitrace.capture.facts import Facts, Shelf
from wsgitrace.capture.pages import PLAIN, QUALIFIED, Row, Window, snapshot
from wsgitrace.capture.schema import LONG_TARGET
from wsgitrace.capture.summary import Summary, from_row
from wsgitrace.capture.text import GRAM, match_expression
from wsgitrace.query import HIGH, LOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wsgitrace.query import Condition, Filter

BUDGET: Final = 0.02
"""Seconds that one step of a search takes, about."""

_FIRST_STEP: Final = 1_024  # numbers looked at in the first step: what any filter can look at within the budget
_LARGEST_STEP: Final = 2**40
_GROWTH: Final = 4.0
_TOO_MANY: Final = 8  # how many times fewer are looked at when SQL was late
_FEWEST: Final = 64  # numbers that are looked at however long it takes
_TEXTS: Final = 3  # texts that the index is asked for: more cost more than they leave out
_CANDIDATES: Final = 128  # exchanges read at a time for the predicate
_SLOW_INDEX: Final = 0.005  # seconds of CPU for so few numbers that looking at their rows takes a tenth of it
_OPERATIONS: Final = 50_000  # of SQLite's machine, some milliseconds: how often a statement is asked whether it is late

_SUMMARY: Final = (PLAIN, QUALIFIED)
_NUMBER: Final = ("number", "exchanges.number")

_T = TypeVar("_T")


class Found(NamedTuple):
    """What one step of a search found."""

    rows: tuple[Summary, ...]
    """Exchanges that match, in the direction of the search, behind those of earlier steps."""
    reached: int
    """The last number that was looked at."""
    share: float
    """How much of the numbers to be looked at has been, 0 to 1."""
    done: bool
    """True in the last step: enough was found, or there is no more."""


class Counted(NamedTuple):
    """How far a count has come."""

    matches: int
    """Exchanges that match, so far."""
    share: float
    """How much has been looked at, 0 to 1."""
    done: bool
    """True in the last step."""


class Search:
    """A filter over the exchanges of one connection.

    ``stopped`` is asked between looks; where it is true, :class:`sqlite3.OperationalError` ends the search, as an
    interrupted statement does.
    """

    def __init__(
        self, connection: sqlite3.Connection, where: Filter, *, indexed: bool, stopped: Callable[[], bool]
    ) -> None:
        self._connection = connection
        self._matches = where.matches
        self._needs_recording = "recording" in where.needs
        self._stopped = stopped
        selection = where.select()
        self._exact = selection.exact
        self._where = selection.where
        texts = sorted((text for text in selection.texts if len(text) >= GRAM), key=len)[-_TEXTS:] if indexed else []
        self._match = " ".join(map(match_expression, texts))
        self._long = selection.cut
        self._shelf = Shelf(connection, where.needles)

    def pages(self, window: Window, budget: float) -> Iterator[Found]:
        """The window of what matches, a step at a time."""
        stretch = _Stretch(self._connection, window, budget)
        missing = window.limit
        rows: list[Summary] = []
        began = time.perf_counter()
        while stretch.left and missing > 0:
            self._check()
            found = self._look(stretch, missing, began + budget)
            rows += found
            missing -= len(found)
            if time.perf_counter() + stretch.expected >= began + budget and stretch.left and missing > 0:
                yield Found(tuple(rows), stretch.reached, stretch.share, done=False)
                rows = []
                began = time.perf_counter()
        yield Found(tuple(rows), stretch.reached, 1.0 if not stretch.left else stretch.share, done=True)

    def counts(self, budget: float) -> Iterator[Counted]:
        """How many match, a step at a time."""
        stretch = _Stretch(self._connection, Window(None, None, 0), budget)
        matches = 0
        began = time.perf_counter()
        while stretch.left:
            self._check()
            if self._exact:
                matches += self._ask(stretch, began + budget, self._count) or 0
            else:
                matches += len(self._look(stretch, _CANDIDATES, began + budget))
            if time.perf_counter() + stretch.expected >= began + budget and stretch.left:
                yield Counted(matches, stretch.share, done=False)
                began = time.perf_counter()
        yield Counted(matches, 1.0, done=True)

    def _check(self) -> None:
        if self._stopped():
            raise sqlite3.OperationalError("interrupted")

    def _look(self, stretch: _Stretch, missing: int, until: float) -> list[Summary]:
        """What matches in the next numbers, as far as there is time."""
        if not self._exact:
            return self._look_into(stretch, missing, until)
        rows = self._ask(
            stretch, until, lambda low, high: self._candidates(_SUMMARY, low, high, missing, stretch.order)
        )
        if rows is not None and len(rows) == missing:
            stretch.back_to(rows[-1][0])
        return [from_row(row) for row in rows or ()]

    def _look_into(self, stretch: _Stretch, missing: int, until: float) -> list[Summary]:
        """The same, where SQL does not tell all."""
        rows = self._ask(
            stretch, until, lambda low, high: self._candidates(_NUMBER, low, high, _CANDIDATES, stretch.order)
        )
        if not rows:
            return []
        numbers = [row[0] for row in rows]
        kept = self._shelf.sift(numbers) if self._needs_recording else numbers
        summaries = self._summaries(kept)
        found = []
        for number in kept:
            self._check()
            # What was evicted a moment ago is not there.
            if number in summaries and self._shelf.may_match(number):
                summary = summaries[number]
                if self._matches(Facts(summary, self._shelf)):
                    found.append(summary)
            if len(found) == missing or time.perf_counter() >= until:
                stretch.back_to(number)
                return found
        if len(numbers) == _CANDIDATES:
            stretch.back_to(numbers[-1])
        return found

    def _summaries(self, numbers: Sequence[int]) -> dict[int, Summary]:
        marks = ", ".join("?" * len(numbers))
        rows = self._connection.execute(f"SELECT {PLAIN} FROM exchanges WHERE number IN ({marks})", numbers)  # noqa: S608 -- our names
        return {row[0]: from_row(row) for row in rows}

    def _ask(self, stretch: _Stretch, until: float, question: Callable[[int, int], _T]) -> _T | None:
        """What SQL says of the next numbers; None when it would take too long: then fewer are the next."""
        low, high = stretch.take()
        began, spent = time.perf_counter(), time.thread_time()
        deadline = max(until, began + stretch.budget / 4)
        late = False

        def is_late() -> bool:
            nonlocal late
            late = time.perf_counter() >= deadline
            return late

        with snapshot(self._connection):
            if high - low > _FEWEST:
                self._connection.set_progress_handler(is_late, _OPERATIONS)
            try:
                answer = question(low, high)
            except sqlite3.OperationalError:
                if not late:
                    raise
                stretch.give_back(low, high)
                return None
            finally:
                self._connection.set_progress_handler(None, 0)
        self._doubt_index(high - low, time.thread_time() - spent)
        stretch.took(time.perf_counter() - began)
        return answer

    def _doubt_index(self, numbers: int, seconds: float) -> None:
        """Go on without the index where it is late with a few numbers.

        Before it comes to the first of them it steps over what was deleted since its parts were last merged, in each
        step of the search anew.
        """
        if numbers <= _FIRST_STEP + 1 and seconds > _SLOW_INDEX:
            self._match = ""

    def _candidates(self, columns: tuple[str, str], low: int, high: int, limit: int, order: str) -> list[Row]:
        """Rows that SQL lets through, between two numbers (both left out); ``columns`` plain and qualified."""
        plain, qualified = columns
        rest = f"AND {self._where.sql} ORDER BY number {order} LIMIT ?"
        values = (low, high, *bound(self._where, low, high), limit)
        scan = f"SELECT {plain} FROM exchanges WHERE number > ? AND number < ?"  # noqa: S608 -- our names
        if not self._match:
            return self._connection.execute(f"{scan} {rest}", values).fetchall()
        found: dict[int, Row] = {}
        for beside in self._beside:
            for row in self._connection.execute(f"{scan} AND {beside} {rest}", values):
                found[row[0]] = row
        indexed = (
            f"SELECT {qualified} FROM search CROSS JOIN exchanges ON exchanges.number = search.rowid"  # noqa: S608 -- our names
            " WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ?"
            f" AND {self._where.sql} ORDER BY search.rowid {order} LIMIT ?"
        )
        for row in self._connection.execute(indexed, (self._match, *values)):
            found[row[0]] = row
        return sorted(found.values(), key=itemgetter(0), reverse=order == "DESC")[:limit]

    @property
    def _beside(self) -> list[str]:
        """What the index does not have: the few that are open, and those whose target is longer than a line."""
        return ["state != 'done'", LONG_TARGET] if self._long else ["state != 'done'"]

    def _count(self, low: int, high: int) -> int:
        values = (low, high, *bound(self._where, low, high))
        scan = "SELECT count(*) FROM exchanges WHERE number > ? AND number < ?"
        if not self._match:
            return self._number(f"{scan} AND {self._where.sql}", values)
        once = f"AND NOT {LONG_TARGET}" if self._long else ""
        return self._number(
            "SELECT count(*) FROM search CROSS JOIN exchanges ON exchanges.number = search.rowid"  # noqa: S608 -- our names
            " WHERE search MATCH ? AND search.rowid > ? AND search.rowid < ?"
            f" AND {self._where.sql} {once}",
            (self._match, *values),
        ) + self._number(f"{scan} AND ({' OR '.join(self._beside)}) AND {self._where.sql}", values)

    def _number(self, statement: str, values: tuple[Any, ...]) -> int:
        return int(self._connection.execute(statement, values).fetchone()[0])


def bound(condition: Condition, low: int, high: int) -> list[str | int]:
    """The values of a condition, for exchanges between two numbers (both left out)."""
    return [low if value is LOW else high if value is HIGH else value for value in condition.values]


class _Stretch:
    """The numbers still to be looked at, and how many of them at a time."""

    def __init__(self, connection: sqlite3.Connection, window: Window, budget: float) -> None:
        # Two questions: in one they would look at every row.
        lowest = connection.execute("SELECT min(number) FROM exchanges").fetchone()[0]
        highest = connection.execute("SELECT max(number) FROM exchanges").fetchone()[0]
        self._low = max(window.low, (lowest or 1) - 1)
        self._high = max(min(window.high, (highest or 0) + 1), self._low + 1)
        self._upwards = window.upwards
        self._all = max(1, self._high - self._low - 1)
        self.budget = budget
        """Seconds that a step of the search takes, about."""
        self.expected = 0.0
        """Seconds that SQL will take for the next numbers, about."""
        self._step = _FIRST_STEP
        self.order = window.order
        """SQL's word for the direction."""

    @property
    def left(self) -> bool:
        """True when there are numbers to look at."""
        return self._low + 1 < self._high

    @property
    def reached(self) -> int:
        """The last number that was looked at."""
        return self._low if self._upwards else self._high

    @property
    def share(self) -> float:
        """How much has been looked at."""
        return 1.0 - (self._high - self._low - 1) / self._all

    def take(self) -> tuple[int, int]:
        """The next numbers: those between two, both left out."""
        if self._upwards:
            low, high = self._low, min(self._high, self._low + self._step + 1)
            self._low = high - 1
        else:
            low, high = max(self._low, self._high - self._step - 1), self._high
            self._high = low + 1
        return low, high

    def took(self, seconds: float) -> None:
        """The next step may take half of the budget, going by what SQL took for this one."""
        factor = min(_GROWTH, max(1 / _GROWTH, self.budget / 2 / max(seconds, 1e-6)))
        before = self._step
        self._step = max(1, min(_LARGEST_STEP, int(before * factor)))
        self.expected = seconds * self._step / before

    def give_back(self, low: int, high: int) -> None:
        """The numbers taken last were too many."""
        self._low, self._high = (low, self._high) if self._upwards else (self._low, high)
        self._step = max(1, (high - low) // _TOO_MANY)
        self.expected = self.budget / _TOO_MANY

    def back_to(self, number: int) -> None:
        """Of the numbers taken last, only those up to this one were looked at."""
        if self._upwards:
            self._low = number
        else:
            self._high = number
