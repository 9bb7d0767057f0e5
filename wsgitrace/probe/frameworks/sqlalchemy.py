"""SQLAlchemy: the queries of every engine, by the events of cursors that it documents."""

from __future__ import annotations

import os
import sys
import weakref
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges

_RUNNING: Final = 10_000
"""Queries that may be under way; of more, some never ended."""


def load(exchanges: Exchanges) -> SqlalchemyAdapter:
    """The adapter for the SQLAlchemy that is imported."""
    return SqlalchemyAdapter(exchanges)


class SqlalchemyAdapter:
    """Listens to all engines, those that there are and those to come."""

    def __init__(self, exchanges: Exchanges) -> None:
        package = sys.modules["sqlalchemy"]
        self._queries = Queries(exchanges, "SQLAlchemy", os.path.dirname(package.__file__ or "") + os.sep)  # noqa: PTH120 -- compared as text
        self._event = sys.modules["sqlalchemy.event"].__dict__
        self._engine = sys.modules["sqlalchemy.engine"].__dict__["Engine"]
        self._began: dict[int, int] = {}
        """When the query began that a cursor is at, by the cursor's ``id``."""
        self._urls: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._listeners = {
            "before_cursor_execute": self._begin,
            "after_cursor_execute": self._end,
            "handle_error": self._fail,
        }

    def adopt(self, _: Iterable[Any]) -> None:
        """Listen."""
        for name, listener in self._listeners.items():
            self._event["listen"](self._engine, name, listener)

    def restore(self) -> None:
        """Listen no more."""
        for name, listener in self._listeners.items():
            self._event["remove"](self._engine, name, listener)

    def _begin(self, _conn: Any, cursor: Any, *_: Any) -> None:
        if not self._queries.wanted:
            return
        if len(self._began) > _RUNNING:
            self._began.clear()
        self._began[id(cursor)] = perf_counter_ns()

    def _end(
        self,
        conn: Any,
        cursor: Any,
        statement: Any,
        parameters: Any,
        _context: Any,
        executemany: bool,  # noqa: FBT001 -- likewise
    ) -> None:
        began = self._began.pop(id(cursor), None)
        if began is not None:
            took = perf_counter_ns() - began
            self._queries.record(took, self._url(conn), statement, parameters, executemany, cursor)

    def _fail(self, context: Any) -> None:
        """An error of any sort: of a query, where one was under way."""
        try:
            running = context.execution_context
            # Not context.cursor, which is documented and was never set.
            began = self._began.pop(id(getattr(running, "cursor", None)), None)
            if began is None:
                return
            took, many = perf_counter_ns() - began, bool(getattr(running, "executemany", False))
            url, error = self._url(context.connection), context.original_exception
            self._queries.record(took, url, context.statement, context.parameters, many, None, error)
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self._queries.fault(fault)

    def _url(self, conn: Any) -> str:
        """Which database, without its password."""
        try:
            engine = conn.engine
            url = self._urls.get(engine)
            if url is None:
                url = self._urls[engine] = engine.url.render_as_string(hide_password=True)
        except Exception:  # noqa: BLE001 -- an engine of somebody's own making
            return ""
        return url
