"""The ``start_response`` and ``write`` that layers are given: transparent, and told of."""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import msgspec

from wsgitrace.events import Headers, StartResponse, Text, Wrote, to_text
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import is_callable, mro, type_name
from wsgitrace.probe.lines import line_of_layer
from wsgitrace.probe.misfits import note, note_start
from wsgitrace.probe.spans import Span, current
from wsgitrace.probe.trampoline import ours

_current = current.get
_make_current = current.set
_getframe = sys._getframe  # noqa: SLF001 -- the one way to the line of a caller

if TYPE_CHECKING:
    from types import FrameType


class TracingStartResponse(msgspec.Struct, eq=False, weakref=True):
    """Stands for one ``start_response``: calls it exactly as it is called itself, and records the call.

    A layer that hands on the one it was given hands on this very object, so one may belong to several passes.
    """

    wsgitrace_inner: Any
    wsgitrace_owner: Span
    """The first pass it was given to."""
    wsgitrace_last: Span
    """The last one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the ``start_response`` it stands for."""
        owner = self.wsgitrace_owner
        recording = owner.recording
        previous = _current()
        told: tuple[Span, tuple[int, ...]] | None = None
        nested = recording.starting
        if recording.live:
            try:
                told = self._tell(previous, _getframe(1), args, kwargs)
                if owner.id:
                    # The callable is the outer layer's: what it does in turn is that layer's doing.
                    recording.starting = True
                    _make_current(owner.parent or owner)
            except Exception as error:  # noqa: BLE001 -- promise 2
                told = None
                recording.faults.contain("start_response", error, recording)
        try:
            if recording.stepping:
                args, kwargs = _held(told[0] if told else previous, args, kwargs)
            write = self.wsgitrace_inner(*args, **kwargs)
        except BaseException as error:
            drop_frame(error)
            if told:
                record_raised(owner.parent or owner, "start_response", error)
            raise
        finally:
            if told and owner.id:
                _make_current(previous)
                recording.starting = nested
        return _observed_write(told, write) if told and recording.live else write

    def _tell(
        self, running: Span | None, frame: FrameType, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Span, tuple[int, ...]]:
        """Record a call made in ``frame``: the pass that made it, and the outer ones whose call it is, too."""
        span = running
        if span is None or span.start_response is not self or not span.id:
            span = self._caller(span)
        recording = span.recording
        outer = span.parent
        through = () if outer is None or outer.start_response is not self else _passed_through(self, outer)
        if not recording.starting:
            # Those of the innermost caller are told in the summary: later ones are deeper, or were called after what
            # they replace.
            span.started = started = span.started + 1
            if span.id >= recording.starter:
                recording.starter, recording.starts = span.id, started
        _record_start(span, args, kwargs, through, _line_of(frame, span))
        return span, through

    def _caller(self, span: Span | None) -> Span:
        """The innermost running pass that was given this; else the last one that was."""
        while span is not None:
            if span.start_response is self and span.id:
                return span
            span = span.parent
        return self.wsgitrace_last

    @property
    def __class__(self) -> Any:
        """That of the callable it stands for."""
        return self.wsgitrace_inner.__class__

    @__class__.setter
    def __class__(self, value: Any) -> None:
        self.wsgitrace_inner.__class__ = value

    def __repr__(self) -> str:
        return repr(self.wsgitrace_inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wsgitrace_inner, name)


_OWN = TracingStartResponse.__call__.__code__


def _line_of(frame: FrameType, span: Span) -> int:
    """The layer's own line at a call of ``start_response`` in ``frame``; nobody may know yet that a layer made it."""
    back = frame.f_back
    called_by = None if back is None else back.f_code
    if called_by is _OWN or (frame.f_code is span.layer.code and id(called_by) in ours):
        # What the layer has for a start_response, or its own function, both called by one of ours.
        return frame.f_lineno or 0
    if id(called_by) not in ours:
        # A layer would have been called by a trampoline, its start_response by what stands for it.
        span.recording.exchanges.sightings.look(frame, span)
    return line_of_layer(frame, span.layer.code)


class TracingWrite(msgspec.Struct, eq=False, weakref=True):
    """Stands for one ``write``."""

    wsgitrace_inner: Any
    span: Span
    through: tuple[int, ...]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the ``write`` it stands for."""
        recording = self.span.recording
        if not recording.live:
            try:
                return self.wsgitrace_inner(*args, **kwargs)
            except BaseException as error:
                drop_frame(error)
                raise
        seq = recording.seq()
        began = perf_counter_ns()
        try:
            result = self.wsgitrace_inner(*args, **kwargs)
        except BaseException as error:
            drop_frame(error)
            if args and type(args[0]) is not bytes:
                note(self.span, "write", args[0])
            record_raised(self.span.parent or self.span, "write", error)
            raise
        if recording.live:
            try:
                record_write(self, seq, began, args)
            except Exception as error:  # noqa: BLE001 -- promise 2
                recording.faults.contain("write", error, recording)
        return result

    def __repr__(self) -> str:
        return repr(self.wsgitrace_inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wsgitrace_inner, name)


def _observed_write(told: tuple[Span, tuple[int, ...]], write: Any) -> Any:
    """What the caller of ``start_response`` is given for the ``write`` that it returned."""
    span, through = told
    try:
        kind = type(write)
        if kind is TracingWrite:
            # The outer layer handed on what its own start_response returned: one object for all of them.
            return TracingWrite(write.wsgitrace_inner, span, (*through, write.span.id, *write.through))
        if kind is MethodType or kind is FunctionType or is_callable(write):
            return TracingWrite(write, span, through)
    except Exception as error:  # noqa: BLE001 -- promise 2
        span.recording.faults.contain("start_response", error, span.recording)
    return write


def _passed_through(start_response: TracingStartResponse, outer: Span | None) -> tuple[int, ...]:
    """The outer passes, innermost first, that were given the same one."""
    through = []
    while outer is not None and outer.id and outer.start_response is start_response:
        through.append(outer.id)
        outer = outer.parent
    return tuple(through)


def _record_start(
    span: Span, args: tuple[Any, ...], kwargs: dict[str, Any], through: tuple[int, ...], line: int
) -> None:
    """Record one call."""
    recording = span.recording
    if not kwargs and len(args) == 2:  # noqa: PLR2004 -- as nearly all call it
        status, given = args
        exc_info = None
    elif not kwargs and len(args) == 3:  # noqa: PLR2004 -- as those do that stand for another
        status, given, exc_info = args
    else:
        status, given, exc_info = _arguments(*args, **kwargs)
    headers = _plain_headers(given)
    seq = recording.seq()
    at = perf_counter_ns() - recording.began
    if type(status) is str and headers is not None:
        name = "" if exc_info is None else _exc_info_name(exc_info)
        event = StartResponse(seq, span.id, get_ident(), at, status, headers, name, through, line)
    else:
        event = _malformed(seq, span, at, status, given, exc_info, through, line)
    recording.append(event)
    if exc_info is not None or kwargs or type(given) is not list or headers is None or type(status) is not str:
        note_start(span, status, given, exc_info, kwargs)


def _held(span: Span | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Where the call may be held: the arguments that it is made with after that."""
    if span is None:
        return args, kwargs
    status, headers, exc_info = _arguments(*args, **kwargs)
    hand = span.recording.parking.park_last(span, "start_response", (status, headers))
    if hand[0] is status and hand[1] is headers:
        return args, kwargs
    return (*hand, exc_info) if exc_info is not None else hand, {}


def _arguments(
    status: Any = None, headers: Any = None, exc_info: Any = None, *_rest: Any, **names: Any
) -> tuple[Any, Any, Any]:
    """The three arguments of a call, however it was made."""
    return status, names.get("response_headers", headers), exc_info


def _malformed(  # noqa: PLR0917 -- the facts of one call
    seq: int, span: Span, at: int, status: Any, headers: Any, exc_info: Any, through: tuple[int, ...], line: int
) -> StartResponse:
    """The event of a call whose status or headers are not of the types that PEP 3333 asks for: a rendering."""
    plain = _plain_headers(headers)
    return StartResponse(
        seq,
        span.id,
        get_ident(),
        at,
        status if type(status) is str else _as_text(status),
        _as_headers(headers) if plain is None else plain,
        "" if exc_info is None else _exc_info_name(exc_info),
        through,
        line,
        malformed=True,
    )


def _plain_headers(headers: Any) -> Headers | None:
    """The header fields as they are; None when they are not a list of pairs of strings."""
    if type(headers) is list:
        fields = tuple(headers)
    elif list in mro(type(headers)):
        fields = tuple(list.__iter__(headers))
    else:
        return None
    for field in fields:
        if type(field) is not tuple or len(field) != 2:  # noqa: PLR2004 -- name and value
            return None
        name, value = field
        if type(name) is not str or type(value) is not str:
            return None
    return fields


def _as_text(value: Any) -> Text:
    """A rendering of what should have been a string."""
    kind = type(value)
    if kind is bytes or kind is int or value is None:
        return repr(value)
    if str in mro(kind):
        return to_text(str.__getitem__(value, slice(None)))
    return f"<{type_name(kind)}>"


def _as_headers(headers: Any) -> Headers:
    """A rendering of what should have been a list of pairs."""
    if type(headers) not in {list, tuple}:
        return () if headers is None else ((_as_text(headers), ""),)
    fields = []
    for field in headers:
        pair = tuple(field) if type(field) in {tuple, list} else (field,)
        fields.append((_as_text(pair[0]) if pair else "", _as_text(pair[1]) if len(pair) > 1 else ""))
    return tuple(fields)


def _exc_info_name(exc_info: Any) -> str:
    first = exc_info[0] if type(exc_info) is tuple and exc_info else exc_info
    kind = first if type(first) is type or type in mro(type(first)) else type(first)
    return type_name(kind)


def record_write(write: TracingWrite, seq: int, began: int, args: tuple[Any, ...]) -> None:
    """Record one call of ``write``, which has returned."""
    span = write.span
    recording = span.recording
    took = perf_counter_ns() - began
    item = args[0] if args else None
    if type(item) is bytes:
        length = len(item)
        data, stored = recording.keep(span, seq, item)
    else:
        note(span, "write", item)
        length, data, stored = 0, b"", False
    recording.add(Wrote(seq, span.id, get_ident(), began - recording.began, length, data, stored, write.through, took))
    if recording.stepping:
        recording.parking.park(span, seq, "write")
