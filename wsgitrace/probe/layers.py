"""The layers of an application, and which of them a call belongs to."""

from __future__ import annotations

import os
import weakref
from _thread import allocate_lock as _allocate_lock
from itertools import count
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal

from wsgitrace.events import LayerFound, to_key
from wsgitrace.probe.decorated import decorated, decorated_call, name_and_code, subject
from wsgitrace.probe.foreign import class_attribute, class_dict, mro
from wsgitrace.probe.naming import is_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType

    from wsgitrace.link import Sender

Kind = Literal["server", "wsgi", "application", "framework", "response"]
Part = Literal["", "middleware", "handler", "hook", "view", "error handler"]


class Layer:
    """One layer as the worker knows it."""

    __slots__ = ("balance", "code", "id", "name", "usually_calls")

    framework = False
    """True for a layer of a framework, inside a WSGI layer."""
    is_handler = False
    """True for the framework's own way from its innermost middleware to hooks and view."""

    def __init__(self, identity: int, name: str, *, holds: bool, code: CodeType | None = None) -> None:
        self.id = identity
        self.name = name
        self.code = code
        """Its function's own code, which tells its frame from those of its helpers; None where that is not known."""
        self.usually_calls = holds
        """True when a pass is expected to call another layer: what most did, before that whether it holds one."""
        self.balance = 0
        """How many more of the passes that returned called another layer than did not."""

    def answers(self) -> None:
        """Take note that it answers by itself, whatever other layer it holds."""
        if not self.balance:
            self.usually_calls = False


class Known:
    """The layers that run the code of one function: by the object it is called on, or one for all of them."""

    __slots__ = ("_references", "by_object", "by_type", "code", "function", "late", "name", "sightings")

    def __init__(self, function: FunctionType | None, code: CodeType) -> None:
        self.name = ""
        """What the layer is called whatever the function's name is."""
        self.function: Callable[[], FunctionType | None] = _gone if function is None else weakref.ref(function)
        self.code = code
        self.by_object: dict[int, Layer] = {}
        """By the ``id`` of the object it is called on; a plain function's is that of None."""
        self.by_type: dict[int, Layer] = {}
        """By the ``id`` of the class: of all objects that the walk had not seen."""
        self.late: dict[str, Layer] = {}
        """By name: of objects first called in a request."""
        self.sightings = 0
        """Times that it was seen running without having been observed."""
        self._references: set[weakref.ref[Any]] = set()

    def learn(self, this: Any, layer: Layer) -> None:
        """Take note that calls on ``this`` are passes through ``layer``."""
        self._remember(self.by_object, this, layer)

    def learn_type(self, this: Any, layer: Layer) -> None:
        """Take note that calls on any other object of the class of ``this`` are passes through ``layer``."""
        if this is None:
            self._remember(self.by_object, None, layer)
        else:
            self._remember(self.by_type, type(this), layer)

    def find(self, this: Any) -> Layer | None:
        """The layer of a call on ``this``, None when it was not seen before."""
        return self.by_object.get(id(this)) or self.by_type.get(id(type(this)))

    def is_method_of(self, kind: type) -> bool:
        """True when objects of ``kind`` have the function as a method, rather than being its first argument."""
        function = self.function()
        if self.code.co_varnames[:1] == ("self",) and self.code.co_argcount:
            return True  # bound to its object by hand
        return any(value is function for base in mro(kind) for value in tuple(class_dict(base).values()))

    def name_and_code(self, this: Any) -> tuple[str, CodeType]:
        """What the layer of calls on ``this`` is called, None being a plain function's, and the code it is known by."""
        function = self.function()
        if self.name or function is None:
            return self.name or self.code.co_qualname, self.code
        return name_and_code(function, self.code, this)

    def callee(self, this: Any) -> Callable[[], Any]:
        """Gives what makes the call on ``this`` once more, for as long as that is there."""
        function, this = self.function(), subject(this)
        try:
            if this is not None and decorated_call(this) is not None:
                return weakref.ref(this)  # called as itself: what its method was made into is not to be called on it
            if this is None:
                # What __init__ is called on is made by the call.
                return _gone if function is None or self.code.co_name == "__init__" else weakref.ref(function)
            return weakref.ref(this) if function is None else weakref.WeakMethod(MethodType(function, this))
        except TypeError:  # what has no weak references cannot be known to be there still
            return _gone

    def _remember(self, table: dict[int, Layer], owner: Any, layer: Layer) -> None:
        """Keep ``layer`` for as long as ``owner`` lives: after that its id may be another one's."""
        key = id(owner)
        table[key] = layer
        references = self._references

        def forget(reference: weakref.ref[Any]) -> None:
            table.pop(key, None)
            references.discard(reference)

        try:
            references.add(weakref.ref(owner, forget))
        except TypeError:  # what has no weak references is not forgotten
            return


def _gone() -> None:
    return None


class Layers:
    """Numbers layers and reports each once."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._next = count(1).__next__
        self._names: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        self._lock = _allocate_lock()
        self.server = Layer(0, "server", holds=True)
        self.reported: dict[int, LayerFound] = {}
        """What was reported of each, by its number."""
        self.callees: dict[int, Callable[[], Any]] = {}
        """By the number of a layer that the walk saw: gives what it is called by, None when that is gone."""

    def _tell(self, found: LayerFound) -> None:
        self.reported[found.id] = found
        self._sender.send(found)

    def report_server(self, name: str) -> LayerFound:
        """Report layer 0."""
        found = LayerFound(0, "server", "server", "", 0, to_key(f"serves {name}"))
        self._tell(found)
        return found

    def add(
        self,
        known: Known,
        this: Any,
        how: str,
        kind: Kind = "wsgi",
        parent: int | None = None,
        *,
        holds: bool = False,
        name: str = "",
    ) -> LayerFound:
        """Number a layer that the walk saw, report it, and have ``known`` find it from now on."""
        own_name, code = known.name_and_code(this)
        found = self._report(name or own_name, code, how, kind, parent=parent)
        known.learn(this, Layer(found.id, found.name, holds=holds, code=code))
        self.callees[found.id] = known.callee(this)
        if this is not None:
            self._numbers[id(this)] = found.id
        return found

    def named(self, name: str) -> int | None:
        """The number of a layer; None where none of that name is known."""
        return next((found.id for found in tuple(self.reported.values()) if found.name == name), None)

    def held_by(self, layer: int) -> dict[int, Callable[[], Any]]:
        """The layers that another one was seen to hold before the first request, each with what it is called by."""
        found = tuple(self.reported.values())
        return {each.id: self.callees[each.id] for each in found if each.parent == layer and each.id in self.callees}

    def number_of(self, this: Any) -> int | None:
        """The number of the layer that the walk saw ``this`` to be; None when it saw none."""
        return self._numbers.get(id(this))

    def report_framework(  # noqa: PLR0917 -- the facts of one layer
        self, name: str, file: str, line: int, how: str, part: Part, parent: int | None, exchange: int | None
    ) -> LayerFound:
        """Number and report a layer of a framework."""
        with self._lock:
            found = LayerFound(
                self._next(),
                to_key(self._distinct(name)),
                "framework",
                to_key(_absolute(file)),
                line,
                to_key(how),
                parent,
                exchange,
                part=part,
            )
            self._tell(found)
        return found

    def report_unobserved(self, name: str, how: str) -> LayerFound:
        """Number and report a layer that cannot be observed."""
        found = LayerFound(self._next(), to_key(self._distinct(name)), "wsgi", "", 0, to_key(how), intercepted=False)
        self._tell(found)
        return found

    def discover(
        self,
        known: Known,
        this: Any,
        exchange: int,
        how: str = "first called in a request",
        *,
        intercepted: bool = True,
    ) -> Layer:
        """The layer of a call on an object that the walk had not seen: one for all such objects of the class.

        Most of them are made for one request; to number each would fill the list.
        """
        with self._lock:
            layer = known.find(subject(this))
            if layer is not None:
                return layer
            bound = this is not None and class_attribute(type(this), known.code.co_name) is known.function()
            kind: Kind = "response" if bound and is_response(type(this)) else "wsgi"
            name, code = known.name_and_code(this)
            layer = known.late.get(name)
            if layer is None:
                found = self._report(name, code, how, kind, exchange=exchange, intercepted=intercepted)
                # Classes, too, are made for one request.
                layer = known.late[name] = Layer(found.id, found.name, holds=False, code=code)
            if decorated(this) is None:
                known.learn_type(this, layer)
            return layer

    def _report(
        self,
        name: str,
        code: CodeType,
        how: str,
        kind: Kind,
        *,
        parent: int | None = None,
        exchange: int | None = None,
        intercepted: bool = True,
    ) -> LayerFound:
        name = self._distinct(name)
        file = _absolute(code.co_filename)
        found = LayerFound(
            self._next(), to_key(name), kind, to_key(file), code.co_firstlineno, to_key(how), parent, exchange,
            intercepted,
        )  # fmt: skip
        # Sent before any event can refer to it.
        self._tell(found)
        return found

    def _distinct(self, name: str) -> str:
        """The name, with a number from the second layer of that name on."""
        times = self._names[name] = self._names.get(name, 0) + 1
        return name if times == 1 else f"{name}#{times}"


def _absolute(file: str) -> str:
    if not file or file.startswith("<"):
        return file
    return os.path.abspath(file)  # noqa: PTH100 -- Path.absolute would keep the dots
