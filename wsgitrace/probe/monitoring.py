"""Layers made during a request, observed from their very first call on (Python 3.12 and later).

``sys.monitoring`` tells of a call before it is made: code that is swapped then is already the one that runs. A place in
the code that calls other things is switched off at once, so that a warm application pays nothing.
"""

from __future__ import annotations

import atexit
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.shapes import by_name, defaults_of
from wsgitrace.probe.sightings import is_own
from wsgitrace.probe.trampoline import is_ours, ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from wsgitrace.probe.faults import Faults

_TOOLS = (4, 3, 5)
"""Numbers that no tool known is given by Python; another one may have taken them all the same."""
_REJECTIONS = 8
"""Calls of nothing new after which a place is switched off."""
_PLACES = 10_000


class Monitoring:
    """Tells of callables about to be called with an environ."""

    def __init__(self, tell: Callable[[Any], bool], faults: Faults) -> None:
        self._tell = tell
        """Is given each; returns True when it was new."""
        self._faults = faults
        self._tool: int | None = None
        self._rejections: dict[tuple[int, int], int] = {}

    def start(self) -> None:
        """Listen, where Python can tell and leaves us a number."""
        if sys.version_info < (3, 12) or self._tool is not None:
            return
        monitoring = sys.monitoring
        for tool in _TOOLS:
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "wsgitrace")
                self._tool = tool
                monitoring.register_callback(tool, monitoring.events.CALL, self._called)
                monitoring.set_events(tool, monitoring.events.CALL)
                # While the interpreter ends, the callback's globals are None before it is called for the last time.
                atexit.register(self.stop)
                return

    def stop(self) -> None:
        """Listen no more."""
        tool, self._tool = self._tool, None
        if sys.version_info >= (3, 12) and tool is not None:
            sys.monitoring.set_events(tool, 0)
            sys.monitoring.register_callback(tool, sys.monitoring.events.CALL, None)
            sys.monitoring.free_tool_id(tool)
            atexit.unregister(self.stop)

    if sys.version_info >= (3, 12):

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

        def _rejected(self, code: int, offset: int) -> Any:
            place = code, offset
            times = self._rejections.get(place, 0) + 1
            if times >= _REJECTIONS:
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
