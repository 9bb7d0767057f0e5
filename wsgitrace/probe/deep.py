"""Layers seen in the very first requests where Python cannot tell of calls before they are made (before 3.12).

Every call in those requests is looked at as it begins. It slows them down several times, and another profiler would
have to go, so it is done only on request, for as many requests as were asked for.
"""

from __future__ import annotations

import sys
import threading
from dis import opmap
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.late import is_possible

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.late import LateCalls

_MISSES = 20
_CODES = 10_000
_NOBODY: Any = None
"""What ends profiling in new threads."""
_RETURN = opmap["RETURN_VALUE"]


class Deep:
    """Watches every call of the first exchanges."""

    def __init__(self, exchanges: int, late: LateCalls, faults: Faults) -> None:
        self._left = exchanges > 0 and sys.version_info < (3, 12)
        """True while exchanges are still to be watched."""
        self._tickets = iter(range(exchanges))
        self._open: set[int] = set()
        """Those that are being watched."""
        self._late = late
        self._faults = faults
        self._misses: dict[int, tuple[CodeType, int]] = {}
        """How often code was called with other arguments, by its ``id``."""

    @property
    def over(self) -> bool:
        """True when nothing is left to do."""
        return not self._left and not self._open

    def begin(self, exchange: int) -> None:
        """An exchange begins in this thread, where nobody else profiles."""
        if not self._left or sys.getprofile() not in {None, self._told}:
            return
        if next(self._tickets, None) is None:
            self._left = False
            return
        self._open.add(exchange)
        sys.setprofile(self._told)
        if threading.getprofile() is None:
            threading.setprofile(self._told)

    def end(self, exchange: int) -> None:
        """An exchange is over."""
        self._open.discard(exchange)
        self._stop()
        if self.over:
            self._misses.clear()

    def _stop(self) -> None:
        """Leave this thread alone, unless something is still watched: the end of a pass must not be missed."""
        if self._open or self._late.running:
            return
        self._late.forget()
        if sys.getprofile() == self._told:
            sys.setprofile(None)
        if threading.getprofile() == self._told:
            threading.setprofile(_NOBODY)

    def stop(self) -> None:
        """Watch no more; threads that are still watched find out by themselves."""
        self._left = False
        self._open.clear()
        self._late.forget()
        self._stop()

    def _told(self, frame: FrameType, event: str, result: Any) -> None:
        """As the profiler of a thread. Never raises."""
        try:
            if event == "return" and self._late.running:
                code = frame.f_code
                if result is None and code.co_code[frame.f_lasti] != _RETURN:
                    self._late.raised(frame, None)
                else:
                    self._late.returned(frame, result)
            if not self._open:
                self._stop()
            elif event == "call":
                self._call(frame)
        except Exception as error:  # noqa: BLE001 -- an exception would surface in the application
            self._faults.contain("deep", error)
            self.stop()

    def _call(self, frame: FrameType) -> None:
        code = frame.f_code
        key = id(code)
        known = self._misses.get(key)
        if known is None:
            if len(self._misses) >= _CODES:
                self._misses.clear()
            known = self._misses[key] = code, 0 if is_possible(code) else _MISSES
        if known[1] < _MISSES and self._late.began(frame) is False:
            self._misses[key] = code, known[1] + 1
