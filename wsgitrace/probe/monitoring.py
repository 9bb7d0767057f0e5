"""Layers made during a request, observed from their very first call on (Python 3.12 and later).

``sys.monitoring`` tells of a call before it is made: code that is swapped then is already the one that runs. A place in
the code that calls other things is switched off at once, so that a warm application pays nothing.
"""

from __future__ import annotations

import atexit
import sys
from _thread import allocate_lock as _allocate_lock
from inspect import CO_VARARGS
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.late import is_possible
from wsgitrace.probe.lines import is_own
from wsgitrace.probe.shapes import by_name, defaults_of
from wsgitrace.probe.trampoline import is_ours, ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.late import LateCalls

_TOOLS = (4, 3, 5)
"""Numbers that no tool known is given by Python; another one may have taken them all the same."""
_REJECTIONS = 8
"""Calls of nothing new after which a place is switched off."""
_MISSES = 3
_LOOSE_MISSES = 20
"""Beginnings of a function with other arguments after which it is switched off; of one that takes ``*args``."""
_IDLE_MISSES = 100
"""The same while no request runs, when nothing could be told of any."""
_START, _IDLE, _KNOWN = -1, -2, -3
"""What stands for a place in the code where it is its beginning that is counted."""
_PLACES = 10_000


class Monitoring:
    """Tells of callables about to be called with an environ."""

    def __init__(self, tell: Callable[[Any], bool], late: LateCalls, exchanges: Exchanges) -> None:
        self._tell = tell
        """Is given each; returns True when it was new."""
        self._late = late
        """Is told of functions that begin to run without having been seen called."""
        self._exchanges = exchanges
        self._faults = exchanges.faults
        self._tool: int | None = None
        self._rejections: dict[tuple[int, int], int] = {}
        self._lock = _allocate_lock()
        self._unwinding = False
        """True while exceptions are told of, which costs something wherever one is raised."""

    def start(self) -> None:
        """Listen, where Python can tell and leaves us a number."""
        if sys.version_info < (3, 12) or self._tool is not None:
            return
        monitoring = sys.monitoring
        for tool in _TOOLS:
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "wsgitrace")
                self._tool = tool
                for event, callback in self._callbacks().items():
                    monitoring.register_callback(tool, event, callback)
                monitoring.set_events(tool, monitoring.events.CALL | monitoring.events.PY_START)
                # While the interpreter ends, the callback's globals are None before it is called for the last time.
                atexit.register(self.stop)
                return

    def stop(self) -> None:
        """Listen no more."""
        tool, self._tool = self._tool, None
        if sys.version_info >= (3, 12) and tool is not None:
            sys.monitoring.set_events(tool, 0)
            for event in self._callbacks():
                sys.monitoring.register_callback(tool, event, None)
            sys.monitoring.free_tool_id(tool)
            atexit.unregister(self.stop)

    if sys.version_info >= (3, 12):

        def _callbacks(self) -> dict[int, Callable[..., Any]]:
            events = sys.monitoring.events
            return {
                events.CALL: self._called,
                events.PY_START: self._began,
                events.PY_RETURN: self._returned,
                events.PY_UNWIND: self._unwound,
            }

        def _called(self, code: CodeType, offset: int, called: Any, first: Any) -> Any:
            """A call is about to be made in ``code``. Never raises."""
            try:
                if id(code) in ours or is_own(code):
                    return sys.monitoring.DISABLE
                if type(first) is dict:
                    if "REQUEST_METHOD" in first and self._tell(called):
                        return None
                elif not _is_method_of_layer(called) or self._tell(called):
                    # What else is called with anything else is called with it the next time, too.
                    return sys.monitoring.DISABLE
                return self._rejected(id(code), offset)
            except Exception as error:  # noqa: BLE001 -- an exception would surface in the application
                self._faults.contain("monitoring", error)
                return sys.monitoring.DISABLE

        def _began(self, code: CodeType, _offset: int) -> Any:
            """A function begins to run. Never raises."""
            try:
                if not is_possible(code):
                    return sys.monitoring.DISABLE
                began = self._late.began(sys._getframe(1))  # noqa: SLF001 -- the one way to its arguments
                if began:
                    self._await(code)
                    return None
                if began is None:
                    # Observed already; but of a function that is made anew, another one may not be.
                    return self._rejected(id(code), _KNOWN, _LOOSE_MISSES if "<locals>" in code.co_qualname else 1)
                if not self._exchanges.open:
                    return self._rejected(id(code), _IDLE, _IDLE_MISSES)
                return self._rejected(id(code), _START, _LOOSE_MISSES if code.co_flags & CO_VARARGS else _MISSES)
            except Exception as error:  # noqa: BLE001 -- an exception would surface in the application
                self._faults.contain("monitoring", error)
                return sys.monitoring.DISABLE

        def _await(self, code: CodeType) -> None:
            """Be told of the end of a function that runs."""
            tool, events = self._tool, sys.monitoring.events
            with self._lock:
                if tool is not None:
                    sys.monitoring.set_local_events(tool, code, events.PY_RETURN)
                    if not self._unwinding:
                        self._unwinding = True
                        sys.monitoring.set_events(tool, events.CALL | events.PY_START | events.PY_UNWIND)

        def _returned(self, _code: CodeType, _offset: int, result: Any) -> Any:
            """A function returns. Never raises."""
            try:
                self._late.returned(sys._getframe(1), result)  # noqa: SLF001 -- what its beginning was told by
                self._settle()
            except Exception as error:  # noqa: BLE001 -- an exception would surface in the application
                self._faults.contain("monitoring", error)

        def _unwound(self, _code: CodeType, _offset: int, error: BaseException) -> Any:
            """An exception leaves a function. Never raises."""
            try:
                self._late.raised(sys._getframe(1), error)  # noqa: SLF001 -- as above
                self._settle()
            except Exception as fault:  # noqa: BLE001 -- an exception would surface in the application
                self._faults.contain("monitoring", fault)

        def _settle(self) -> None:
            """Be told of no exceptions while nothing is waited for."""
            tool, events = self._tool, sys.monitoring.events
            if self._unwinding and tool is not None and not self._late.running:
                with self._lock:
                    if not self._late.running:  # none has begun meanwhile
                        self._unwinding = False
                        sys.monitoring.set_events(tool, events.CALL | events.PY_START)

        def _rejected(self, code: int, offset: int, limit: int = _REJECTIONS) -> Any:
            place = code, offset
            times = self._rejections.get(place, 0) + 1
            if times >= limit:
                self._rejections.pop(place, None)
                return sys.monitoring.DISABLE
            if len(self._rejections) >= _PLACES:
                self._rejections.clear()
            self._rejections[place] = times
            return None


def _is_method_of_layer(called: Any) -> bool:
    """True for a method that looks like a layer's: its first argument is the object it is called on."""
    if type(called) is not FunctionType or is_ours(called):
        return False
    shape = by_name(called.__code__, defaults_of(called))
    return shape is not None and shape.environ == 1
