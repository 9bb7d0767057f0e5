"""What layers hand over that is not of the type that PEP 3333 asks for: told of where it is met, and left as it is.

Nothing here runs where all is as it should be.
"""

from __future__ import annotations

from _thread import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Misfit, to_key
from wsgitrace.probe.foreign import mro, type_name

if TYPE_CHECKING:
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span

_PAIR = 2
_TRIPLE = 3


def note(span: Span, what: Any, value: object) -> None:
    """Record that ``value`` is of the wrong type. Never raises."""
    note_named(span.recording, span.id, what, type_name(type(value)))


def note_named(recording: Recording, span: int, what: Any, name: str) -> None:
    """The same where the pass is known by its number alone, and the type by its name."""
    try:
        if recording.live:
            recording.append(Misfit(recording.seq(), span, get_ident(), recording.elapsed(), what, name))
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("misfit", error, recording)


def note_start(span: Span, status: Any, headers: Any, exc_info: Any, names: dict[str, Any]) -> None:
    """Record what is wrong with the arguments of a call of ``start_response``; of the headers the first alone."""
    if names:
        note_named(span.recording, span.id, "arguments", ", ".join(to_key(name) for name in names))
    if type(status) is not str:
        note(span, "status", status)
    if type(headers) is not list:
        note(span, "headers", headers)
    if list in mro(type(headers)) or type(headers) is tuple:
        _note_field(span, list.__iter__(headers) if type(headers) is not tuple else iter(headers))
    if exc_info is not None and not _is_exc_info(exc_info):
        note(span, "exc_info", exc_info)


def _note_field(span: Span, fields: Any) -> None:
    for field in fields:
        if type(field) is not tuple or len(field) != _PAIR:
            note(span, "header", field)
            return
        name, value = field
        if type(name) is not str:
            note(span, "name", name)
            return
        if type(value) is not str:
            note(span, "value", value)
            return


def _is_exc_info(value: Any) -> bool:
    if type(value) is not tuple or len(value) != _TRIPLE:
        return False
    kind, error, traceback = value
    if kind is None and error is None:
        return traceback is None  # what sys.exc_info() gives outside of an except block
    return BaseException in mro(type(error)) and (traceback is None or type(traceback) is TracebackType)
