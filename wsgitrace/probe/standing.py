"""Where a held exchange stands: the layer's source, its line, and the variables there."""

from __future__ import annotations

import os
from sys import _getframe
from types import CoroutineType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.events import Text, Value, to_key, to_text
from wsgitrace.probe.start_response import TracingStartResponse
from wsgitrace.probe.streams import InputObserver
from wsgitrace.probe.telling import told
from wsgitrace.probe.trampoline import ours

if TYPE_CHECKING:
    from types import TracebackType

    from wsgitrace.probe.spans import Span

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 -- compared as text
_DEMOS = os.path.join(_OWN, "demos") + os.sep  # noqa: PTH118 -- as above
_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 -- as above
_LOCKING = tuple(_OWN + name for name in ("link/", "probe/parking.py", "probe/recorder.py"))
"""Ours that take locks."""
_VARIABLES = 60
"""Local variables told of."""
_LONGEST = 2_000
"""Characters, or bytes, of the value of one."""
_traceback_of = BaseException.__dict__["__traceback__"].__get__

_RUNNING = frozenset({"start_response", "write", "input", "errors", "log", "iteration"})
"""Events that the layer's own code brings about: it stands on the stack."""

_GONE = {
    "returned": "The layer has returned: its frame is gone.",
    "end": "The iterable is exhausted: its frame is gone.",
    "close": "close() is about to be called: no frame of the layer is there.",
    "closed": "close() has returned: no frame of the layer is there.",
    "over": "The request is over: no frame of a layer is there.",
    "head": "The server sends the response head: no frame of a layer is there.",
    "chunk": "The iterable is not a generator: between two items it has no frame.",
}


class Place(NamedTuple):
    """Where the layer stands."""

    frame: FrameType | None
    """Its frame, to evaluate in; never kept beyond the hold."""
    file: Text = ""
    line: int = 0
    function: Text = ""
    variables: dict[str, Value] = {}  # noqa: RUF012 -- never written to
    no_frame: str = ""
    traceback: TracebackType | None = None
    """That of the exception in hand; never kept beyond the hold."""


def place(kind: str, hand: Any) -> Place:
    """Where the layer stands at an event of ``kind``.

    ``hand``: the iterable of a chunk, the exception raised, the frame whose code says to hold.
    """
    traceback = None
    if type(hand) is FrameType:
        frame: FrameType | None = hand
    elif kind == "called":
        frame = _trampoline(_getframe(1))
    elif kind in _RUNNING:
        frame = _layer(_getframe(1))
    elif kind == "raised" and isinstance(hand, BaseException):
        traceback = _traceback_of(hand)
        frame = _last(traceback)
    elif kind == "chunk" and type(hand) in {GeneratorType, CoroutineType}:
        frame = hand.gi_frame if type(hand) is GeneratorType else None
    else:
        frame = None
    if frame is None:
        return Place(None, no_frame=_GONE.get(kind, "No frame of the layer is there."))
    line = frame.f_lineno or 0
    if kind == "raised":
        line = _line_of(traceback, frame) or line
    code = frame.f_code
    path = code.co_filename if code.co_filename.startswith("<") else os.path.abspath(code.co_filename)  # noqa: PTH100 -- as elsewhere
    return Place(frame, to_text(path), line, to_text(code.co_qualname), variables(frame), "", traceback)


def caller() -> FrameType | None:
    """The code of the application that is running here."""
    frame: FrameType | None = _getframe(1)
    while frame is not None and is_own(frame):
        frame = frame.f_back
    return frame


def variables(frame: FrameType, most: int = _VARIABLES, longest: int = _LONGEST) -> dict[str, Value]:
    """The local variables of a frame as plain data: objects by their types, never by their ``repr``.

    At most ``most`` of them, and ``longest`` characters or bytes of each.
    """
    found: dict[str, Value] = {}
    for name, value in frame.f_locals.items():
        if not name.startswith("wsgitrace_"):
            if len(found) == most:
                break
            found[to_key(name)] = _plain(value, longest)
    return found


def why_not_replace_input(span: Span) -> str:
    """Why the request body cannot be replaced where a pass is held, without a full stop; empty when it can."""
    environ = span.environ
    stream = None if environ is None else environ.get("wsgi.input")
    if stream is None:
        return "there is no environ at hand"
    return "" if type(stream) is InputObserver else "a layer has put another object in the place of wsgi.input"


def is_own(frame: FrameType) -> bool:
    """True for a frame of wsgitrace, trampolines included."""
    name = frame.f_code.co_filename
    return id(frame.f_code) in ours or (name.startswith(_OWN) and not name.startswith(_DEMOS))


def is_hidden(frame: FrameType) -> bool:
    """True for a frame of wsgitrace, and for what the standard library does on its behalf."""
    found: FrameType | None = frame
    while found is not None and not is_own(found):
        if not _is_library(found):
            return False
        found = found.f_back
    return True


def is_beneath_locks(frame: FrameType) -> bool:
    """True for code of the application that runs in the midst of ours, where locks may be held: a ``__del__``, say."""
    found: FrameType | None = frame
    while found is not None and not is_own(found):
        found = found.f_back
    while found is not None and (is_own(found) or _is_library(found)):
        if found.f_code.co_filename.startswith(_LOCKING):
            return True
        found = found.f_back
    return False


def _is_library(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return name.startswith((_LIBRARY, "<")) and "-packages" not in name


def _plain(value: Any, longest: int) -> Value:
    while type(value) is TracingStartResponse:
        value = value.wsgitrace_inner
    return told(value, longest)


def _trampoline(frame: FrameType | None) -> FrameType | None:
    """The frame of the call itself, which has the parameters and nothing else yet."""
    while frame is not None and id(frame.f_code) not in ours:
        frame = frame.f_back
    return frame


def _layer(frame: FrameType | None) -> FrameType | None:
    """The outermost frame of the application since the last one of ours: the layer's own function."""
    while frame is not None and is_own(frame):
        frame = frame.f_back
    found = frame
    while frame is not None and not is_own(frame):
        found, frame = frame, frame.f_back
    return found


def _last(traceback: TracebackType | None) -> FrameType | None:
    """The innermost frame of the application."""
    found = None
    while traceback is not None:
        if not is_own(traceback.tb_frame):
            found = traceback.tb_frame
        traceback = traceback.tb_next
    return found


def _line_of(traceback: TracebackType | None, frame: FrameType) -> int:
    """Where a frame raised: it may be elsewhere by now."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame is frame:
            line = traceback.tb_lineno or 0
        traceback = traceback.tb_next
    return line
