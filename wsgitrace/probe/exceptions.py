"""Exceptions that pass a boundary: told of, and left as they were, traceback included."""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from functools import lru_cache
from types import WrapperDescriptorType
from typing import TYPE_CHECKING, Literal

from wsgitrace.events import Raised, Text, TracebackFrame, from_text, to_text
from wsgitrace.probe.environ import bounded
from wsgitrace.probe.foreign import class_attribute, type_name

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from wsgitrace.probe.spans import Span

During = Literal["call", "next", "close", "start_response", "write"]

_traceback_of = BaseException.__dict__["__traceback__"].__get__
_set_traceback = BaseException.__dict__["__traceback__"].__set__
_args_of = BaseException.__dict__["args"].__get__
_file_names = tuple(OSError.__dict__[name].__get__ for name in ("filename", "filename2"))
_SCALARS = frozenset({str, bytes, int, float, bool, type(None)})
_FRAMES = 64
_OPENED = 6
"""Frames whose local variables are told, the innermost ones."""
_VARIABLES = 16
"""Of each so many variables."""
_LONGEST = 200
"""Of each variable so many characters or bytes."""
_MESSAGE = 2_000
_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 -- compared as text


def drop_frame(error: BaseException, depth: int = 1) -> None:
    """Take the frame of the function ``depth`` above from the traceback of ``error``, which it has just caught.

    So a traceback in the application is the same as without us. Never raises.
    """
    try:
        traceback: TracebackType | None = _traceback_of(error)
        if traceback is not None and traceback.tb_frame is sys._getframe(depth):  # noqa: SLF001 -- to be sure it is ours
            _set_traceback(error, traceback.tb_next)
    except Exception:  # noqa: BLE001 -- a traceback one frame longer does no harm
        return


def record_raised(span: Span, during: During, error: BaseException, took: int = 0, *, outermost: bool = False) -> None:
    """Record that ``error`` left ``span``. Never raises."""
    recording = span.recording
    if not recording.live:
        return
    try:
        name = type_name(type(error))
        stack, key = _traceback(error)
        frames: tuple[TracebackFrame, ...] = ()
        if span.failure != key:
            span.failure = key
            frames = _told(stack)
        parent = span.parent
        if parent is not None:
            parent.failure = key
        if during in {"call", "next", "close"}:
            if outermost or (parent is not None and parent.id == 0):
                recording.outer_exception = name
            else:
                recording.inner_exception = name
        seq = recording.seq()
        recording.add(
            Raised(
                seq,
                span.id,
                get_ident(),
                recording.elapsed(),
                during,
                name,
                message_of(error),
                id(error),
                frames,
                took,
            )
        )
        if recording.stepping:
            recording.parking.park(span, seq, "raised", error)
    except Exception as fault:  # noqa: BLE001 -- promise 2
        recording.faults.contain("raised", fault, recording)


def message_of(error: BaseException) -> Text:
    """The text of an exception, without running code of the application."""
    args = _args_of(error)
    plain = all(type(arg) in _SCALARS for arg in args)
    if plain and _has_builtin_str(error):
        return bounded(str(error), _MESSAGE)
    if plain and len(args) == 1:
        return bounded(str(args[0]), _MESSAGE)
    shown = [repr(arg) if type(arg) in _SCALARS else f"<{type_name(type(arg))}>" for arg in args]
    return bounded(", ".join(shown), _MESSAGE)


def error_text(error: BaseException) -> Text:
    """Type and text of an exception, as the last line of a traceback has them."""
    message = from_text(message_of(error))
    return to_text(f"{type_name(type(error))}: {message}" if message else type_name(type(error)))


def bare_frames(error: BaseException, most: int) -> tuple[TracebackFrame, ...]:
    """The innermost frames of the traceback of an exception, without their variables."""
    return tuple(
        TracebackFrame(path_of(frame.f_code.co_filename), line, to_text(frame.f_code.co_qualname))
        for frame, line in _traceback(error)[0][-most:]
    )


def _has_builtin_str(error: BaseException) -> bool:
    """True when ``str`` runs none of the application's code, its arguments being plain."""
    method = class_attribute(type(error), "__str__")
    if type(method) is not WrapperDescriptorType:
        return False
    # OSError's text holds its file names, which may be any object.
    return method.__objclass__ is not OSError or all(type(name(error)) in _SCALARS for name in _file_names)


def _traceback(error: BaseException) -> tuple[list[tuple[FrameType, int]], tuple[int, ...]]:
    """The application's frames and lines, and what tells this raise of the exception from another of the same id."""
    frames: list[tuple[FrameType, int]] = []
    traceback: TracebackType | None = _traceback_of(error)
    code_id = line = 0
    while traceback is not None:
        code = traceback.tb_frame.f_code
        line = traceback.tb_lineno
        code_id = id(code)
        if not code.co_filename.startswith(_OWN):
            frames.append((traceback.tb_frame, line or 0))
        traceback = traceback.tb_next
    return frames[-_FRAMES:], (id(error), code_id, line or 0)


def _told(frames: list[tuple[FrameType, int]]) -> tuple[TracebackFrame, ...]:
    """The traceback as plain data; the innermost frames, which have all been left by now, with their variables."""
    from wsgitrace.probe.standing import variables  # noqa: PLC0415 -- it knows of start_response, which knows of this

    bare = len(frames) - _OPENED
    return tuple(
        TracebackFrame(
            path_of(frame.f_code.co_filename),
            line,
            to_text(frame.f_code.co_qualname),
            variables(frame, _VARIABLES, _LONGEST) if index >= bare else {},
        )
        for index, (frame, line) in enumerate(frames)
    )


@lru_cache(1024)
def path_of(filename: str) -> Text:
    """The absolute path of a source; what is none stays as it is."""
    if filename.startswith("<"):
        return to_text(filename)
    return to_text(os.path.abspath(filename))  # noqa: PTH100 -- Path.absolute would keep the dots
