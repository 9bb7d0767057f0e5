"""The read-only walk: what WSGI callables hang on the application, and where.

Nothing of the application is called, compared, printed or asked for an attribute: only types, instance dictionaries,
slots and closure cells are looked at.
"""

from __future__ import annotations

import functools
from collections import OrderedDict, deque
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    TracebackType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.probe.decorated import decorated, decorated_call, name_and_code
from wsgitrace.probe.foreign import class_attribute, class_dict, instance_dict, mro, qualified, slots, type_name
from wsgitrace.probe.naming import function_name, is_demo
from wsgitrace.probe.opaque import APPLICATIONS, decorator_of, fields, is_opaque, name_of, unwrapped, wrapped_by
from wsgitrace.probe.shapes import Shape, by_answer, by_name, by_wrapping, defaults_of, function_shape, takes_request
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAVES = frozenset(
    {
        type(None), bool, int, float, complex, str, bytes, bytearray, memoryview, range, slice, ModuleType, CodeType,
        FrameType, TracebackType, GeneratorType, CoroutineType, AsyncGeneratorType, BuiltinFunctionType, property,
        type(Ellipsis), type(NotImplemented), WrapperDescriptorType, MethodWrapperType,
    }
)  # fmt: skip
_SKIPPED_MODULES = (
    "asyncio", "enum", "io", "_io", "logging", "re", "socket", "_socket", "ssl", "threading", "_thread", "typing",
    "weakref", "_weakref", "zope.interface", "jinja2", "werkzeug.local", "wsgitrace", "datetime", "decimal", "pathlib",
)  # fmt: skip
_APP_NAMES = frozenset(
    {
        "app", "application", "wsgi_app", "wsgi", "wsgi_application", "_app", "_application", "__wrapped__", "inner",
        "wrapped", "next_app", "handler",
    }
)  # fmt: skip
_CONTAINERS = frozenset({dict, list, tuple, set, frozenset, deque, OrderedDict, CellType, functools.partial})
_SERIES: tuple[Any, ...] = (list, tuple, set, frozenset, deque)
_ANY = Shape(0, loose=True, named=True)
_DEPTH = 4
_OBJECTS = 20_000
_ITEMS = 300


class Found(NamedTuple):
    """A WSGI callable that the walk came upon."""

    function: Any
    """The Python function that runs when it is called; None for an object that no Python code is called of."""
    this: Any
    """What that is called on, None for a plain function."""
    shape: Shape
    """Where it takes its arguments."""
    how: str
    """Where it hangs."""
    parent: int | None
    """Position in the list of the layer that holds it."""
    listed: bool
    """False when it may be something else: it is observed, and becomes a layer when it is called as one."""
    made: type | None = None
    """The class whose instances are the response, where the function is its ``__init__``."""
    inside: Any = None
    """What holds an object that no Python code is called of."""
    aside: bool = False
    """True where the function is given WSGI's arguments by C code in a tuple of its own: it is seen, and no more."""


class _Step(NamedTuple):
    value: Any
    how: str
    holder: int | None
    depth: int
    name: str
    near: int = 0
    """Objects between it and its holder, those that only contain others left out."""
    inside: Any = None


def walk(application: Any, name: str, *, opaque: bool = False) -> list[Found]:
    """What hangs on ``application``, which the user calls ``name``: outermost first, each once.

    With ``opaque``, callables without Python code that have the name of an application are among it.
    """
    found: list[Found] = []
    seen: set[int] = set()
    callables: set[tuple[int, int]] = set()
    keep: list[Any] = []
    queue: deque[_Step] = deque([_Step(application, f"the application, {name}", None, 0, "application")])
    while queue and len(seen) < _OBJECTS:
        step = queue.popleft()
        value = step.value
        compiled = opaque and step.name in APPLICATIONS and is_opaque(value)
        if (type(value) in _LEAVES and not compiled) or id(value) in seen:
            continue
        seen.add(id(value))
        keep.append(value)  # methods made on the way must not give their id to another object
        holder, depth, near = step.holder, step.depth, step.near
        target = _decorator(value, step) or _target(value, step)
        if target is None and compiled:
            target = Found(None, value, _ANY, step.how, step.holder, listed=True, inside=step.inside)
        if target is not None:
            key = (id(target.function), id(target.this))
            if key not in callables:
                callables.add(key)
                found.append(target)
                holder, depth, near = len(found) - 1, 0, 0
            label = _label(target)
        elif depth > _DEPTH or _skipped(value):
            continue
        else:
            label = _label_of(value)
        wsgi = target is not None
        near += type(value) not in _CONTAINERS
        for edge, child in () if type(value) in _LEAVES else _edges(value, wsgi=wsgi):
            name = edge.rpartition(" ")[2].lstrip(".")
            queue.append(_Step(child, f"{edge} of {label}", holder, depth + 1, name, near, value))
    return found


def _target(value: Any, step: _Step) -> Found | None:
    """``value`` as a WSGI callable, None when it is not one."""
    kind = type(value)
    if kind is type or type in mro(kind):
        return _constructor(value, step)
    if kind is functools.partial or functools.partial in mro(kind):
        return _partially_applied(value, step)
    function, this = target_of(value)
    if function is None:
        return None
    optional = defaults_of(function)
    code = original_code(function)
    shape = by_name(code, optional) or by_answer(code)
    listed = shape is not None
    if shape is None:
        near = step.name in _APP_NAMES or step.name == "__call__"
        near = near or (step.holder is not None and step.near <= 1 and not takes_request(code))
        if not near or _skipped(value):
            return None
        shape = function_shape(function, bound=this is not None)
        listed = step.name in _APP_NAMES
    if shape is None:
        return None
    if this is None and shape.environ and not shape.loose:
        # A function looked up on a class: it is called on an instance, which is what makes a layer.
        listed = False
    return Found(function, this, shape, step.how, step.holder, listed)


def target_of(value: Any) -> tuple[FunctionType | None, Any]:
    """The Python function that runs when ``value`` is called, and what it is called on; (None, None) for other."""
    kind = type(value)
    if kind is FunctionType:
        return value, None
    if kind is MethodType:
        return (value.__func__, value.__self__) if type(value.__func__) is FunctionType else (None, None)
    if type in mro(kind):
        return None, None
    called = class_attribute(kind, "__call__")
    for _ in range(_DEPTH):
        if type(called) is FunctionType:
            return called, value
        if decorated_call(value) is not None:
            return class_attribute(type(called), "__call__"), value
        if type(called) is staticmethod:
            value, called = None, called.__func__
        elif class_attribute(type(called), "__get__") is None:
            # Any callable may stand in for the method: then it is called without the object.
            value, called = called, class_attribute(type(called), "__call__")
    return None, None


def _decorator(value: Any, step: _Step) -> Found | None:
    """What wrapt calls in the place of an application, where ``value`` is wrapt's wrapper of that; else None."""
    function = decorator_of(value)
    if function is None or (step.holder is not None and step.name not in _APP_NAMES):
        return None
    if not _decorates_application(value):
        return None
    shape = by_wrapping(original_code(function))
    return Found(function, value, shape or _ANY, step.how, step.holder, listed=True, aside=shape is None)


def _decorates_application(value: Any) -> bool:
    """True when what wrapt's wrappers are around takes WSGI's arguments."""
    function, _ = target_of(unwrapped(value))
    if function is None:
        return False
    code = original_code(function)
    return (by_name(code, defaults_of(function)) or by_answer(code)) is not None


def constructor_of(value: Any) -> Found | None:
    """``value`` as a class that is called as an application, None when it is no such."""
    return _constructor(value, _Step(value, "", None, 0, "")) if type in mro(type(value)) else None


def _constructor(kind: type, step: _Step) -> Found | None:
    """A class that is called as an application: PEP 3333's ``AppClass``."""
    function = class_attribute(kind, "__init__")
    if type(function) is not FunctionType or class_attribute(kind, "__iter__") is None:
        return None
    code = original_code(function)
    shape = by_name(code, defaults_of(function))
    if shape is None or shape.environ != 1 or code.co_argcount != 3:  # noqa: PLR2004 -- self, environ, start_response
        return None
    return Found(function, None, shape, step.how, step.holder, listed=True, made=kind)


def _partially_applied(value: Any, step: _Step) -> Found | None:
    """A function of more than WSGI's two arguments, the others given: ``partial(middleware, app)``."""
    function, given = _partial_func(value), _partial_args(value)
    if type(function) is not FunctionType:
        return None
    shape = by_name(original_code(function), defaults_of(function))
    if shape is None or shape.environ != len(given):
        return None
    return Found(function, given[0] if given else None, shape, step.how, step.holder, listed=True)


def _skipped(value: Any) -> bool:
    module = qualified(type(value))[1]
    return not is_demo(module) and any(module == name or module.startswith(name + ".") for name in _SKIPPED_MODULES)


def _label(found: Found) -> str:
    if found.function is None:
        return name_of(found.this)
    code = original_code(found.function)
    kind = type(found.this)
    if decorated(found.this) is not None or decorated_call(found.this) is not None:
        return name_and_code(found.function, code, found.this)[0]
    if found.this is not None and any(
        class_attribute(kind, name) is found.function for name in ("__call__", code.co_name)
    ):
        return type_name(kind)
    return function_name(found.function, code)


def _label_of(value: Any) -> str:
    if type(value) is FunctionType:
        return function_name(value, original_code(value))
    return type_name(type(value))


def _edges(value: Any, *, wsgi: bool) -> Iterator[tuple[str, Any]]:
    """What ``value`` holds, each with a word on where."""
    kind = type(value)
    if kind is FunctionType:
        yield from _function_edges(value, wsgi=wsgi)
    elif kind is MethodType:
        yield "object", value.__self__
        yield "function", value.__func__
    elif kind is functools.partial or functools.partial in mro(kind):
        yield "function", _partial_func(value)
        yield from (("argument", item) for item in _partial_args(value))
        yield from ((f"argument {key}", item) for key, item in _partial_keywords(value).items())
    elif kind is dict or dict in mro(kind):
        yield from ((f"item {_short(key)}", item) for key, item in _some(dict.items(value)))
    elif kind is CellType:
        yield "contents", _cell(value)
    for series in _SERIES:
        if series in mro(kind):
            yield from ((f"item {index}", item) for index, item in enumerate(_some(series.__iter__(value))))
    if kind is not FunctionType and kind is not MethodType and not (kind is type or type in mro(kind)):
        yield from _object_edges(value)


_partial_func = functools.partial.__dict__["func"].__get__
_partial_args = functools.partial.__dict__["args"].__get__
_partial_keywords = functools.partial.__dict__["keywords"].__get__


def _function_edges(function: FunctionType, *, wsgi: bool) -> Iterator[tuple[str, Any]]:
    code = original_code(function)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        yield f"closure variable {name}", _cell(cell)
    for value in function.__defaults__ or ():
        yield "default", value
    for value in (function.__kwdefaults__ or {}).values():
        yield "default", value
    for name, value in _some(dict.items(function.__dict__)):
        yield f"attribute .{name}", value
    if wsgi:
        for name in code.co_names:
            if name in function.__globals__:
                yield f"global {name}", dict.get(function.__globals__, name)


def _object_edges(value: Any) -> Iterator[tuple[str, Any]]:
    kind = type(value)
    for name, item in _some(instance_dict(value).items()):
        yield f"attribute .{_short(name)}", item
    for name, item in (*slots(value).items(), *fields(value).items()):
        yield f"attribute .{name}", item
    if decorator_of(value) is not None:
        yield "attribute .__wrapped__", wrapped_by(value)
    called = class_attribute(kind, "__call__")
    if type(called) not in {FunctionType, WrapperDescriptorType}:
        # What is called in the object's place, such as the method that a decorator made an object of.
        yield "method .__call__", called
    for base in mro(kind):
        for name in ("app", "application", "wsgi_app"):
            item = class_dict(base).get(name)
            if item is not None and type(item) is not FunctionType:
                yield f"class attribute .{name}", item


def _cell(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _some(items: Any) -> list[Any]:
    """At most 300 of them, taken at once: another thread may be changing the container."""
    taken = []
    for item in items:
        taken.append(item)
        if len(taken) == _ITEMS:
            break
    return taken


def _short(key: Any) -> str:
    return key if type(key) is str else f"<{type_name(type(key))}>"
