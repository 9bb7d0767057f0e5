"""Telling a WSGI application from other objects, without calling it."""

from __future__ import annotations

import inspect
from types import FunctionType, MethodType, ModuleType
from typing import Any

_PASSED = 2
"""PEP 3333: the application is called with exactly two positional arguments."""


def problem(found: object) -> str:
    """Why this cannot be served as a WSGI application, as the end of a sentence; empty when it can."""
    kind = type(found)
    if not callable(found):
        what = "None" if found is None else "a module" if isinstance(found, ModuleType) else f"of type {kind.__name__}"
        return f"is {what} and cannot be called"
    if _is_async(found):
        return "is an ASGI application, and this serves WSGI: wrap it in an adapter, such as a2wsgi.ASGIMiddleware"
    return ""


def is_factory(found: object) -> bool:
    """True for a function that cannot be an application but can be called with nothing to make one."""
    return isinstance(found, FunctionType) and not _takes(found, _PASSED) and _takes(found, 0)


def is_class_of_applications(found: object) -> bool:
    """True for a class whose instances are WSGI applications by their signature, and that is none itself.

    Instances that can be iterated over, and a ``__new__`` that may return anything, leave it open.
    """
    if not isinstance(found, type) or _defined(found, "__iter__") or _defined(found, "__new__") is not object.__new__:
        return False
    call, makes = _defined(found, "__call__"), _defined(found, "__init__")
    if type(makes) is FunctionType and _named(makes, skip=1):
        return False
    return type(call) is FunctionType and _named(call, skip=1)


def is_application(found: object, module: str) -> bool:
    """True where the signature, down to the name ``start_response``, says that this is a WSGI application of a module.

    Functions and classes count where the module defines them itself: the others are what it imports. Only exact types
    and their dictionaries are looked at: proxies and lazy objects must not notice.
    """
    if isinstance(found, type):
        makes = vars(found).get("__init__")
        return found.__module__ == module and type(makes) is FunctionType and _named(makes, skip=1)
    if type(found) is FunctionType:
        return found.__module__ == module and _named(found, skip=0)
    call = _defined(type(found), "__call__")
    return type(call) is FunctionType and _named(call, skip=1)


def signature(found: Any) -> str:
    """Its parameters as written, or ``(...)``."""
    try:
        return str(_signature(found))
    except (TypeError, ValueError):
        return "(...)"


def misfit(found: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Why it cannot be called with these arguments, as far as its signature tells; empty when it can."""
    try:
        _signature(found).bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    except ValueError:
        return ""
    return ""


def _signature(found: Any) -> inspect.Signature:
    # What a decorator wraps is not what is called: werkzeug's Request.application wraps a function of one argument.
    return inspect.signature(found, follow_wrapped=False)


def _takes(found: Any, count: int) -> bool:
    try:
        _signature(found).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def _defined(kind: type, name: str) -> object:
    """What a class or one of its bases defines by a name, unbound; None where none does."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _named(function: FunctionType, *, skip: int) -> bool:
    code = function.__code__
    names = code.co_varnames[skip : code.co_argcount]
    required = len(names) - len(function.__defaults__ or ())
    return len(names) >= _PASSED >= required and "start" in names[1].lower()


def _is_async(found: object) -> bool:
    if isinstance(found, FunctionType | MethodType):
        return inspect.iscoroutinefunction(found)
    if isinstance(found, type):
        return False
    return inspect.iscoroutinefunction(getattr(type(found), "__call__", None))  # noqa: B004 -- looked at, not asked whether callable
