"""The exchanges of a capture in the order of a column: found in steps, paged by key, never by offset.

An index on every column of the file would cost each recording for what few ask of few. So the order is made when it is
asked for, in a temporary table of the reader: (value, number), from which a page is read as from an index. A million
exchanges are in it after a second or two of steps; what has been looked at is in order from the first step on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.capture.pages import QUALIFIED
from wsgitrace.capture.schema import readable
from wsgitrace.capture.search import bound
from wsgitrace.capture.summary import Summary, from_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from wsgitrace.capture.reader import Capture
    from wsgitrace.capture.search import Found
    from wsgitrace.query import Condition, Filter

_EVERYTHING: Final = 10**12
_STEP: Final = 5_000
"""Exchanges put in order by one step where SQL does it alone: about 15 ms."""

_OPEN_LOOKED_AT: Final = 64
"""Exchanges that are not over and change their place: looked at again at most so many at a time."""

_REMEMBERED: Final = 2_000
"""Places of rows that were handed out lately: from there a page goes on, also when the row has been evicted."""

_SLACK: Final = 20_000
"""Exchanges that are gone and may stay in the table beside as many as there are."""

_TEXT: Final = 200
"""Characters of a text that are compared."""


class Column(NamedTuple):
    """A column that exchanges can be put in order by."""

    name: str
    """Its name."""
    sql: str
    """Its value over the columns of ``exchanges``; never NULL."""
    value: Callable[[Summary], int | str]
    """The same of a summary."""
    descending: bool
    """The largest first, as long as nobody asks otherwise."""


COLUMNS: Final[dict[str, Column]] = {
    column.name: column
    for column in (
        Column("method", "method", lambda row: row.method, descending=False),
        Column("path", f"substr(target, 1, {_TEXT})", lambda row: row.target[:_TEXT], descending=False),
        Column("route", "route", lambda row: row.route, descending=False),
        Column("view", "view", lambda row: row.view, descending=False),
        Column("status", "coalesce(status, 0)", lambda row: row.status or 0, descending=True),
        Column("duration", "duration - held", lambda row: row.net_duration, descending=True),
        Column("size", "response_size", lambda row: row.response_size, descending=True),
        Column("layers", "layers", lambda row: row.layers, descending=True),
    )
}
"""By name, in the order in which a list shows them."""


class Ordering:
    """The exchanges that a filter lets through, in the order of one column; equal ones by number, the same way round.

    A capture has one at a time: making another ends this one. What is open grows older by ``clock``, which tells the
    wall clock in nanoseconds, or 0 where nothing does. Every method raises
    :class:`~wsgitrace.capture.CaptureError` when the file turns out to be damaged.
    """

    def __init__(
        self,
        capture: Capture,
        connection: sqlite3.Connection,
        column: Column,
        where: Filter,
        *,
        descending: bool,
        clock: Callable[[], int],
    ) -> None:
        self.column = column
        """What it is in the order of."""
        self.descending = descending
        """The largest first."""
        self._capture = capture
        self._connection = connection
        self._where = where
        self._clock = clock
        selection = where.select()
        self._condition = selection.where if selection.exact else None
        self.counts = self._condition is None
        """Counting what the filter lets through is as much work as putting it in order: its length will do."""
        with readable(capture.path):
            self._begin()

    def _begin(self) -> None:
        # The file is open for reading only; what may be written is the temporary table.
        self._connection.execute("PRAGMA query_only = OFF")
        self._connection.execute("DROP TABLE IF EXISTS temp.ordered")
        self._connection.execute(
            "CREATE TEMP TABLE ordered (value NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (value, number))"
            " WITHOUT ROWID"
        )
        self._size = 0
        self._places: dict[int, int | str] = {}
        self._open: dict[int, int | str | None] = {}
        self._newest = self._latest = self._reached = self._capture.settled_to(self._where)
        self._oldest = self._capture.oldest()
        self._steps = self._search(before=self._newest + 1) if self._condition is None else None
        self._later: Iterator[Found] | None = None
        self._note_open()

    def __len__(self) -> int:
        """Exchanges in it so far; what has been evicted since may still be counted."""
        return self._size

    @property
    def done(self) -> bool:
        """True when all that is recorded has been looked at."""
        if self._later is not None or self._latest > self._newest:
            return False
        return self._steps is None if self._condition is None else self._reached <= 0

    @property
    def share(self) -> float:
        """How much of the recording has been looked at, 0 to 1."""
        if self.done:
            return 1.0
        return 1.0 - (self._reached - self._oldest + 1) / max(1, self._newest - self._oldest + 1)

    def advance(self) -> None:
        """Look at some more, newest first, for about as long as a step of a search takes."""
        with readable(self._capture.path):
            if self._later is not None:
                self._later = self._take(self._later)
            elif self._latest > self._newest:
                self._take_latest()
            elif self._steps is not None:
                self._steps = self._take(self._steps)
            elif self._condition is not None and self._reached > 0:
                low = max(self._oldest - 1, self._reached - _STEP)
                self._take_range(self._condition, low, self._reached)
                self._reached = low if low >= self._oldest else 0

    def catch_up(self) -> None:
        """Something may have come, or become another: it is put where it belongs."""
        with readable(self._capture.path):
            if self._size > 2 * self._capture.count() + _SLACK:
                self._begin()  # most of what is in it has been evicted
                return
            self._note_open()
            self._latest = self._capture.settled_to(self._where)
            if self._latest > self._newest and self._later is None:
                self._take_latest()
            self._look_at_open()

    def before(self, number: int | None, limit: int, *, inclusive: bool = False) -> list[Summary]:
        """Up to ``limit`` rows right before an exchange (None: the last rows), first in the order first."""
        return self._page(number, limit, inclusive=inclusive, backwards=True)[::-1]

    def behind(self, number: int | None, limit: int, *, inclusive: bool = False) -> list[Summary]:
        """Up to ``limit`` rows right behind an exchange (None: the first rows), first in the order first."""
        return self._page(number, limit, inclusive=inclusive, backwards=False)

    # What is in it.

    def _search(self, *, before: int, after: int | None = None) -> Iterator[Found]:
        return self._capture.search(self._where, before=before, after=after, limit=_EVERYTHING)

    def _take(self, steps: Iterator[Found]) -> Iterator[Found] | None:
        found = next(steps)
        rows = [(self.column.value(row), row.number) for row in found.rows if row.number not in self._open]
        cursor = self._connection.executemany("INSERT OR IGNORE INTO temp.ordered VALUES (?, ?)", rows)
        self._size += max(0, cursor.rowcount)
        if steps is self._steps:
            self._reached = found.reached
        return None if found.done else steps

    def _take_latest(self) -> None:
        """Some of those that came last, or all of them in steps that begin here."""
        if self._condition is None:
            self._later = self._search(after=self._newest, before=self._latest + 1)
            self._newest = self._latest
        else:
            low, self._newest = self._newest, min(self._latest, self._newest + _STEP)
            self._take_range(self._condition, low, self._newest)

    def _take_range(self, condition: Condition, low: int, high: int) -> None:
        """Those above ``low`` up to ``high`` that have ended."""
        cursor = self._connection.execute(
            f"INSERT OR IGNORE INTO temp.ordered SELECT {self.column.sql}, number FROM exchanges"  # noqa: S608 -- our names
            f" WHERE number > ? AND number < ? AND state = 'done' AND {condition.sql}",
            (low, high + 1, *bound(condition, low, high + 1)),
        )
        self._size += max(0, cursor.rowcount)

    def _note_open(self) -> None:
        for number in self._capture.open_exchanges():
            self._open.setdefault(number, None)

    def _look_at_open(self) -> None:
        """What is not over yet moves as it goes on."""
        for number in sorted(self._open)[:_OPEN_LOOKED_AT]:
            summary = self._capture.summary(number)
            matches = summary is not None and self._where.matches(self._capture.facts(summary))
            value = self._value(summary) if summary is not None and matches else None
            self._move(number, self._open[number], value)
            self._open[number] = value
            if summary is None or summary.done:
                del self._open[number]

    def _value(self, row: Summary) -> int | str:
        """A request that goes on is older than its last report tells."""
        if self.column.name == "duration" and not row.done:
            return max(row.duration, self._clock() - row.wall) - row.held
        return self.column.value(row)

    def _move(self, number: int, old: int | str | None, new: int | str | None) -> None:
        if old == new:
            return
        one = self._connection.execute
        if old is not None:
            self._size -= one("DELETE FROM temp.ordered WHERE value = ? AND number = ?", (old, number)).rowcount
        if new is not None:
            self._size += one("INSERT OR IGNORE INTO temp.ordered VALUES (?, ?)", (new, number)).rowcount

    # Pages.

    def _page(self, number: int | None, limit: int, *, inclusive: bool, backwards: bool) -> list[Summary]:
        upwards = self.descending == backwards
        place = None if number is None else self._place(number)
        where = ""
        values: tuple[int | str, ...] = ()
        if place is not None and number is not None:
            where = f"WHERE (ordered.value, ordered.number) {'>' if upwards else '<'}{'=' if inclusive else ''} (?, ?)"
            values = (place, number)
        word = "ASC" if upwards else "DESC"
        statement = (
            f"SELECT ordered.value, {QUALIFIED} FROM temp.ordered AS ordered"  # noqa: S608 -- our names
            f" CROSS JOIN exchanges ON exchanges.number = ordered.number {where}"
            f" ORDER BY ordered.value {word}, ordered.number {word} LIMIT ?"
        )
        with readable(self._capture.path):
            rows = self._connection.execute(statement, (*values, limit)).fetchall()
        if len(self._places) > _REMEMBERED:
            self._places.clear()
        self._places.update((row[1], row[0]) for row in rows)
        return [from_row(row[1:]) for row in rows]

    def _place(self, number: int) -> int | str | None:
        """The value by which an exchange is in its place; None where nobody knows it any more."""
        place = self._open.get(number)
        if place is None:
            place = self._places.get(number)
        if place is None:
            summary = self._capture.summary(number)
            place = None if summary is None else self.column.value(summary)
        return place
