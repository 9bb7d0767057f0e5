"""Which functions look like WSGI callables, and whether the values of one call are.

Looking like one only decides what is observed: every call is judged by its values first, so that a function that
merely looks the part is called exactly as if nothing had happened.
"""

from __future__ import annotations

import functools
import re
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from wsgitrace.probe.binding import binds
from wsgitrace.probe.foreign import class_attribute, mro
from wsgitrace.probe.start_response import TracingStartResponse

_ENVIRON = re.compile(r"_?(wsgi_?)?(env|environ|environment|e)_?")
_START = re.compile(r"_?(start\w*|sr|s|respond|wsgi_start\w*)")
_LONG_ENVIRON = re.compile(r"\w*env\w*")
_LONG_START = re.compile(r"\w*start_?resp\w*")
_START_NAME = re.compile(r"\w*start_?resp\w*|_?sr")
_STATUS = re.compile(r"_*(status\w*|code|s|st)")
_HEADERS = re.compile(r"\w*(headers?|hdrs)\w*|h|hs")
_NEXT = re.compile(r"(the_)?(next|nxt|app|application|inner|wrapped|downstream|handler)(_app|_application)?")
"""Names of a third argument that makes a middleware of a function: what it is to call."""
_REQUEST = frozenset({"request", "req", "response", "resp", "context", "ctx", "exception", "exc"})
_LITERAL_STATUS = re.compile(r"[1-5]\d\d [A-Z]")
_ASYNC = CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE
_SEALS = ("__armor_", "__pyarmor", "__assert_armored__")
"""How names begin that obfuscated code calls first."""
_ARGUMENTS = 2
"""What PEP 3333 calls an application with: "two positional arguments", the environ and ``start_response``."""
_WRAPT_ARGUMENTS = 4
_LAST_POSITION = 3
_START_RESPONSE_REQUIRED = 3


class Shape(NamedTuple):
    """Where a function takes the two arguments of a WSGI call."""

    environ: int
    """Position of the environ among the parameters; ``start_response`` is the next one."""
    loose: bool
    """True when the arguments are found by their values at each call: the function takes ``*args``."""
    named: bool
    """True when the parameters are called as WSGI's are."""
    packed: bool = False
    """True when wrapt calls the function: with the arguments in a tuple."""


def by_name(code: CodeType, optional: int) -> Shape | None:
    """The shape of a function with parameters called as in WSGI, of which the last ``optional`` have defaults."""
    if code.co_argcount < _ARGUMENTS:
        return _by_keywords(code)
    names = code.co_varnames[: code.co_argcount]
    for position in range(min(len(names) - 1, _LAST_POSITION)):
        if _are_called_so(names[position], names[position + 1]):
            if is_async(code) or binds(code):
                return None
            required = len(names) - position - 2 - optional
            # More than these two required: a helper of a layer, not a layer, but where it is to call the third.
            if required <= 0 or (required == 1 and _NEXT.fullmatch(names[position + 2])):
                return Shape(position, loose=False, named=True)
            return None
    return None


def _by_keywords(code: CodeType) -> Shape | None:
    """The same of a function that takes both by name alone, as the layer around it gives them."""
    if code.co_kwonlyargcount != _ARGUMENTS or code.co_flags & CO_VARARGS or is_async(code):
        return None
    position = code.co_argcount
    environ, start_response = code.co_varnames[position : position + _ARGUMENTS]
    if _are_called_so(environ, start_response):
        return Shape(position, loose=False, named=True)
    return None


def _are_called_so(first: str, second: str) -> bool:
    """True for names that WSGI's two arguments are given: of short ones either tells only with the other."""
    if _ENVIRON.fullmatch(first) and _START.fullmatch(second):
        return True
    return _LONG_ENVIRON.fullmatch(first) is not None and _LONG_START.fullmatch(second) is not None


def by_wrapping(code: CodeType) -> Shape | None:
    """The shape of what wrapt calls in the place of an application: ``(wrapped, instance, args, kwargs)``."""
    others = code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    if code.co_argcount != _WRAPT_ARGUMENTS or others or not observable(code):
        return None
    return Shape(_WRAPT_ARGUMENTS - 2, loose=False, named=True, packed=True)


def takes_two(code: CodeType) -> bool:
    """True for a function that has room for WSGI's arguments, by position or by name."""
    return code.co_argcount + code.co_kwonlyargcount >= _ARGUMENTS or bool(code.co_flags & CO_VARARGS)


def by_answer(code: CodeType) -> Shape | None:
    """The shape of a function of two arguments, whatever their names, in which the status of a response stands."""
    if not _ARGUMENTS <= code.co_argcount <= _ARGUMENTS + 1:
        return None
    names = code.co_varnames[: code.co_argcount]
    first = 1 if names[:1] == ("self",) else 0
    if len(names) != first + _ARGUMENTS or not any(map(_is_status, code.co_consts)) or not observable(code):
        return None
    if _STATUS.fullmatch(names[first]) or _HEADERS.fullmatch(names[first + 1]):
        return None  # it is told the status: a start_response
    return Shape(first, loose=False, named=True)


def _is_status(constant: Any) -> bool:
    return type(constant) is str and _LITERAL_STATUS.match(constant) is not None


def by_arity(code: CodeType, optional: int, *, bound: bool) -> Shape | None:
    """The shape of a function that could be called with two positional arguments, whatever their names."""
    if not observable(code):
        return None
    if code.co_flags & CO_VARARGS:
        return Shape(0, loose=True, named=False)
    first = 1 if bound else 0
    count = code.co_argcount - first
    if count == _ARGUMENTS and not optional and not code.co_kwonlyargcount:
        return Shape(first, loose=False, named=False)
    return None


def takes_request(code: CodeType) -> bool:
    """True for a function that a framework calls: with what it has made of environ and start_response."""
    return not _REQUEST.isdisjoint(code.co_varnames[: code.co_argcount])


def observable(code: CodeType) -> bool:
    """False for coroutines, for code that must stay where it is, and for what stands for a method."""
    return not is_async(code) and not is_sealed(code) and not binds(code)


def is_async(code: CodeType) -> bool:
    """True for coroutines, which are no WSGI callables whatever they take."""
    return bool(code.co_flags & _ASYNC)


def is_sealed(code: CodeType) -> bool:
    """True for frozen and obfuscated code: it is not what its source says, and may look at where it runs."""
    return code.co_filename.startswith("<frozen") or any(name.startswith(_SEALS) for name in code.co_names)


def defaults_of(function: FunctionType) -> int:
    """How many positional parameters have defaults."""
    return len(function.__defaults__ or ())


def function_shape(function: FunctionType, *, bound: bool) -> Shape | None:
    """The shape of ``function`` by its names, else by its answers, else by how many arguments it takes."""
    optional = defaults_of(function)
    code = function.__code__
    return by_name(code, optional) or by_answer(code) or by_arity(code, optional, bound=bound)


def is_environ(value: Any) -> bool:
    """True when ``value`` is a WSGI environ."""
    kind = type(value)
    return (kind is dict or dict in mro(kind)) and dict.__contains__(value, "REQUEST_METHOD")


def is_start_response(value: Any) -> bool:
    """True when ``value`` can be called as ``start_response`` and is not itself an application."""
    kind = type(value)
    if kind is FunctionType:
        return _answers(value, bound=False)
    if kind is MethodType:
        inner = value.__func__
        return _answers(inner, bound=True) if type(inner) is FunctionType else True
    call = class_attribute(kind, "__call__")
    if kind is type or type in mro(kind):
        return False
    return _answers(call, bound=True) if type(call) is FunctionType else call is not None


def resembles_start_response(value: Any) -> bool:
    """True when ``value`` is a ``start_response`` by more than how many arguments it takes.

    It is ours, or has the name of one, or its parameters have, or it is a function inside one that was given ours.
    """
    kind = type(value)
    if kind is TracingStartResponse:
        return True
    if kind is functools.partial:
        inner = value.func
        return type(inner) is FunctionType and _START_NAME.fullmatch(inner.__code__.co_name) is not None
    if not is_start_response(value):
        return False
    function = value.__func__ if kind is MethodType else value if kind is FunctionType else None
    if function is None:
        function = class_attribute(kind, "__call__")
    if type(function) is not FunctionType:
        return False
    code = function.__code__
    if _START_NAME.fullmatch(code.co_name) or _encloses_ours(function):
        return True
    names = code.co_varnames[0 if function is value else 1 : code.co_argcount]
    return len(names) > 1 and bool(_STATUS.fullmatch(names[0]) and _HEADERS.fullmatch(names[1]))


def _encloses_ours(function: FunctionType) -> bool:
    for cell in function.__closure__ or ():
        try:
            if type(cell.cell_contents) is TracingStartResponse:
                return True
        except ValueError:  # not filled yet
            continue
    return False


def _answers(function: FunctionType, *, bound: bool) -> bool:
    code = function.__code__
    optional = defaults_of(function)
    if by_name(code, optional) is not None:
        return False
    first = 1 if bound else 0
    count = code.co_argcount - first
    if code.co_flags & CO_VARARGS:
        return count - optional <= _START_RESPONSE_REQUIRED
    # (status, headers) is what every start_response accepts; exc_info may wrongly be required.
    return count >= 2 and count - optional <= _START_RESPONSE_REQUIRED  # noqa: PLR2004 -- status and headers


def takes_keywords(code: CodeType) -> bool:
    """True when a function takes ``**kwargs``."""
    return bool(code.co_flags & CO_VARKEYWORDS)
