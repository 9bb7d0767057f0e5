"""Log records and warnings of the application, tied to their pass.

No handler is added: a logger without one writes warnings to stderr by ``logging.lastResort``, and must go on to do so.
Instead the code of ``Logger.callHandlers`` is swapped, which runs after the filters; and that of the function which
``warnings.warn`` calls for a warning that is to be shown.
"""

from __future__ import annotations

import logging
import warnings
from _thread import get_ident
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Logged, Text, TracebackFrame, from_text, to_key
from wsgitrace.probe.environ import bounded, rendered
from wsgitrace.probe.exceptions import bare_frames, drop_frame, error_text, message_of, path_of
from wsgitrace.probe.foreign import mro, qualified, type_name
from wsgitrace.probe.spans import current
from wsgitrace.probe.telling import is_plain
from wsgitrace.probe.trampoline import Parameters, is_ours, notice_source, swap

if TYPE_CHECKING:
    from wsgitrace.probe.spans import Span

__all__ = ["install"]

_SCALARS: Final = frozenset({str, bytes, int, float, bool, type(None)})

_FRAMES: Final = 16
"""Frames that travel of the traceback of an exception that is logged."""

_WARNINGS: Final = "py.warnings"
"""The logger that ``logging.captureWarnings`` gives them to."""

_NO_ERROR: Final[tuple[Text, tuple[TracebackFrame, ...]]] = ("", ())


class _Shown:
    """Stands for an argument of a log record that must not be asked for its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def install() -> None:
    """Have every record and warning told of from now on."""
    _observe(logging.Logger.callHandlers, LogHook())
    # Not documented, and there in every version so far: what C calls, and what catch_warnings() has an eye on.
    _observe(getattr(warnings, "_showwarnmsg", None), WarningHook())


def _observe(function: Any, hook: Any) -> None:
    if type(function) is FunctionType and not is_ours(function):
        swap(function, hook, notice_source(Parameters.of(function.__code__)))


class LogHook:
    """Records what reaches the handlers of any logger."""

    orig: Any

    @staticmethod
    def untraced(error: BaseException) -> None:
        """Handling a record raised."""
        drop_frame(error, 2)

    def notice(self, _logger: Any, record: Any) -> None:
        """A record is about to be handled. Never raises."""
        span = current.get()
        if span is None or not span.recording.live:
            return
        try:
            level, name = record.levelno, record.name
            _record(
                span,
                level if type(level) is int else 0,
                to_key(name) if type(name) is str else "",
                message(record.msg, record.args),
                (record.pathname, record.lineno),
                record.exc_info,
            )
        except Exception as fault:  # noqa: BLE001 -- promise 2
            span.recording.faults.contain("log", fault, span.recording, span.id)


class WarningHook:
    """Records the warnings that are shown: those that a filter ignores, raises or has seen before are none."""

    orig: Any

    @staticmethod
    def untraced(error: BaseException) -> None:
        """Showing a warning raised."""
        drop_frame(error, 2)

    def notice(self, shown: Any) -> None:
        """A warning is about to be shown. Never raises."""
        span = current.get()
        if span is None or not span.recording.live or not _is_shown():
            return
        try:
            text = f"{qualified(shown.category)[0]}: {_argument_text(shown.message)}"
            _record(span, logging.WARNING, _WARNINGS, text, (shown.filename, shown.lineno), None)
        except Exception as fault:  # noqa: BLE001 -- promise 2
            span.recording.faults.contain("warning", fault, span.recording, span.id)


def _is_shown() -> bool:
    """False for one that ``catch_warnings(record=True)`` keeps, and for one that is about to be logged anyway."""
    keeper = getattr(warnings, "_showwarnmsg_impl", None)
    return type(keeper) is FunctionType and warnings.showwarning is not getattr(logging, "_showwarning", None)


def _record(span: Span, level: int, logger: str, text: str, place: tuple[Any, Any], exc_info: Any) -> None:  # noqa: PLR0917 -- the facts of one record
    recording = span.recording
    file, line = place
    error, frames = _NO_ERROR if exc_info is None else _exception(exc_info)
    recording.add(
        Logged(
            recording.seq(),
            span.id,
            get_ident(),
            recording.elapsed(),
            level,
            logger,
            bounded(text),
            path_of(file) if type(file) is str else "",
            line if type(line) is int else 0,
            error,
            frames,
        )
    )


def _exception(exc_info: Any) -> tuple[Text, tuple[TracebackFrame, ...]]:
    """The exception that a record was logged with."""
    error = exc_info[1] if type(exc_info) is tuple and len(exc_info) == 3 else None  # noqa: PLR2004 -- as sys.exc_info()
    if not isinstance(error, BaseException):
        return _NO_ERROR
    return error_text(error), bare_frames(error, _FRAMES)


def message(template: Any, args: Any) -> str:
    """The text of a record; objects of the application are shown by their type."""
    if type(template) is not str:
        if str in mro(type(template)):
            return str.__getitem__(template, slice(None))
        return _argument_text(template)
    if not args:
        return template
    try:
        if type(args) is dict:
            return template % {key: _plain(value) for key, value in args.items()}
        if type(args) is tuple:
            return template % tuple([_plain(value) for value in args])
    except (TypeError, ValueError, KeyError, OverflowError):
        pass
    return template


def _plain(value: Any) -> Any:
    return value if type(value) in _SCALARS or is_plain(value) else _Shown(_argument_text(value))


def _argument_text(value: Any) -> str:
    """An exception by its text, a small container of scalars by its literal, everything else by its type."""
    if BaseException in mro(type(value)):
        return from_text(message_of(value))
    found = rendered(value)
    if type(found) is str:  # of a class made of str
        return found
    return getattr(found, "text", "") or f"<{type_name(type(value))}>"
