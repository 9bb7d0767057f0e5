"""Log records of the application, tied to their exchange.

No handler is added: a logger without one writes warnings to stderr by ``logging.lastResort``, and must go on to do so.
Instead the code of ``Logger.callHandlers`` is swapped, which runs after the filters.
"""

from __future__ import annotations

import logging
from _thread import get_ident
from typing import Any

from wsgitrace.events import Logged, to_key
from wsgitrace.probe.environ import bounded
from wsgitrace.probe.exceptions import drop_frame
from wsgitrace.probe.foreign import mro, type_name
from wsgitrace.probe.spans import current
from wsgitrace.probe.trampoline import Parameters, is_ours, notice_source, swap

_SCALARS = frozenset({str, bytes, int, float, bool, type(None)})


class _Shown:
    """Stands for an argument of a log record that must not be asked for its text."""

    __slots__ = ("_text",)

    def __init__(self, value: Any) -> None:
        self._text = f"<{type_name(type(value))}>"

    def __repr__(self) -> str:
        return self._text


class LogHook:
    """Records what reaches the handlers of any logger."""

    def __init__(self) -> None:
        self.orig: Any = logging.Logger.callHandlers

    def install(self) -> None:
        """Have every record told of from now on."""
        function: Any = logging.Logger.callHandlers
        if not is_ours(function):
            swap(function, self, notice_source(Parameters.of(function.__code__)))

    @staticmethod
    def untraced(error: BaseException) -> None:
        """Handling a record raised."""
        drop_frame(error, 2)

    def notice(self, _logger: Any, record: Any) -> None:
        """A record is about to be handled. Never raises."""
        span = current.get()
        if span is None or not span.recording.live:
            return
        recording = span.recording
        try:
            level, name = record.levelno, record.name
            recording.add(
                Logged(
                    recording.seq(),
                    span.id,
                    get_ident(),
                    recording.elapsed(),
                    level if type(level) is int else 0,
                    to_key(name) if type(name) is str else "",
                    bounded(message(record.msg, record.args)),
                )
            )
        except Exception as fault:  # noqa: BLE001 -- promise 2
            recording.faults.contain("log", fault, recording, span.id)


def message(template: Any, args: Any) -> str:
    """The text of a record; objects of the application are shown by their type."""
    if type(template) is not str:
        if str in mro(type(template)):
            return str.__getitem__(template, slice(None))
        return f"<{type_name(type(template))}>"
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
    if type(value) in _SCALARS:
        return value
    if isinstance(value, BaseException) and type(value).__str__ is BaseException.__str__:
        return _Shown(value)
    return _Shown(value)
