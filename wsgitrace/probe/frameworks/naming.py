"""What a framework's layers are called, and where they are written."""

from __future__ import annotations

from functools import partial
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from wsgitrace.probe.foreign import class_attribute, instance_dict, type_name
from wsgitrace.probe.naming import function_name
from wsgitrace.probe.opaque import decorator_of, unwrapped
from wsgitrace.probe.trampoline import original_code

_DEPTH = 20


class Named(NamedTuple):
    """A callable of the application."""

    name: str
    """Dotted name."""
    file: str
    """Source file, or empty."""
    line: int
    """First line, or 0."""


def named(value: Any, *, made: bool = False) -> Named:
    """What a developer calls ``value``, decorators left aside.

    ``made``: of a function inside a function the name is the outer one's, as for middleware that a factory makes.
    """
    value = _undecorated(value)
    kind = type(value)
    if kind is FunctionType:
        view_class = dict.get(value.__dict__, "view_class")
        if isinstance(view_class, type):
            return _of_class(view_class)
        code = original_code(value)
        if made or code.co_name == "<lambda>":
            return Named(function_name(value, code), code.co_filename, code.co_firstlineno)
        module = dict.get(value.__globals__, "__name__")
        name = value.__qualname__.replace(".<locals>", "")
        return Named(f"{module}.{name}" if type(module) is str else name, code.co_filename, code.co_firstlineno)
    if kind is MethodType:
        function = _undecorated(value.__func__)
        owner = value.__self__ if isinstance(value.__self__, type) else type(value.__self__)
        if type(function) is FunctionType:
            code = original_code(function)
            return Named(f"{type_name(owner)}.{value.__func__.__name__}", code.co_filename, code.co_firstlineno)
        return Named(type_name(owner), "", 0)
    return _of_class(value if isinstance(value, type) else kind)


def _undecorated(value: Any) -> Any:
    for _ in range(_DEPTH):
        kind = type(value)
        if kind is partial:
            value = value.func
        elif kind is not MethodType and "__wrapped__" in (held := instance_dict(value)) and "view_class" not in held:
            # What makes a view of a class gives it what its method has, decorators included.
            value = held["__wrapped__"]
        elif decorator_of(value) is not None:
            value = unwrapped(value)
        else:
            break
    return value


def _of_class(kind: type) -> Named:
    for name in ("__call__", "dispatch", "dispatch_request", "__init__"):  # what runs in a request first
        function = _undecorated(class_attribute(kind, name))
        if type(function) is FunctionType and function.__module__ == kind.__module__:
            code = original_code(function)
            return Named(type_name(kind), code.co_filename, code.co_firstlineno)
    return Named(type_name(kind), *_source(kind))


def _source(kind: type) -> tuple[str, int]:
    """Where the first method of a class is written."""
    for value in vars(kind).values():
        if type(value) is FunctionType and value.__module__ == kind.__module__:
            code = original_code(value)
            return code.co_filename, code.co_firstlineno
    return "", 0
