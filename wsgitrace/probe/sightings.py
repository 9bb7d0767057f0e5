"""Layers that nobody knew of, seen on the stack at the boundaries of those that are known.

Made for one request, or by a function that nobody calls before the first one, or taking ``*args``: whatever a layer is,
when the next one is called, when it calls ``start_response`` or when an exception leaves it, its frame stands between
two that are ours, with an environ and a ``start_response`` for arguments.
"""

from __future__ import annotations

from inspect import CO_GENERATOR, CO_VARARGS
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.probe.binding import binds
from wsgitrace.probe.foreign import class_dict, mro
from wsgitrace.probe.lines import is_own
from wsgitrace.probe.shapes import (
    Shape,
    by_name,
    defaults_of,
    is_async,
    is_environ,
    resembles_start_response,
    takes_two,
)
from wsgitrace.probe.trampoline import functions, is_original, ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, TracebackType

    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.late import LateCalls
    from wsgitrace.probe.spans import Span

_traceback_of = BaseException.__dict__["__traceback__"].__get__
_FRAMES = 64
_MISSES = 20
"""Calls with other arguments after which code is never looked at again."""
_SEARCHES = 3
"""Times that the function which runs some code is looked for."""
_CODES = 10_000
"""Code that is known before all of it is forgotten: an application may make new code for every request."""
_WSGI = 2


class Sighting(NamedTuple):
    """A layer that was seen running."""

    code: CodeType
    function: Any
    """What runs the code, None when that was not found."""
    this: Any
    """What it was called on, None for a plain function."""
    shape: Shape
    """Where it takes its arguments."""
    module: str
    """Where the code was defined."""


class _Around(NamedTuple):
    """The innermost layer around a frame, as far as is known."""

    this: Any
    """What it was called on."""
    environ: Any
    """What it was called with."""


class _Verdict:
    """What is known of some code."""

    __slots__ = ("code", "exchange", "misses", "searches", "stop")

    def __init__(self, code: CodeType) -> None:
        self.code = code  # kept, so that its id stays its own
        self.stop = is_own(code)
        """True for code of our own: who called that was looked at from there."""
        possible = takes_two(code)
        if code.co_flags & CO_GENERATOR and is_original(code):
            # A generator runs when it is iterated: no trampoline stands before it, though one saw its call.
            possible = False
        self.misses = 0 if possible and not self.stop and not is_async(code) and not binds(code) else _MISSES
        self.searches = 0
        self.exchange = 0
        """The last exchange in which it was seen as a layer."""


class Sightings:
    """Looks at the stack, and tells of each layer that it sees there at most once for each exchange."""

    def __init__(self, tell: Callable[[Sighting, int], object], faults: Faults) -> None:
        self._tell = tell
        self.late: LateCalls | None = None
        """Calls that were first seen when they had begun (set by the discovery)."""
        self._faults = faults
        self._verdicts: dict[int, _Verdict] = {}

    def look_around(self, frame: FrameType | None, span: Span) -> None:
        """As :meth:`look`, from the trampoline outwards that ``frame``, one of our own, was called by."""
        while frame is not None and id(frame.f_code) not in ours:
            frame = frame.f_back
        if frame is not None:
            self.look(frame.f_back, span)

    def look(self, frame: FrameType | None, span: Span) -> None:
        """Look from ``frame`` outwards as far as the next boundary; ``span`` is the pass that runs there.

        Never raises.
        """
        try:
            self._look(frame, span)
        except Exception as error:  # noqa: BLE001 -- promise 2: the request goes on, and is traced without
            self._faults.contain("sightings", error)

    def _look(self, frame: FrameType | None, span: Span) -> None:
        verdicts = self._verdicts
        between: list[tuple[FrameType, _Verdict]] = []
        for _ in range(_FRAMES):
            if frame is None:
                break
            code = frame.f_code
            if id(code) in ours or (self.late is not None and self.late.has_begun(frame)):
                break
            verdict = verdicts.get(id(code)) or self._know(code)
            if verdict.stop:
                break
            back = frame.f_back
            if verdict.misses < _MISSES and (back is None or id(back.f_code) not in ours):
                between.append((frame, verdict))
            frame = back
        if between:
            around = _Around(span.this, span.environ)
            for one, verdict in reversed(between):
                around = self._examine(one, verdict, span, around)

    def look_back(self, error: BaseException, span: Span) -> None:
        """The same over the frames that an exception came through before it left ``span``. Never raises."""
        try:
            if self.late is not None:
                self.late.explain(error, span)
            self._look_back(_traceback_of(error), span)
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self._faults.contain("sightings", fault)

    def _look_back(self, traceback: TracebackType | None, span: Span) -> None:
        verdicts = self._verdicts
        around = _Around(span.this, span.environ)
        for _ in range(_FRAMES):
            if traceback is None:
                return
            frame = traceback.tb_frame
            verdict = verdicts.get(id(frame.f_code)) or self._know(frame.f_code)
            if verdict.misses < _MISSES and id(frame.f_code) not in ours:
                back = frame.f_back
                # A frame that nobody called any more may have been called by a trampoline.
                if back is not None and id(back.f_code) not in ours:
                    around = self._examine(frame, verdict, span, around)
            traceback = traceback.tb_next

    def _know(self, code: CodeType) -> _Verdict:
        if len(self._verdicts) >= _CODES:
            self._verdicts.clear()
        verdict = self._verdicts[id(code)] = _Verdict(code)
        return verdict

    def _examine(self, frame: FrameType, verdict: _Verdict, span: Span, around: _Around) -> _Around:
        """Tell of a layer if that is what runs in ``frame``; what stands around the frames that it called."""
        code = verdict.code
        number = span.recording.number
        if verdict.exchange == number:
            return around
        found = arguments(code, frame.f_locals)
        if found is None or (found.this is not None and found.this is around.this and found.environ is around.environ):
            # A layer that calls a method of its own with the same request is one pass.
            verdict.misses += 1
            return around
        verdict.exchange = number
        verdict.searches += 1
        if verdict.searches > _SEARCHES:
            verdict.misses = _MISSES
            return around
        function = function_of(code, found.this)
        if demands_more(code, 0 if function is None else defaults_of(function), found.shape.environ):
            verdict.misses = _MISSES
            return around
        module = frame.f_globals.get("__name__")
        module = module if type(module) is str else ""
        self._tell(Sighting(code, function, found.this, found.shape, module), number)
        return _Around(found.this, found.environ)


class Arguments(NamedTuple):
    """The arguments of a call that is one of a WSGI application."""

    this: Any
    environ: Any
    start_response: Any
    shape: Shape


def arguments(code: CodeType, values: dict[str, Any]) -> Arguments | None:
    """The arguments of a running function whose local variables are ``values``; None when it is no application.

    A function of more arguments than WSGI's, or that takes them after others than the object it is called on, is a
    helper of a layer, not a layer.
    """
    varargs = code.co_flags & CO_VARARGS
    by_name_alone = code.co_kwonlyargcount if code.co_argcount < _WSGI and not varargs else 0
    names = code.co_varnames[: code.co_argcount + by_name_alone]
    given = [values.get(name) for name in names]
    if varargs:
        rest = values.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
        if type(rest) is tuple:
            given += rest
    first = 1 if given and not is_environ(given[0]) else 0
    if len(given) < first + _WSGI or (varargs and len(given) != first + _WSGI):
        return None
    environ, start_response = given[first], given[first + 1]
    if not is_environ(environ) or not resembles_start_response(start_response):
        return None
    if not first:
        return Arguments(None, environ, start_response, Shape(0, loose=bool(varargs), named=False))
    this = given[0]
    if code.co_name == "__init__" or method_of(type(this), code) is None:
        return None
    return Arguments(this, environ, start_response, Shape(1, loose=bool(varargs), named=False))


def demands_more(code: CodeType, optional: int, environ: int) -> bool:
    """True for a function that requires more than WSGI's two arguments: a helper of a layer, not a layer.

    The environ is its positional parameter number ``environ``, and the last ``optional`` have defaults.
    """
    return code.co_argcount - optional > environ + _WSGI and by_name(code, optional) is None


def method_of(kind: type, code: CodeType) -> FunctionType | None:
    """The function in the namespaces of ``kind`` and its bases that runs ``code``."""
    for base in mro(kind):
        for value in tuple(class_dict(base).values()):
            if type(value) is FunctionType and value.__code__ is code:
                return value
    return None


def function_of(code: CodeType, this: Any) -> FunctionType | None:
    """The function that runs ``code``, called on ``this``."""
    if this is not None:
        return method_of(type(this), code)
    found = functions(code)
    return found[0] if found else None
