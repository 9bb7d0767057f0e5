"""The boundary around a layer: what its trampoline tells when it is called, returns or raises."""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Called, EnvironOut, InputReplaced, Returned
from wsgitrace.probe import bodies
from wsgitrace.probe.environ import NOTHING, difference, same, whole
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import class_attribute, is_callable, type_name
from wsgitrace.probe.layers import Known
from wsgitrace.probe.shapes import is_environ, is_start_response
from wsgitrace.probe.spans import Span, current
from wsgitrace.probe.start_response import TracingStartResponse
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.layers import Layer
    from wsgitrace.probe.recorder import Recording

_current = current.get
_make_current = current.set
_MISSING: Any = object()
_ELEMENTS = 10_000
_copy = dict.copy


class CallHook:
    """Observes the calls of one function. Every method is contained: none raises."""

    __slots__ = ("_exchanges", "_layers", "_named", "known", "orig")

    def __init__(self, function: FunctionType, exchanges: Exchanges, *, named: bool) -> None:
        self.known = Known(function, original_code(function))
        self.orig: Any = function
        """Runs the original code (set by the swap)."""
        self._exchanges = exchanges
        self._layers = self.known.by_object
        self._named = named
        """True when the function's parameters are called as WSGI's are: then any callable is a start_response."""

    def enter(self, this: Any, environ: Any, start_response: Any) -> Span | None:
        """The function was called: the pass that begins, None when the call is none of a traced exchange."""
        previous = parent = _current()
        if (type(environ) is not dict or "REQUEST_METHOD" not in environ) and not is_environ(environ):
            return None
        try:
            if parent is None or not parent.recording.open:
                parent = self._exchanges.find(environ, start_response)
                if parent is None:
                    return None
            recording = parent.recording
            same_start = start_response is parent.start_response
            if not recording.live or not (
                same_start or type(start_response) is TracingStartResponse or self._accepts(start_response)
            ):
                return None
            if this is parent.this and same_start and this is not None and environ is parent.environ:
                # A layer that calls a method of its own with the same request is one pass.
                return None
            layer = self._layers.get(id(this)) or self._layer(this, recording)
            span = Span(recording.next_span(), parent, recording, layer, this, environ, start_response, previous)
            seq = _begin(span, parent, recording, same_start)
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._exchanges.faults.contain("enter", error, None if parent is None else parent.recording)
            return None
        _make_current(span)
        if recording.stepping:
            recording.parking.park(span, seq, "called")
        return span

    def _layer(self, this: Any, recording: Recording) -> Layer:
        """The layer of a call on an object that the walk had not seen."""
        return self.known.find(this) or self._exchanges.layers.discover(self.known, this, recording.number)

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
            return _end(span, recording, result)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("leave", error, recording, span.id)
            return result

    @staticmethod
    def untraced(error: BaseException) -> None:
        """A call that is not observed raised."""
        drop_frame(error, 2)

    def failed(self, span: Span, error: BaseException) -> None:
        """The function raised."""
        _make_current(span.previous)
        drop_frame(error, 2)
        record_raised(span, "call", error)
        span.inner = None

    def _accepts(self, start_response: Any) -> bool:
        if self._named:
            return type(start_response) is FunctionType or is_callable(start_response)
        return is_start_response(start_response)


def _begin(span: Span, parent: Span, recording: Recording, same_start: bool) -> int:  # noqa: FBT001 -- one fact
    """Begin a pass and record the call; the seq of its event."""
    environ: Any = span.environ
    same_environ = environ is parent.environ
    snapshot = parent.snapshot
    changed = NOTHING
    removed: tuple[str, ...] = ()
    subrequest = False
    if parent.id == 0:
        span.snapshot = snapshot = _copy(environ)
        changed = whole(snapshot, short=recording.short and same_environ and not parent.calls)
    elif same(environ, snapshot):
        span.snapshot = snapshot
    else:
        changed, removed = difference(snapshot, environ)
        subrequest = not same_environ and _other_request(environ, snapshot)
        if not subrequest:
            _look_at_input(environ, snapshot, parent, recording)
        span.snapshot = _copy(environ)
    parent.calls += 1
    start_response = span.start_response
    if same_start or type(start_response) is TracingStartResponse:
        start_response.wsgitrace_last = span
    else:
        span.start_response = TracingStartResponse(start_response, span)
    recording.spans.append(span)
    seq = recording.seq()
    at = perf_counter_ns() - recording.began
    recording.add(
        Called(
            seq, span.id, get_ident(), at, parent.id, span.layer.id, changed, removed, subrequest, same_environ,
            same_start,
        )
    )  # fmt: skip
    return seq


def _look_at_input(environ: dict[str, Any], snapshot: dict[str, Any], parent: Span, recording: Recording) -> None:
    """Record that ``parent`` handed on another ``wsgi.input`` than it was given, if it did."""
    given = environ.get("wsgi.input", _MISSING)
    if given is not snapshot.get("wsgi.input", _MISSING):
        at = perf_counter_ns() - recording.began
        recording.append(InputReplaced(recording.seq(), parent.id, get_ident(), at, type_name(type(given))))


def _other_request(environ: dict[str, Any], snapshot: dict[str, Any]) -> bool:
    """True when neither stream is the one of the outer pass: the application made this request up itself."""
    return all(environ.get(key, _MISSING) is not snapshot.get(key, _MISSING) for key in ("wsgi.errors", "wsgi.input"))


def _end(span: Span, recording: Recording, result: Any) -> Any:
    """End the call of a pass, and observe what it returned."""
    environ = span.environ
    if environ is not None and not same(environ, span.snapshot):
        changed, removed = difference(span.snapshot, environ)
        if changed or removed:
            at = perf_counter_ns() - recording.began
            recording.append(EnvironOut(recording.seq(), span.id, get_ident(), at, changed, removed))
    span.returned = True
    kind = type(result)
    if kind is list or kind is tuple or issubclass(kind, (list, tuple)):
        return _end_with_sequence(span, recording, result, kind)
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
    closes = bodies.closes(wrapped) if bodies.is_body(type(wrapped)) else None
    seq = recording.seq()
    at = perf_counter_ns() - recording.began
    recording.append(Returned(seq, span.id, get_ident(), at, type_name(kind), None, passed, closes))
    span.inner = None
    if recording.stepping:
        recording.parking.park(span, seq, "returned")
    return wrapped


def _end_with_sequence(span: Span, recording: Recording, result: Any, kind: type) -> Any:
    """The same for a list or tuple, which is handed on as it is: its items will be taken without telling."""
    passed = span.inner_id if result is span.inner else None
    if kind is list or kind is tuple:
        name, length, closes = kind.__name__, len(result), False
    else:
        # Not by the methods of the subclass.
        length = list.__len__(result) if issubclass(kind, list) else tuple.__len__(result)
        name, closes = type_name(kind), class_attribute(kind, "close") is not None
    seq = recording.seq()
    at = perf_counter_ns() - recording.began
    recording.append(Returned(seq, span.id, get_ident(), at, name, length, passed, closes))
    span.inner = None
    parent = span.parent
    if parent is not None and parent.id:
        parent.inner = result
        parent.inner_id = span.id
    if passed is None and length:
        _record_items(span, recording, result)
    if recording.stepping:
        recording.parking.park(span, seq, "returned")
    return result


def _record_items(span: Span, recording: Recording, result: Any) -> None:
    """Record the items of a list or tuple."""
    items = list.__iter__(result) if issubclass(type(result), list) else tuple.__iter__(result)
    for index, item in enumerate(items):
        if index == _ELEMENTS:
            break
        bodies.record_chunk(span, recording, index, item, 0)
