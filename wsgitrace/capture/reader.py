"""Reading a capture, also while another process writes it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wsgitrace.capture import connecting, ownership, schema
from wsgitrace.capture.assembly import join_bodies, merge, read_events
from wsgitrace.capture.backlog import left_behind, read_all, read_layers, stretch
from wsgitrace.capture.facts import Facts, Shelf
from wsgitrace.capture.findings import LAYER_TIMES, QUERIES, Notebook, badges, remarkable
from wsgitrace.capture.ordering import COLUMNS as ORDERS
from wsgitrace.capture.ordering import Ordering
from wsgitrace.capture.pages import Window, page, snapshot
from wsgitrace.capture.retention import Totals
from wsgitrace.capture.rows import CaptureInfo, News, OutputRow, WorkerStart
from wsgitrace.capture.schema import PART_BITS, PARTS, readable
from wsgitrace.capture.search import BUDGET, Counted, Found, Search
from wsgitrace.capture.seen import seen
from wsgitrace.capture.summary import COLUMNS, from_row
from wsgitrace.events import decode_events, decode_worker_frame
from wsgitrace.query import Filter, install

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from wsgitrace.capture.backlog import Backlog
    from wsgitrace.capture.findings import Found as FoundByAnalysis
    from wsgitrace.capture.summary import Summary
    from wsgitrace.events import Event, LayerFound
    from wsgitrace.query import Field, Fields

_ROW = f"SELECT {', '.join(COLUMNS)} FROM exchanges WHERE number = ?"  # noqa: S608 -- our names


class Capture:
    """A capture, opened read-only. Any thread may use it, one at a time; each call is a short transaction.

    Every method raises :class:`CaptureError` when the file turns out to be damaged.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        """The file."""
        self._connection = connection
        self._indexed = schema.has_search(connection)
        self._has_findings = schema.has_findings(connection)
        self._noted = 0
        self._interrupts = 0
        schema.fill_in(connection)
        install(connection)
        self._notebook = Notebook(connection, present=self._has_findings)
        self.hides: Callable[[str, str], bool] = _nothing
        """Whether a rule that was broken in a request for a path is left out."""

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a capture. Raises :class:`CaptureError` when it is missing, foreign, damaged or too new."""
        path = Path(path)
        connection = connecting.connect_reader(path)
        try:
            schema.check(connection, path)
            with readable(path):
                return cls(connection, path)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Give the file back. May be called again."""
        self._connection.close()
        connecting.tidy(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def page(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 200,
        text: str = "",
        where: Filter | None = None,
    ) -> list[Summary]:
        """At most ``limit`` exchanges with numbers between ``after`` and ``before`` (both left out), newest first.

        With ``after`` alone they are the ones next above it, else the newest. ``where``: only those that match it;
        ``text``: only those with it, whatever its case, in ``METHOD path?query STATUS``. A filter may take time:
        :meth:`search` gives what it finds as it finds it, and :meth:`interrupt` ends it.
        """
        where = Filter.containing(text) if where is None else where
        if where.everything:
            with readable(self.path):
                return page(self._connection, Window(before, after, limit))
        steps = self.search(where, before=before, after=after, limit=limit)
        rows = [row for step in steps for row in step.rows]
        return rows[::-1] if Window(before, after, limit).upwards else rows

    def search(
        self,
        where: Filter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 200,
        budget: float = BUDGET,
    ) -> Iterator[Found]:
        """The exchanges of :meth:`page`, in steps of about ``budget`` seconds each, in the direction of the search.

        The last step says that it is ``done``; not asking for the next one ends the search. Between two steps the
        capture may be asked anything else. A search that asks for findings sees those that :meth:`analysed_to` tells.
        """
        steps = self._search(where).pages(Window(before, after, limit), budget)
        while True:
            with readable(self.path):
                step = next(steps)
            yield step
            if step.done:
                return

    def count(self, text: str = "", *, where: Filter | None = None) -> int:
        """Exchanges in the file; with ``text`` or ``where``, those that :meth:`page` finds by it.

        The first is known; the second takes time, and :meth:`interrupt` ends it.
        """
        where = Filter.containing(text) if where is None else where
        if where.everything:
            with readable(self.path):
                return Totals.load(self._connection).exchanges
        return max(step.matches for step in self.counting(where))

    def counting(self, where: Filter, *, budget: float = BUDGET) -> Iterator[Counted]:
        """The number of :meth:`count`, in steps as :meth:`search` takes them."""
        steps = self._search(where).counts(budget)
        while True:
            with readable(self.path):
                step = next(steps)
            yield step
            if step.done:
                return

    def ordered(self, column: str, where: Filter, *, descending: bool, clock: Callable[[], int] = int) -> Ordering:
        """What matches, in the order of one of the ``ORDERS``; one at a time. What is open grows older by ``clock``."""
        return Ordering(self, self._connection, ORDERS[column], where, descending=descending, clock=clock)

    def facts(self, summary: Summary) -> Fields:
        """What filters ask about one exchange: for ``where.matches(capture.facts(summary))``."""
        return Facts(summary, Shelf(self._connection))

    def seen(self, field: Field, limit: int = 200) -> list[str]:
        """Values that a field of the filter language has had lately, the most frequent first: for completion."""
        with readable(self.path):
            return seen(self._connection, field, limit)

    def interrupt(self) -> None:
        """Make a call under way in another thread fail with :class:`CaptureError`, a search as well."""
        self._interrupts += 1
        self._connection.interrupt()

    def _search(self, where: Filter) -> Search:
        before = self._interrupts
        return Search(self._connection, where, indexed=self._indexed, stopped=lambda: self._interrupts != before)

    def newest(self) -> int:
        """Highest number of an exchange in the file, 0 when there is none."""
        return int(self._one("SELECT coalesce(max(number), 0) FROM exchanges")[0])

    def oldest(self) -> int:
        """Lowest number of an exchange in the file, 0 when there is none."""
        return int(self._one("SELECT coalesce(min(number), 0) FROM exchanges")[0])

    def summary(self, number: int) -> Summary | None:
        """One exchange; None when it was evicted or never was."""
        with readable(self.path):
            row = self._connection.execute(_ROW, (number,)).fetchone()
        return None if row is None else from_row(row)

    def pinned(self) -> list[int]:
        """Numbers of the exchanges that are pinned, newest first."""
        return [row[0] for row in self._all("SELECT number FROM exchanges WHERE pinned ORDER BY number DESC")]

    def open_exchanges(self) -> list[int]:
        """Numbers of the exchanges that have not ended, oldest first."""
        return [row[0] for row in self._all("SELECT number FROM exchanges WHERE state != 'done' ORDER BY number")]

    def replays(self, number: int, after: int = 0) -> list[int]:
        """Numbers of the exchanges that replay ``number``, oldest first; of those that came after another."""
        query = "SELECT number FROM exchanges WHERE replay_of = ? AND number > ? ORDER BY number"
        return [row[0] for row in self._all(query, number, after)]

    def events(self, number: int) -> list[LayerFound | Event]:
        """What a trace is built from: the layers of its worker, then its events; empty when it is not there.

        Bodies are filled in; where parts of one are missing, ``stored`` is False.
        """
        ids = (number << PART_BITS, (number << PART_BITS) + PARTS)
        with readable(self.path), snapshot(self._connection):
            found = self._connection.execute("SELECT worker FROM exchanges WHERE number = ?", (number,)).fetchone()
            if found is None:
                return []
            layers = self._layers(found[0])
            parts = read_events(self._connection, number)
            bodies = self._all("SELECT seq, data FROM bodies WHERE id >= ? AND id < ? ORDER BY id", *ids)
        with readable(self.path):
            events = list(chain.from_iterable(decode_events(data, count) for count, data in parts))
        return [*layers, *(merge(events, join_bodies(bodies)) if bodies else events)]

    def analysed_to(self) -> int:
        """How far analysis has come: up to this number, all that has ended is in the view ``finding``.

        While it is being recorded, what was open for long follows a moment after its end.
        """
        with readable(self.path):
            return max(Totals.load(self._connection).analysed, self._noted)

    def settled_to(self, where: Filter) -> int:
        """Up to which exchange a filter can be decided: the newest, or for one that asks for findings what is analysed.

        0 when there is none.
        """
        newest = self.newest()
        return min(newest, self.analysed_to()) if "finding" in where.needs else newest

    def findings(self, number: int) -> list[tuple[str, str, str, int]]:
        """What analysis found about one exchange: kind, layer, name, value; empty before it came by."""
        return self._all("SELECT kind, layer, name, value FROM finding WHERE exchange = ?", number)

    def badges(self, numbers: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
        """What analysis found remarkable about some exchanges: ``starved``, ``buffered``, rules broken; and values."""
        return badges(self._all(*remarkable(numbers)))

    def layer_times(self, first: int, last: int) -> list[tuple[int, str, int]]:
        """Number, layer and nanoseconds in that layer alone, of the exchanges in a range that are analysed."""
        return self._all(LAYER_TIMES, first, last)

    def query_totals(self, first: int, last: int) -> list[tuple[int, str, str, str, int]]:
        """Number, method and path, and ``sql`` with how many database queries or ``sqltime`` with nanoseconds of them.

        Of the exchanges in a range that are analysed and asked any.
        """
        return self._all(QUERIES, first, last)

    def note_findings(self, found: Mapping[int, FoundByAnalysis], upto: int) -> None:
        """Take what was found about exchanges into the view ``finding``, in memory: the file stays as it is."""
        with readable(self.path):
            self._notebook.add(found)
        self._noted = max(self._noted, upto)

    def leave_out(self, hide: Callable[[str, str], bool]) -> None:
        """Leave out of what analysis found the rules that ``hide`` says to, given a rule and the request's path.

        The file keeps them: whoever reads it says what he does not want to hear of.
        """
        with readable(self.path):
            self._notebook.leave_out(hide)
        self.hides = hide

    def backlog(self, after: int, limit: int) -> Backlog:
        """A stretch of at most ``limit`` exchanges above ``after``, for analysis."""
        with readable(self.path):
            return stretch(self._connection, after, limit)

    def left_behind(self, limit: int) -> tuple[int, ...]:
        """At most ``limit`` exchanges that were open when analysis came by and have ended since."""
        with readable(self.path):
            return left_behind(self._connection, limit) if self._has_findings else ()

    def events_of(self, numbers: Sequence[int]) -> dict[int, list[LayerFound | Event]]:
        """:meth:`events` of several exchanges, those left out that are gone; cheap where they follow each other."""
        with readable(self.path):
            return read_all(self._connection, numbers)

    def layers(self, worker: int | None = None) -> list[LayerFound]:
        """The layers of a worker, by id; None: of the last one that had any."""
        if worker is None:
            worker = self._one("SELECT max(worker) FROM layers")[0]
        return [] if worker is None else self._layers(worker)

    def output(
        self, *, exchange: int | None = None, after: int = 0, before: int | None = None, limit: int = 1_000
    ) -> list[OutputRow]:
        """The last ``limit`` lines that workers printed, oldest first; with ``exchange`` only those of it.

        ``after`` and ``before`` are line ids: only lines between them.
        """
        where = ["id > ?"]
        values = [after]
        if before is not None:
            where.append("id < ?")
            values.append(before)
        if exchange is not None:
            where.append("exchange = ?")
            values.append(exchange)
        rows = self._all(
            "SELECT wall, stream, text, exchange, worker, id, span FROM output"  # noqa: S608 -- our own words
            f" WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
            *values,
            limit,
        )
        return [OutputRow(*row) for row in reversed(rows)]

    def workers(self) -> list[WorkerStart]:
        """The starts of workers, oldest first."""
        rows = self._all("SELECT number, wall, pid, app, python, dropped FROM workers ORDER BY number")
        return [WorkerStart(*row) for row in rows]

    def news(self, limit: int = 100) -> list[News]:
        """The last ``limit`` things that workers said of themselves, oldest first."""
        rows = self._all("SELECT wall, worker, data FROM news ORDER BY id DESC LIMIT ?", limit)
        with readable(self.path):
            return [News(wall, worker, decode_worker_frame(data)) for wall, worker, data in reversed(rows)]

    def info(self) -> CaptureInfo:
        """What this capture is."""
        with readable(self.path), snapshot(self._connection):
            known = dict(self._all("SELECT key, value FROM info"))
            totals = Totals.load(self._connection)
            return CaptureInfo(
                app=str(known.get("app", "")),
                created=int(known.get("created", 0)),
                python=str(known.get("python", "")),
                version=str(known.get("version", "")),
                format=self._one("PRAGMA user_version")[0],
                exchanges=totals.exchanges,
                stored=totals.stored,
                evicted=totals.evicted,
                output_evicted=totals.output_evicted,
                dropped=self._one("SELECT coalesce(sum(dropped), 0) FROM workers")[0],
                lost=totals.lost,
                indexed=self._indexed,
                redacted=bool(known.get("redacted", 0)),
                salt=str(known.get("salt", "")).encode(),
                live=ownership.is_written(self.path),
            )

    def data_version(self) -> int:
        """A number that changes whenever the file does: cheap to ask often."""
        return int(self._one("PRAGMA data_version")[0])

    def _layers(self, worker: int) -> list[LayerFound]:
        with readable(self.path):
            return read_layers(self._connection, worker)

    def _all(self, statement: str, *values: object) -> list[Any]:
        with readable(self.path):
            return self._connection.execute(statement, values).fetchall()

    def _one(self, statement: str) -> Any:
        with readable(self.path):
            return self._connection.execute(statement).fetchone()


def _nothing(_rule: str, _path: str) -> bool:
    return False
