"""Django's database layer: the queries of every connection, by the wrappers around them that it documents."""

from __future__ import annotations

import os
import sys
import weakref
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.exceptions import drop_frame
from wsgitrace.probe.foreign import instance_dict
from wsgitrace.probe.frameworks.base import instances
from wsgitrace.probe.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges


def load(exchanges: Exchanges) -> DjangoDatabaseAdapter:
    """The adapter for the Django that is imported."""
    return DjangoDatabaseAdapter(exchanges)


class DjangoDatabaseAdapter:
    """Puts a wrapper around what every connection executes: those that there are, and each as it is made.

    A connection is a thread's own, and made when it is first needed.
    """

    def __init__(self, exchanges: Exchanges) -> None:
        base = sys.modules["django.db.backends.base.base"]
        folder = os.path.dirname(sys.modules["django.db"].__file__ or "") + os.sep  # noqa: PTH120 -- compared as text
        self._queries = Queries(exchanges, "Django", folder)
        self._kind: type = base.__dict__["BaseDatabaseWrapper"]
        self._created = sys.modules["django.db.backends.signals"].__dict__["connection_created"]
        self._wrapped: weakref.WeakSet[Any] = weakref.WeakSet()
        # One object each: to be found again.
        self._wrapper = self._execute
        self._receiver = self._see

    def adopt(self, objects: Iterable[Any]) -> None:
        """Wrap the connections among ``objects``, and those to come."""
        self._created.connect(self._receiver, weak=False)
        for connection in instances(objects, self._kind):
            self._wrap(connection)

    def restore(self) -> None:
        """Take the wrapper away."""
        self._created.disconnect(self._receiver)
        for connection in tuple(self._wrapped):
            wrappers = connection.execute_wrappers
            wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not self._wrapper]
        self._wrapped.clear()

    def _see(self, connection: Any, **_: Any) -> None:
        """A connection was made."""
        try:
            self._wrap(connection)
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self._queries.fault(fault)

    def _wrap(self, connection: Any) -> None:
        wrappers = instance_dict(connection).get("execute_wrappers")
        if type(wrappers) is not list:
            return  # it is being made: its turn comes when it is connected
        if not any(wrapper is self._wrapper for wrapper in wrappers):
            # The first: ``with connection.execute_wrapper(…)``, in which this may be, takes the last one away again.
            wrappers.insert(0, self._wrapper)
        self._wrapped.add(connection)

    def _execute(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- as Django calls it
        if not self._queries.wanted:
            try:
                return execute(sql, params, many, context)
            except BaseException as error:
                drop_frame(error)
                raise
        began = perf_counter_ns()
        try:
            result = execute(sql, params, many, context)
        except BaseException as error:
            took = perf_counter_ns() - began
            drop_frame(error)
            self._queries.record(took, _database(context), sql, params, many, None, error)
            raise
        self._queries.record(perf_counter_ns() - began, _database(context), sql, params, many, _cursor(context))
        return result


def _database(context: Any) -> str:
    """Its alias and what sort of database it is, as in ``default (sqlite)``."""
    try:
        alias, vendor = context["connection"].alias, context["connection"].vendor
    except Exception:  # noqa: BLE001 -- promise 2
        return ""
    return f"{alias} ({vendor})"


def _cursor(context: Any) -> Any:
    """The driver's own, or what stands for it."""
    try:
        cursor = context["cursor"].cursor
    except Exception:  # noqa: BLE001 -- promise 2
        return None
    return cursor
