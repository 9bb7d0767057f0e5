"""Functions and methods that a decorator made an object of: what is called is its, what is meant is what it is around.

Such an object makes something else of environ and ``start_response`` before it calls on, a request object mostly. All
of them run the same ``__call__``, and one is made anew whenever the method is looked up: neither its class nor its
identity tells of which layer a call is.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.foreign import class_attribute, instance_dict, mro, slots, type_name
from wsgitrace.probe.naming import function_name, layer_name
from wsgitrace.probe.shapes import by_answer, by_name, defaults_of
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from types import CodeType

_PLAIN = frozenset({FunctionType, MethodType, type(None), type, staticmethod, classmethod, property})
_HELD = ("__wrapped__", "func", "function", "fn", "method", "wrapped", "_func", "_function", "_method")
"""What decorators call the attribute that holds what they are around."""
_DEPTH = 20
"""Decorators around one another that are looked through."""


def decorated(value: Any) -> FunctionType | MethodType | None:
    """What ``value`` is around, where it is an object that a decorator made; None where it is none.

    It is a descriptor, for methods are decorated, too. What takes WSGI's arguments itself is a layer of its own.
    """
    kind = type(value)
    if kind in _PLAIN or type(class_attribute(kind, "__get__")) is not FunctionType:
        return None
    if type(class_attribute(kind, "__call__")) is not FunctionType:
        return None
    held = _attributes(value)
    for name in _HELD:
        inner = held.get(name)
        function = inner.__func__ if type(inner) is MethodType else inner
        if type(function) is FunctionType:
            code = original_code(function)
            return None if by_name(code, defaults_of(function)) or by_answer(code) else inner
    return None


def _attributes(value: Any) -> dict[str, Any]:
    return {**slots(value), **instance_dict(value)}


def decorated_call(value: Any) -> FunctionType | None:
    """The method that such an object is around, where it is what ``value`` is called by; else None."""
    inner = decorated(class_attribute(type(value), "__call__"))
    return inner if type(inner) is FunctionType else None


def subject(value: Any) -> Any:
    """The object that a call of ``value`` is meant for: the one whose decorated ``__call__`` it is, or else itself."""
    inner = decorated(value)
    if inner is None:
        return value
    if type(inner) is MethodType:
        function, bound_to = inner.__func__, [inner.__self__]
    else:
        function, bound_to = inner, [*_attributes(value).values()]
    return next((one for one in bound_to if decorated_call(one) is function), value)


def name_and_code(function: FunctionType, code: CodeType, this: Any) -> tuple[str, CodeType]:
    """The name of the layer that ``function``, whose own code is ``code``, is on ``this``, and the code it is known by.

    That is what the author wrote, whatever decorators are around it.
    """
    if this is None:
        return layer_name(function, code, None), code
    inner = decorated(this)
    if type(inner) is MethodType:
        return _of_method(inner.__func__, inner.__self__)
    if type(inner) is FunctionType:
        own = original_code(inner)
        return function_name(inner, own), own
    method = decorated_call(this)
    if method is not None:
        return _of_method(method, this)
    kind = type(this)
    name = layer_name(function, code, kind)
    return name, original_code(_innermost(function)) if name == type_name(kind) else code


def _of_method(function: Any, this: Any) -> tuple[str, CodeType]:
    code = original_code(function)
    kind = this if type in mro(type(this)) else type(this)
    name = type_name(kind)
    return name if code.co_name == "__call__" else f"{name}.{code.co_name}", code


def _innermost(function: FunctionType) -> FunctionType:
    """What is left of ``function`` without the decorators around it, as far as they say what they are around."""
    for _ in range(_DEPTH):
        inner = dict.get(function.__dict__, "__wrapped__")
        if type(inner) is not FunctionType:
            break
        function = inner
    return function
