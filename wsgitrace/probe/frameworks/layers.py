"""The layers of one framework: each callable once, named as its author would name it."""

from __future__ import annotations

import weakref
from _thread import allocate_lock as _allocate_lock
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from wsgitrace.probe.frameworks.naming import Named, named
from wsgitrace.probe.layers import Layer
from wsgitrace.probe.opaque import unwrapped
from wsgitrace.probe.spans import current

if TYPE_CHECKING:
    from wsgitrace.probe.layers import Layers

Part = Literal["middleware", "handler", "hook", "view", "error handler"]
Known = TypeVar("Known")

_ALIKE = 8
"""Layers of one name that may be found in requests: whatever is made so often is made anew for each request."""


class FrameworkLayer(Layer):
    """One layer of a framework."""

    __slots__ = ("called", "is_handler", "is_hook")

    framework = True

    def __init__(self, identity: int, name: str, part: Part, called: str) -> None:
        super().__init__(identity, name, holds=part == "middleware")
        self.called = called
        """Its name without what tells it from others of that name."""
        self.is_hook = part == "hook"
        """True when calling it does not tell that the layer outside went on inward."""
        self.is_handler = part == "handler"


class ByObject(Generic[Known]):
    """What is known of objects, without asking one for its hash and without keeping it alive."""

    __slots__ = ("_references", "_table", "get")

    def __init__(self) -> None:
        self._table: dict[int, Known] = {}
        self._references: dict[int, Any] = {}
        self.get = self._table.get
        """What is known of an object by its ``id``; None where nothing is."""

    def learn(self, value: Any, known: Known) -> None:
        """Take note of what is known of ``value``, such as the layer that it is."""
        key = id(value)
        table, references = self._table, self._references

        def forget(_: Any) -> None:
            table.pop(key, None)
            references.pop(key, None)

        table[key] = known
        try:
            references[key] = weakref.ref(value, forget)
        except TypeError:
            references[key] = value  # what has no weak references is kept, so that its id stays its own


class FrameworkLayers:
    """Numbers the layers of one framework."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._lock = _allocate_lock()
        self._known: dict[tuple[int, int, str], tuple[FrameworkLayer, Any]] = {}
        self._alike: dict[tuple[Named, Part, str], list[FrameworkLayer]] = {}
        """Those that were found in requests, by what they are called."""

    def holder(self, application: Any) -> int | None:
        """The number of the WSGI layer that ``application`` is; None when the walk did not find it."""
        return self._layers.number_of(application)

    def of(
        self,
        value: Any,
        part: Part,
        role: str,
        how: str = "",
        *,
        parent: int | None = None,
        made: bool = False,
        alike: int = _ALIKE,
    ) -> FrameworkLayer:
        """The layer that ``value`` is in ``role``, such as ``before_request``: found now, or before.

        ``role`` tells apart two layers that are one callable; ``how`` says how it was found where ``role`` does not.
        Of what comes without a ``parent`` after ``alike`` of the same name, all is one layer.
        """
        target, inside = _identity(value)
        key = (id(target), inside, role)
        known = self._known.get(key)
        if known is not None:
            return known[0]
        with self._lock:
            known = self._known.get(key)
            if known is None:
                what = named(value, made=made)
                others = [] if parent is not None else self._alike.setdefault((what, part, how or role), [])
                if len(others) >= alike:
                    return others[-1]
                others.append(self.report(what, part, how or role, parent))
                known = self._known[key] = (others[-1], None)
                self._known[key] = (known[0], self._remember(target, key))
        return known[0]

    def of_class(self, kind: type, method: MethodType, part: Part, role: str) -> FrameworkLayer:
        """The layer of a method of whatever object of a class: one for all of them."""
        key = (id(kind), id(method.__func__), role)
        known = self._known.get(key)
        if known is not None:
            return known[0]
        with self._lock:
            known = self._known.get(key)
            if known is None:
                what = named(method)
                known = self._known[key] = (self.report(what, part, role), None)
                self._known[key] = (known[0], self._remember(kind, key))
        return known[0]

    def report(self, what: Named, part: Part, how: str, parent: int | None = None) -> FrameworkLayer:
        """Number and report a layer under a name of its own."""
        span = current.get()
        exchange = None if span is None or not span.recording.open else span.recording.number
        if parent is None and span is not None:
            while span.layer.framework and span.parent is not None:
                span = span.parent
            parent = span.layer.id
        found = self._layers.report_framework(what.name, what.file, what.line, how, part, parent, exchange)
        return FrameworkLayer(found.id, found.name, part, what.name)

    def _remember(self, target: Any, key: tuple[int, int, str]) -> Any:
        """Forget the layer with what it is, because its ``id`` may be given to another one."""
        try:
            return weakref.ref(target, lambda _: self._known.pop(key, None))
        except TypeError:
            return target  # what has no weak references is kept, so that its id stays its own


def _identity(value: Any) -> tuple[Any, int]:
    """What stands for a callable: of a bound method, which is made anew whenever it is asked for, its parts.

    Of what another tool has wrapped, maybe for this request alone, it is what is inside.
    """
    kind = type(value)
    if kind is not MethodType and kind is not FunctionType:
        value = unwrapped(value)
        kind = type(value)
    if kind is MethodType:
        return value.__self__, id(value.__func__)
    return value, 0
