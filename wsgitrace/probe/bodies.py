"""Response iterables of layers, observed: what is iterated differs from the layer's own only in ``type()``."""

from __future__ import annotations

import weakref
from _thread import get_ident
from dataclasses import dataclass
from time import perf_counter_ns
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from wsgitrace.events import INLINE_LIMIT, Chunk, IterationBegan, IterationEnded
from wsgitrace.probe.closing import Close
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.foreign import class_attribute, class_dict, instance_dict, mro, qualified, type_name
from wsgitrace.probe.misfits import note
from wsgitrace.probe.recorder import BATCH
from wsgitrace.probe.spans import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span

_METHODS = frozenset(
    {FunctionType, WrapperDescriptorType, MethodDescriptorType, ClassMethodDescriptorType, BuiltinFunctionType}
)
_OWN = frozenset(
    {
        "__new__", "__init__", "__class__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__",
        "__dict__", "__weakref__", "__slots__", "__del__", "__doc__", "__module__", "__init_subclass__",
        "__subclasshook__", "__class_getitem__", "__set_name__", "__next__", "__iter__", "__getstate__",
        "__setstate__", "__reduce__",
    }
)  # fmt: skip
_UNWRAPPED = frozenset(
    {type(None), str, bytes, int, float, bool, dict, set, frozenset, bytearray, memoryview, list, tuple, type}
)


@dataclass(slots=True, eq=False)
class State:
    """What is known of one observed iterable."""

    inner: Any
    """The layer's own iterable."""
    span: Span
    """The pass that made it."""
    outer: Span
    """The outermost pass so far that returned it unchanged."""
    iterator: bool
    """True when it is not the iterable itself but an iterator over it."""
    open: bool
    """True while its ``close`` is to be called."""
    top: bool = False
    """True when it is what the server was given."""
    count: int = 0
    """Items so far."""


class Body:
    """An iterable of the application, with the pass that it is the body of.

    Nothing but one slot lives on it: attributes are the iterable's own, to be read, set and deleted.
    """

    __slots__ = ("__weakref__", "wsgitrace_state")

    wsgitrace_state: State

    @property
    def __class__(self) -> Any:
        """That of the layer's own iterable."""
        return _state(self).inner.__class__

    @__class__.setter
    def __class__(self, value: Any) -> None:
        _state(self).inner.__class__ = value

    def __getattr__(self, name: str) -> Any:
        value = getattr(_state(self).inner, name)
        if name == "close" and not _state(self).iterator and _state(self).span.recording.live:
            return Close(_state(self), value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_state(self).inner, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_state(self).inner, name)

    def __dir__(self) -> Any:
        return dir(_state(self).inner)


_current = current.get
_make_current = current.set
_state: Callable[[Any], State] = Body.__dict__["wsgitrace_state"].__get__
_set_state = Body.__dict__["wsgitrace_state"].__set__


def wraps(kind: type) -> bool:
    """True when what a layer returned is to be observed by a wrapper: any iterable but lists, tuples and mistakes."""
    if id(kind) in _classes:
        return True
    if kind in _UNWRAPPED or _features(kind) is None:
        return False
    bases = mro(kind)
    return list not in bases and tuple not in bases


def wrap(inner: Any, span: Span, *, iterator: bool = False) -> Any:
    """Observe ``inner`` as the body of ``span``."""
    kind = type(inner)
    made = _classes.get(id(kind))
    body_class, has_close = made[1:] if made is not None else _make_class(kind)
    body = body_class()
    closes = not iterator and (has_close or "close" in instance_dict(inner))
    _set_state(body, State(inner, span, span, iterator, closes))
    if closes:
        span.recording.unclosed += 1
    return body


def is_body(kind: type) -> bool:
    """True for the classes made here."""
    return issubclass(kind, Body)


def pass_on(body: Any, outer: Span) -> int | None:
    """Take note that ``outer`` returned ``body`` unchanged: the inner pass it had it from.

    None when it is not what an inner pass of this exchange returned.
    """
    if _state(body).iterator:
        return None
    inner: Span = _state(body).outer
    if inner.recording is not outer.recording:
        return None
    _state(body).outer = outer
    return inner.id


def of_other_pass(body: Any, span: Span) -> bool:
    """True when ``body`` is an iterator over what another pass of the same exchange returned."""
    inner: Span = _state(body).span
    return bool(_state(body).iterator) and inner is not span and inner.recording is span.recording


def closes(body: Any) -> bool:
    """True when ``body`` has a ``close`` that is still to be called."""
    return bool(_state(body).open)


def has_more(body: Any, span: Span) -> bool:
    """True when items of ``body`` are still to come, as those of ``span``."""
    if is_body(type(body)):
        return _state(body).span is span
    return span.recording.constructed.get(id(body)) is span


def put_on_top(body: Any) -> None:
    """Take note that the server was given ``body``."""
    _state(body).top = True


_classes: dict[int, tuple[weakref.ref[type], type, bool]] = {}


def _features(kind: type) -> tuple[bool, bool] | None:
    """Whether a class has ``__iter__`` and ``__next__``; None when it cannot be iterated over at all."""
    iterable = class_attribute(kind, "__iter__") is not None
    if not iterable and class_attribute(kind, "__getitem__") is None:
        return None
    return iterable, class_attribute(kind, "__next__") is not None


def _make_class(kind: type) -> tuple[type, bool]:
    """The class of the wrappers of ``kind``: with the special methods that ``kind`` has, and its name."""
    namespace: dict[str, Any] = {"__slots__": ()}
    for base in reversed(mro(kind)):
        if base is object:
            continue
        for name, value in class_dict(base).items():
            if name.startswith("__") and name.endswith("__") and name not in _OWN:
                if value is None:
                    namespace[name] = None
                elif type(value) in _METHODS:
                    namespace[name] = _forward(name)
    iterable, iterator = _features(kind) or (False, False)
    if iterable:
        namespace["__iter__"] = _observed_iter
    elif "__getitem__" in namespace:
        namespace["__getitem__"] = _observed_getitem
    if iterator:
        namespace["__next__"] = _observed_next
    namespace["__qualname__"], namespace["__module__"] = qualified(kind)
    made = type(type_name(kind).rpartition(".")[2], (Body,), namespace)
    has_close = class_attribute(kind, "close") is not None
    key = id(kind)
    # Weak, and nothing that is kept leads to the class: one that is made per request goes with its request.
    _classes[key] = (weakref.ref(kind, lambda _ref: _classes.pop(key, None)), made, has_close)
    return made, has_close


_forwards: dict[str, Callable[..., Any]] = {}


def _forward(name: str) -> Callable[..., Any]:
    """A special method that calls that of the layer's own iterable."""
    known = _forwards.get(name)
    if known is None:

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            inner = _state(self).inner
            return class_attribute(type(inner), name).__get__(inner, type(inner))(*args, **kwargs)

        method.__name__ = name
        known = _forwards[name] = method
    return known


def _observed_iter(self: Any) -> Any:
    inner = _state(self).inner
    span: Span = _state(self).span
    recording = span.recording
    if not recording.live:
        iterator = iter(inner)
        return self if iterator is inner else iterator
    previous = current.get()
    current.set(span)
    try:
        iterator = iter(inner)
    except BaseException as error:
        drop_frame(error)
        record_raised(span, "next", error, outermost=_state(self).top)
        raise
    finally:
        current.set(previous)
    try:
        seq = recording.seq()
        recording.add(IterationBegan(seq, span.id, get_ident(), recording.elapsed()))
        if iterator is inner:
            return self
        if is_body(type(iterator)) or not wraps(type(iterator)):
            return iterator
        wrapped = wrap(iterator, span, iterator=True)
        _state(wrapped).top = _state(self).top
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("iteration", error, recording, span.id)
        return self if iterator is inner else iterator
    return wrapped


def _observed_next(self: Any) -> Any:
    state: State = self.wsgitrace_state
    span = state.span
    recording = span.recording
    if not recording.live:
        try:
            return next(state.inner)
        except BaseException as error:
            drop_frame(error)
            raise
    previous = _current()
    if previous is not span:
        _make_current(span)
    began = perf_counter_ns()
    try:
        item = next(state.inner)
    except StopIteration as error:
        drop_frame(error)
        _go_back(state, previous)
        _record_end(span, perf_counter_ns() - began)
        raise
    except BaseException as error:
        drop_frame(error)
        _go_back(state, previous)
        record_raised(span, "next", error, perf_counter_ns() - began, outermost=state.top)
        raise
    # The server does nothing between two items that could be taken for this layer's: they follow each other without
    # a change back and forth.
    top = state.top
    if not top or (previous is not span and previous is not recording.root):
        _make_current(previous)
    now = perf_counter_ns()
    try:
        index = state.count
        state.count = index + 1
        if top:
            recording.chunks += 1
        seq = record_chunk(span, recording, index, item, now - recording.began, now - began)
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("chunk", error, recording, span.id)
        return item
    return recording.parking.park(span, seq, "chunk", item, state.inner) if recording.stepping else item


def _go_back(state: State, previous: Span | None) -> None:
    """No item is to follow: what ran before the first one runs again."""
    _make_current(state.span.recording.root if state.top and previous is state.span else previous)


def _observed_getitem(self: Any, index: Any) -> Any:
    """Iteration over a class that has only ``__getitem__``."""
    state = _state(self)
    span = state.span
    if not span.recording.live or type(index) is not int:
        return state.inner[index]
    previous = _current()
    _make_current(span)
    began = perf_counter_ns()
    try:
        item = state.inner[index]
    except IndexError as error:
        drop_frame(error)
        _record_end(span, perf_counter_ns() - began)
        raise
    except BaseException as error:
        drop_frame(error)
        record_raised(span, "next", error, perf_counter_ns() - began, outermost=state.top)
        raise
    finally:
        _make_current(previous)
    recording = span.recording
    now = perf_counter_ns()
    try:
        state.count += 1
        if state.top:
            recording.chunks += 1
        seq = record_chunk(span, recording, state.count - 1, item, now - recording.began, now - began)
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("chunk", error, recording, span.id)
        return item
    return recording.parking.park(span, seq, "chunk", item, state.inner) if recording.stepping else item


def record_chunk(span: Span, recording: Recording, index: int, item: Any, at: int, took: int) -> int:  # noqa: PLR0917 -- the facts of one item
    """Record one item of a body; the seq of its event."""
    seq = recording.seq()
    same, length, data, stored = None, -1, b"", False
    if type(item) is bytes:
        length = len(item)
        if item is recording.last_chunk:
            same, stored = recording.last_chunk_seq, True
        else:
            kept = span.kept + length
            if length <= INLINE_LIMIT and kept <= recording.start.response_body:
                span.kept, data, stored = kept, item, True
            else:
                data, stored = recording.keep(span, seq, item)
            recording.last_chunk = item
            recording.last_chunk_seq = seq
    else:
        note(span, "item", item)
    recording.append(Chunk(seq, span.id, get_ident(), at, index, length, data, stored, same, took))
    if len(recording.events) >= BATCH:
        recording.flush()
    return seq


def _record_end(span: Span, took: int) -> None:
    recording = span.recording
    try:
        seq = recording.seq()
        recording.add(IterationEnded(seq, span.id, get_ident(), recording.elapsed(), took))
        if recording.stepping:
            recording.parking.park(span, seq, "end")
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("iteration", error, recording, span.id)
