"""The boundary around a layer: what its trampoline tells when it is called, returns or raises."""

from __future__ import annotations

from _thread import get_ident
from sys import _getframe
from time import perf_counter_ns
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Called, EnvironOut, InputReplaced, Returned
from wsgitrace.probe import bodies
from wsgitrace.probe.environ import NOTHING, difference_in, same, whole
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import class_attribute, is_callable, type_name
from wsgitrace.probe.inward import Instead
from wsgitrace.probe.lines import line_of_layer
from wsgitrace.probe.misfits import note
from wsgitrace.probe.shapes import is_environ, resembles_start_response
from wsgitrace.probe.spans import Span, current
from wsgitrace.probe.start_response import TracingStartResponse
from wsgitrace.probe.trampoline import ours

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.layers import Known, Layer
    from wsgitrace.probe.recorder import Recording

_current = current.get
_make_current = current.set
_MISSING: Any = object()
_ELEMENTS = 10_000
_LOOKS = 64
_UNCHANGED: tuple[dict[str, Value], tuple[str, ...], bool] = (NOTHING, (), False)
_copy = dict.copy


class CallHook:
    """Observes the calls of one function. Every method is contained: none raises."""

    __slots__ = ("_exchanges", "_layers", "_looks", "_named", "known", "orig")

    instead = Instead
    """What :meth:`enter` raises where the user wants something else to happen than the call."""

    def __init__(self, known: Known, exchanges: Exchanges, *, named: bool) -> None:
        self.known = known
        self.orig: Any = None
        """Runs the original code (set by the swap)."""
        self._exchanges = exchanges
        self._layers = self.known.by_object
        self._looks = _LOOKS
        """Passes at which the stack is still looked at; after them only now and then."""
        self._named = named
        """True when the function's parameters are called as WSGI's are: then any callable is a start_response."""

    def enter(self, this: Any, environ: Any, start_response: Any) -> Span | None:
        """The function was called: the pass that begins, None when the call is none of a traced exchange."""
        previous = parent = _current()
        try:
            if parent is None or environ is not parent.environ or start_response is not parent.start_response:
                parent = self._caller(parent, environ, start_response)
                if parent is None:
                    return None
            elif this is parent.this and this is not None:
                # A layer that calls a method of its own with the same request is one pass.
                return None
            recording = parent.recording
            layer = recording.live and (self._layers.get(id(this)) or self._layer(this, recording))
            if not layer:
                return None
            if self._looks or recording.looking:
                self._look(parent)
                recording.parking.inward.note(parent, environ, layer, self.known.callee(this))
            snapshot, thread = parent.snapshot, get_ident()
            if same(environ, snapshot):
                changed, removed, subrequest = _UNCHANGED
                line = 0
            else:
                snapshot, changed, removed, subrequest = _changes(environ, start_response, parent, thread)
                line = self._line(parent)
            span = Span(
                recording.next_span(), parent, recording, layer, this, environ, start_response, previous, thread,
                snapshot,
            )  # fmt: skip
            parent.calls += 1
            handed_on = start_response is parent.start_response
            if handed_on or type(start_response) is TracingStartResponse:
                start_response.wsgitrace_last = span
            else:
                span.start_response = TracingStartResponse(start_response, span, span)
            recording.spans.append(span)
            seq = recording.seq()
            recording.append(
                Called(
                    seq, span.id, thread, perf_counter_ns() - recording.began, parent.id, layer.id, changed, removed,
                    subrequest, environ is parent.environ, handed_on, line,
                )
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._exchanges.faults.contain("enter", error, None if parent is None else parent.recording)
            return None
        _make_current(span)
        if recording.stepping or not (recording.frames or layer.usually_calls):
            self._before(span, seq)
        return span

    def _before(self, span: Span, seq: int) -> None:
        """Before the function runs: hold it here, or send what led to it, which its end of the process would lose."""
        recording = span.recording
        if recording.stepping:
            if span.parent is not None:
                recording.parking.inward.note(span.parent, span.environ, span.layer, self.known.callee(span.this))
            recording.parking.park(span, seq, "called")
        else:
            try:
                recording.secure()
            except Exception as error:  # noqa: BLE001 -- promise 2
                self._exchanges.faults.contain("enter", error, recording, span.id)

    def _caller(self, running: Span | None, environ: Any, start_response: Any) -> Span | None:
        """The pass that made a call other than by handing on what it was given; None when it is no traced one."""
        if (type(environ) is not dict or "REQUEST_METHOD" not in environ) and not is_environ(environ):
            return None
        caller = running
        if caller is None or not caller.recording.open:
            caller = self._exchanges.find(environ, start_response)
            if caller is None:
                return None
        if (
            caller.recording.live
            and start_response is not caller.start_response
            and type(start_response) is not TracingStartResponse
            and not self._accepts(start_response)
        ):
            return None
        if type(environ) is not dict and environ is not caller.environ and caller.recording.live:
            note(caller, "environ", environ)
        return caller

    def _layer(self, this: Any, recording: Recording) -> Layer | None:
        """The layer of a call on an object that the walk had not seen; None for a helper of another layer."""
        known = self.known
        layer = known.find(this)
        if layer is None and (this is None or is_callable(this) or known.is_method_of(type(this))):
            layer = self._exchanges.layers.discover(known, this, recording.number)
        return layer

    def _look(self, caller: Span) -> None:
        """See what stands between this call and the pass that it was made in."""
        if self._looks:
            self._looks -= 1
        self._exchanges.sightings.look_around(_getframe(2), caller)

    @staticmethod
    def _line(caller: Span) -> int:
        """Where the layer stands that changed something before this call; the server's line is of no interest."""
        frame = _getframe(2) if caller.id else None
        while frame is not None and id(frame.f_code) not in ours:
            frame = frame.f_back
        return 0 if frame is None or frame.f_back is None else line_of_layer(frame.f_back, caller.layer.code)

    def enter_loose(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Span, tuple[Any, ...], dict[str, Any]] | None:
        """As :meth:`enter`, for a function that takes ``*args``: the arguments to go on with, too."""
        environ = start_response = None
        try:
            if "start_response" in kwargs:
                environ = kwargs.get("environ", args[-1] if args else None)
                span = self.enter(args[0] if len(args) > 1 else None, environ, kwargs["start_response"])
                return None if span is None else (span, args, {**kwargs, "start_response": span.start_response})
            for index in range(min(len(args) - 1, 4)):
                environ, start_response = args[index], args[index + 1]
                if type(environ) is dict and is_callable(start_response):
                    span = self.enter(args[0] if index else None, environ, start_response)
                    if span is None:
                        return None
                    return span, (*args[: index + 1], span.start_response, *args[index + 2 :]), kwargs
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._exchanges.faults.contain("enter", error)
        return None

    def leave(self, span: Span, result: Any) -> Any:
        """The function returned: what its caller is given, which is the very ``result`` or observes it."""
        _make_current(span.previous)
        recording = span.recording
        if not recording.live:
            return result
        try:
            if not same(span.environ, span.snapshot):
                _record_environ_out(span, recording)
            span.returned = True
            kind = type(result)
            wrapped, length, passed, closes = result, None, None, None
            if kind is list or kind is tuple:
                # Handed on as it is: its items will be taken without telling.
                name, length, closes = "list" if kind is list else "tuple", len(result), False
                if result is span.inner:
                    passed = span.inner_id
            else:
                name = type_name(kind)
                wrapped, length, passed, closes = _observed(result, kind, span, recording)
            seq = recording.seq()
            at = perf_counter_ns() - recording.began
            recording.append(Returned(seq, span.id, span.thread, at, name, length, passed, closes))
            span.inner = None
            if length is not None:
                parent = span.parent
                if parent is not None and parent.id:
                    parent.inner = result
                    parent.inner_id = span.id
                if passed is None and length:
                    _record_items(span, recording, result)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("leave", error, recording, span.id)
            return result
        if recording.stepping:
            return recording.parking.park(span, seq, "returned", wrapped)
        return wrapped

    @staticmethod
    def untraced(error: BaseException) -> None:
        """A call that is not observed raised."""
        drop_frame(error, 2)

    def failed(self, span: Span, error: BaseException) -> None:
        """The function raised."""
        _make_current(span.previous)
        drop_frame(error, 2)
        self._exchanges.sightings.look_back(error, span)
        record_raised(span, "call", error)
        span.inner = None

    def _accepts(self, start_response: Any) -> bool:
        if self._named:
            return type(start_response) is FunctionType or is_callable(start_response)
        return resembles_start_response(start_response)


def _changes(
    environ: dict[str, Any], start_response: Any, parent: Span, thread: int
) -> tuple[dict[str, Any], dict[str, Value], tuple[str, ...], bool]:
    """What a call hands on that ``parent`` was not given.

    A copy of its environ, the changed keys, the removed ones, and if it is another request.
    """
    recording = parent.recording
    same_environ = environ is parent.environ
    if parent.id == 0:
        handed_on = same_environ and start_response is parent.start_response and not parent.calls
        return _copy(environ), whole(environ, short=recording.short and handed_on), (), False
    snapshot = parent.snapshot
    found = difference_in(recording, snapshot, environ)
    subrequest = not same_environ and _other_request(environ, snapshot)
    if not subrequest:
        _look_at_input(environ, snapshot, parent, recording, thread)
    return found.new, found.changed, found.removed, subrequest


def _look_at_input(
    environ: dict[str, Any], snapshot: dict[str, Any], parent: Span, recording: Recording, thread: int
) -> None:
    """Record that ``parent`` handed on another ``wsgi.input`` than it was given, if it did."""
    given = environ.get("wsgi.input", _MISSING)
    if given is not snapshot.get("wsgi.input", _MISSING):
        at = perf_counter_ns() - recording.began
        recording.append(InputReplaced(recording.seq(), parent.id, thread, at, type_name(type(given))))


def _other_request(environ: dict[str, Any], snapshot: dict[str, Any]) -> bool:
    """True when neither stream is the one of the outer pass: the application made this request up itself."""
    return all(environ.get(key, _MISSING) is not snapshot.get(key, _MISSING) for key in ("wsgi.errors", "wsgi.input"))


def _record_environ_out(span: Span, recording: Recording) -> None:
    """Record how the environ differs from what the pass was called with, if it does."""
    environ = span.environ
    if environ is not None:
        found = difference_in(recording, span.snapshot, environ)
        if found.changed or found.removed:
            at = perf_counter_ns() - recording.began
            recording.append(EnvironOut(recording.seq(), span.id, span.thread, at, found.changed, found.removed))


def _observed(
    result: Any, kind: type, span: Span, recording: Recording
) -> tuple[Any, int | None, int | None, bool | None]:
    """What the caller is given for a ``result`` that is no list or tuple itself; what :class:`Returned` says of it."""
    if issubclass(kind, (list, tuple)):
        # Not by the methods of the subclass.
        length = list.__len__(result) if issubclass(kind, list) else tuple.__len__(result)
        passed = span.inner_id if result is span.inner else None
        return result, length, passed, class_attribute(kind, "close") is not None
    wrapped, passed = result, None
    made = recording.constructed.get(id(result)) if recording.constructed else None
    if made is not None:
        passed = made.id
    elif bodies.is_body(kind):
        passed = bodies.pass_on(result, span)
        if passed is None and bodies.of_other_pass(result, span):
            wrapped = bodies.wrap(result, span)
    elif kind is not span.snapshot.get("wsgi.file_wrapper") and bodies.wraps(kind):
        # What wsgi.file_wrapper made is the server's own to recognise: it stays as it is.
        wrapped = bodies.wrap(result, span)
    return wrapped, None, passed, bodies.closes(wrapped) if bodies.is_body(type(wrapped)) else None


def _record_items(span: Span, recording: Recording, result: Any) -> None:
    """Record the items of a list or tuple."""
    kind = type(result)
    if kind is not list and kind is not tuple:
        # Not by the methods of the subclass.
        result = list.__iter__(result) if issubclass(kind, list) else tuple.__iter__(result)
    at = perf_counter_ns() - recording.began
    for index, item in enumerate(result):
        if index == _ELEMENTS:
            break
        bodies.record_chunk(span, recording, index, item, at, 0)
