"""Classes that are called as applications (the ``AppClass`` of PEP 3333): the instance is the response.

What their callers hold is the instance itself, so it cannot be handed on as anything else. Instead the code of the
class's own ``__iter__`` and ``close`` is swapped, and looks up which pass the instance is the body of.
"""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.events import CloseBegan, CloseEnded, IterationBegan, Returned
from wsgitrace.probe import bodies
from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import class_attribute, type_name
from wsgitrace.probe.spans import current
from wsgitrace.probe.trampoline import Parameters, around_source, is_ours, swap

if TYPE_CHECKING:
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.spans import Span


class ConstructorHook(CallHook):
    """Observes the ``__init__`` of one class."""

    __slots__ = ()

    def enter(self, this: Any, environ: Any, start_response: Any) -> Span | None:
        """An instance is made: the pass that begins."""
        span = super().enter(None, environ, start_response)
        if span is not None:
            span.this = this
        return span

    def leave(self, span: Span, result: Any) -> Any:
        """The instance is made, which is to say that the application returned."""
        current.set(span.previous)
        recording = span.recording
        if not recording.live:
            return result
        try:
            this = span.this
            span.returned = True
            recording.constructed[id(this)] = span
            closes = class_attribute(type(this), "close") is not None
            if closes:
                recording.unclosed += 1
            seq = recording.seq()
            at = perf_counter_ns() - recording.began
            recording.add(Returned(seq, span.id, get_ident(), at, type_name(type(this)), None, None, closes))
            if recording.stepping:
                recording.parking.park(span, seq, "returned", this)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("leave", error, recording, span.id)
        return result


class _MethodHook:
    """Observes one method of the class, called on an instance that is the body of a pass."""

    __slots__ = ("_exchanges", "orig")

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self.orig: Any = None

    @staticmethod
    def untraced(error: BaseException) -> None:
        """A call that is not observed raised."""
        drop_frame(error, 2)

    def failed(self, span: Span, error: BaseException) -> None:
        """The method raised."""
        current.set(span.previous)
        drop_frame(error, 2)
        record_raised(span, self.during, error)

    during: Any = "next"


class IterHook(_MethodHook):
    """Observes ``__iter__``."""

    __slots__ = ()

    def enter(self, this: Any) -> Span | None:
        """Iteration over an instance begins."""
        span = self._exchanges.made(this)
        if span is not None:
            span.previous = current.get()
            current.set(span)
        return span

    def leave(self, span: Span, result: Any) -> Any:
        """What is iterated over in its place."""
        current.set(span.previous)
        recording = span.recording
        try:
            recording.add(IterationBegan(recording.seq(), span.id, get_ident(), recording.elapsed()))
            if bodies.is_body(type(result)) or not bodies.wraps(type(result)):
                return result
            body = bodies.wrap(result, span, iterator=True)
            if recording.outermost_made is span:
                bodies.put_on_top(body)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("iteration", error, recording, span.id)
            return result
        return body


class CloseHook(_MethodHook):
    """Observes ``close``."""

    __slots__ = ()
    during: Any = "close"

    def enter(self, this: Any) -> Span | None:
        """An instance is being closed."""
        span = self._exchanges.made(this)
        if span is None:
            return None
        recording = span.recording
        try:
            recording.unclosed -= 1
            recording.add(CloseBegan(recording.seq(), span.id, get_ident(), recording.elapsed()))
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("close", error, recording, span.id)
            return None
        span.previous = current.get()
        current.set(span)
        return span

    def leave(self, span: Span, result: Any) -> Any:
        """It is closed."""
        current.set(span.previous)
        recording = span.recording
        if recording.live:
            try:
                recording.add(CloseEnded(recording.seq(), span.id, get_ident(), recording.elapsed()))
            except Exception as error:  # noqa: BLE001 -- promise 2
                recording.faults.contain("close", error, recording, span.id)
        return result


def observe_instances(kind: type, exchanges: Exchanges) -> None:
    """Have the iteration and closing of instances of ``kind`` observed."""
    for name, hook in (("__iter__", IterHook(exchanges)), ("close", CloseHook(exchanges))):
        function = class_attribute(kind, name)
        if type(function) is FunctionType and not is_ours(function) and function.__code__.co_argcount == 1:
            swap(function, hook, around_source(Parameters.of(function.__code__)))
