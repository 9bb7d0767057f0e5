"""Passes through a framework's layers: begun, ended and failed like those through WSGI layers."""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Called, EnvironOut, Returned
from wsgitrace.probe.environ import NOTHING, difference_in, same, whole
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import mro, type_name
from wsgitrace.probe.frameworks.state import State
from wsgitrace.probe.inward import Instead
from wsgitrace.probe.spans import Span, current

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer
    from wsgitrace.probe.frameworks.state import Terms
    from wsgitrace.probe.recorder import Recording

_current = current.get
_make_current = current.set
_copy = dict.copy
_NONE: tuple[str, ...] = ()


class Passes:
    """Records what happens at the layers of one framework. No method raises."""

    def __init__(self, terms: Terms, exchanges: Exchanges, framework: str, signals: frozenset[str]) -> None:
        self._terms = terms
        self._faults = exchanges.faults
        self._hook = f"{framework} adapter"
        self._signals = signals
        """Dotted names of exceptions by which this framework's views answer: raising one is no failure."""
        self.active = True
        """False once a fault of ours was seen here: then nothing more is observed."""

    def fault(self, error: BaseException) -> None:
        """Take note of a fault of ours; the request goes on, and this adapter observes nothing any more."""
        self.active = False
        self._faults.contain(self._hook, error)

    def enter(self, layer: FrameworkLayer, this: Any, request: Any, response: Any = None) -> Span | None:
        """A layer is about to be called: the pass that begins, None when that is not observed."""
        parent = _current()
        if parent is None or not self.active:
            return None
        recording = parent.recording
        if not recording.live or parent.environ is None or not parent.id:
            return None
        if this is not None and this is parent.this and layer is parent.layer:
            # A method that calls the one of its base class is one pass.
            return None
        try:
            state: State | None = recording.framework
            if (
                state is None
                or state.terms is not self._terms
                or (request is not None and state.request is not request)
            ):
                recording.framework = State(self._terms, _application(parent), request, response)
            else:
                state.look(parent, "in", response)
            environ: Any = parent.environ
            snapshot, changed, removed = parent.snapshot, NOTHING, _NONE
            if not same(environ, snapshot):
                snapshot, changed, removed = _changes(environ, snapshot, recording)
            thread = get_ident()
            span = Span(
                recording.next_span(), parent, recording, layer, this, environ, None, parent, thread, snapshot
            )  # fmt: skip
            recording.spans.append(span)
            seq = recording.seq()
            at = perf_counter_ns() - recording.began
            recording.append(Called(seq, span.id, thread, at, parent.id, layer.id, changed, removed))
        except Exception as error:  # noqa: BLE001 -- promise 2
            self.fault(error)
            return None
        if not parent.layer.framework:
            # The application of a framework answers by its own layers, whatever other application it may hold.
            parent.layer.answers()
        elif not layer.is_hook or parent.layer.is_handler:
            # A handler whose hook answers instead of the view did its work: it is the hook that answered.
            parent.calls += 1
        _make_current(span)
        if recording.stepping:
            _hold(span, seq)
        return span

    def leave(self, span: Span, result: Any, response: Any = None) -> None:
        """The layer returned ``result``; ``response`` where that is another object."""
        _make_current(span.previous)
        recording = span.recording
        if not recording.live:
            return
        try:
            if not same(span.environ, span.snapshot):
                _environ_out(span, recording)
            state: State | None = recording.framework
            if state is not None and state.terms is self._terms:
                state.look(span, "out", result if response is None else response)
            span.returned = True
            seq = recording.seq()
            at = perf_counter_ns() - recording.began
            recording.add(Returned(seq, span.id, get_ident(), at, type_name(type(result)), closes=False))
        except Exception as error:  # noqa: BLE001 -- promise 2
            self.fault(error)
            return
        if recording.stepping:
            recording.parking.park(span, seq, "returned", result)

    def failed(self, span: Span, error: BaseException, response: Any = None) -> None:
        """The layer raised; called by the function whose frame shall not be in the traceback."""
        _make_current(span.previous)
        drop_frame(error, 2)
        recording = span.recording
        if not recording.live:
            return
        try:
            if not same(span.environ, span.snapshot):
                _environ_out(span, recording)
            state: State | None = recording.framework
            if state is not None and state.terms is self._terms:
                state.look(span, "out", response)
                state.failed = (span.id, id(error))
            before = recording.inner_exception
            record_raised(span, "call", error)
            if any(type_name(kind) in self._signals for kind in mro(type(error))):
                recording.inner_exception = before
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self.fault(fault)

    def converted(self, error: Any, response: Any) -> None:
        """The framework itself made ``response`` of an exception that left one of its layers."""
        span = _current()
        if span is None or not self.active or not span.recording.live:
            return
        try:
            state: State | None = span.recording.framework
            if state is not None and state.terms is self._terms:
                failed, identity = state.failed
                state.look(state.owner, "in", response, failed if identity == id(error) else None)
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self.fault(fault)

    def matched(self, route: Any, view: str) -> None:
        """A route matched, or a view is about to be called."""
        span = _current()
        if span is not None and span.recording.live:
            recording = span.recording
            if type(route) is str and not recording.route:
                recording.route = route
            if view and not recording.view:
                recording.view = view


def _application(span: Span) -> Span:
    """The pass through the framework's application that ``span`` is in."""
    while span.layer.framework and span.parent is not None:
        span = span.parent
    return span


def _hold(span: Span, seq: int) -> None:
    """A layer is called, and may be held there. Raises what the user wants raised instead of the call."""
    try:
        span.recording.parking.park(span, seq, "called")
    except Instead as instead:
        instead.outcome(None)


def _changes(
    environ: dict[str, Any], snapshot: dict[str, Any], recording: Recording
) -> tuple[dict[str, Any], dict[str, Value], tuple[str, ...]]:
    """A copy of the environ, and what a pass changed in it since ``snapshot``: changed keys, and removed ones."""
    if snapshot:
        found = difference_in(recording, snapshot, environ)
        return found.new, found.changed, found.removed
    snapshot = _copy(environ)
    return snapshot, whole(snapshot, short=False), _NONE


def _environ_out(span: Span, recording: Recording) -> None:
    environ = span.environ
    if environ is not None:
        found = difference_in(recording, span.snapshot, environ)
        if found.changed or found.removed:
            at = perf_counter_ns() - recording.began
            recording.append(EnvironOut(recording.seq(), span.id, get_ident(), at, found.changed, found.removed))
