"""Layers that are already running when they are first seen.

Where no call can be seen before it is made (by C code, say, or at all before Python 3.12), its beginning can: then the
arguments stand in the local variables, and another ``start_response`` can be put there. The pass is recorded like any
other but for its body: what the function returns is its caller's before anybody could put something around it.
"""

from __future__ import annotations

import ctypes
import sys
from _thread import get_ident
from inspect import CO_GENERATOR, CO_VARARGS
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Returned
from wsgitrace.probe import bodies
from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.exceptions import record_raised
from wsgitrace.probe.foreign import mro, type_name
from wsgitrace.probe.lines import is_own
from wsgitrace.probe.shapes import defaults_of, observable, takes_two
from wsgitrace.probe.sightings import Sighting, arguments, demands_more, function_of
from wsgitrace.probe.spans import current
from wsgitrace.probe.trampoline import is_original, ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.layers import Known
    from wsgitrace.probe.sightings import Arguments
    from wsgitrace.probe.spans import Span


class LateCalls:
    """Begins a pass where a frame turns out to be a layer's, and ends it with the frame."""

    def __init__(self, exchanges: Exchanges, tell: Callable[[Sighting, int], Known]) -> None:
        self._exchanges = exchanges
        self._tell = tell
        """Is given each sighting, and says what its layers are."""
        self._running: dict[int, tuple[FrameType, CallHook, Span]] = {}
        """By the ``id`` of the frame."""
        self._raised: dict[int, list[Span]] = {}
        """Passes that ended by an exception which nobody could tell, by the ``id`` of the pass that called them."""

    @property
    def running(self) -> bool:
        """True while the end of some frame is waited for."""
        return bool(self._running)

    def has_begun(self, frame: FrameType) -> bool:
        """True when a pass began with ``frame``."""
        return bool(self._running) and id(frame) in self._running

    def began(self, frame: FrameType) -> bool | None:
        """A function begins to run in ``frame``: True when a pass began, False when these are no layer's arguments.

        None when it would be a layer's call, but is not to be recorded here.
        """
        if _is_observed(frame):
            return None
        found = arguments(frame.f_code, frame.f_locals)
        return False if found is None else self._begin(frame, found)

    def _begin(self, frame: FrameType, found: Arguments) -> bool | None:
        code, environ = frame.f_code, found.environ
        parent = current.get()
        if parent is None or not parent.recording.open:
            parent = self._exchanges.find(environ, found.start_response)
        if parent is None or (found.this is not None and found.this is parent.this and environ is parent.environ):
            return None
        function = function_of(code, found.this)
        if demands_more(code, 0 if function is None else defaults_of(function), found.shape.environ):
            return False
        module = frame.f_globals.get("__name__")
        sighting = Sighting(code, function, found.this, found.shape, module if type(module) is str else "")
        known = self._tell(sighting, parent.recording.number)
        if code.co_flags & CO_GENERATOR:
            return None  # it was called before, and has returned
        hook = CallHook(known, self._exchanges, named=False)
        span = hook.enter(found.this, environ, found.start_response)
        if span is not None:
            if span.start_response is not found.start_response:
                _put(frame, found, span.start_response)
            self._running[id(frame)] = frame, hook, span
        return True if span is not None else None

    def returned(self, frame: FrameType, result: Any) -> None:
        """The function in ``frame`` returns."""
        late = self._running.pop(id(frame), None)
        if late is None:
            return
        _, hook, span = late
        kind = type(result)
        if list in mro(kind) or tuple in mro(kind):
            hook.leave(span, result)
            return
        current.set(span.previous)
        recording = span.recording
        if recording.live:
            passed = bodies.pass_on(result, span) if bodies.is_body(kind) else None
            span.returned = True
            recording.add(
                Returned(
                    recording.seq(), span.id, get_ident(), recording.elapsed(), type_name(kind), None, passed, None
                )
            )

    def raised(self, frame: FrameType, error: BaseException | None) -> None:
        """An exception leaves ``frame``; None where it will be known only when it leaves the next pass."""
        late = self._running.pop(id(frame), None)
        if late is None:
            return
        _, hook, span = late
        if error is not None:
            hook.failed(span, error)
            return
        current.set(span.previous)
        self._raised.setdefault(id(span.parent), []).append(span)

    def explain(self, error: BaseException, span: Span) -> None:
        """An exception leaves ``span``: so it was what left the passes that it called."""
        for late in self._raised.pop(id(span), ()):
            record_raised(late, "call", error)

    def forget(self) -> None:
        """Nothing is waited for any more."""
        self._running.clear()
        self._raised.clear()


def is_possible(code: CodeType) -> bool:
    """False for code that takes too little to be a layer's, or is our own."""
    if id(code) in ours or is_own(code) or not observable(code):
        return False
    return takes_two(code)


def _is_observed(frame: FrameType) -> bool:
    """True for a function behind a trampoline."""
    if frame.f_code.co_flags & CO_GENERATOR and is_original(frame.f_code):
        return True  # its call was seen, and this is the first next()
    return frame.f_back is not None and id(frame.f_back.f_code) in ours


def _put(frame: FrameType, found: Arguments, start_response: Any) -> None:
    """Have the function in ``frame`` see another ``start_response``."""
    code = frame.f_code
    values = frame.f_locals
    position = found.shape.environ + 1
    if position < code.co_argcount or not code.co_flags & CO_VARARGS:
        values[code.co_varnames[position]] = start_response
    else:
        name = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
        rest = list(values[name])
        rest[position - code.co_argcount] = start_response
        values[name] = tuple(rest)
    if sys.version_info < (3, 13):
        # From 3.13 on what was written is what is read (PEP 667).
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
