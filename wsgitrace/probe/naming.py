"""Names of layers, as their authors would write them."""

from __future__ import annotations

import posixpath
from types import CellType, FunctionType
from typing import TYPE_CHECKING

from wsgitrace.probe.foreign import class_attribute, mro, qualified, type_name
from wsgitrace.probe.shapes import by_name, defaults_of

if TYPE_CHECKING:
    from types import CodeType

_LOCAL = ".<locals>."
_EMPTY = CellType()
_DECORATORS = frozenset({"decorate", "decorator", "deco", "wrap", "wrapper", "outer"})
"""What everybody calls the function between a decorator with arguments and what that makes."""


def layer_name(function: FunctionType, code: CodeType, kind: type | None) -> str:
    """Dotted name of the layer that ``function``, whose own code is ``code``, is for objects of ``kind``."""
    if kind is not None:
        if class_attribute(kind, "__call__") is function:
            put_there = _put_there(function, kind)
            if put_there is not None:
                return f"{_module(put_there)}.{put_there.__code__.co_name}"
            if _is_method(function, code, kind):
                return type_name(kind)
        if class_attribute(kind, code.co_name) is function:
            return type_name(kind) if code.co_name == "__init__" else f"{type_name(kind)}.{code.co_name}"
    return function_name(function, code)


def _is_method(function: FunctionType, code: CodeType, kind: type) -> bool:
    """True for a method that was written for its class: decorated, or under another name, but not put there later."""
    written = code.co_name == "__call__" or function.__qualname__.endswith(".__call__")
    return written or _module(function) == qualified(kind)[1]


def _put_there(function: FunctionType, kind: type) -> FunctionType | None:
    """What another tool calls in the place of a class's own ``__call__``, where ``function`` is that or decorates it.

    It takes WSGI's arguments as a method does, and was written inside a function of another module than the class.
    """
    inner = [cell.cell_contents for cell in function.__closure__ or () if cell != _EMPTY]
    for one in (function, *inner):
        if type(one) is not FunctionType or _module(one) == qualified(kind)[1]:
            continue
        code, shape = one.__code__, by_name(one.__code__, defaults_of(one))
        if shape is not None and shape.environ == 1 and _LOCAL in code.co_qualname and code.co_name != "__call__":
            return one
    return None


def _module(function: FunctionType) -> str:
    module = dict.get(function.__globals__, "__name__")
    return module if type(module) is str else ""


def function_name(function: FunctionType, code: CodeType) -> str:
    """Dotted name of a function; of a closure, that of the function that made it.

    The code's own name is taken: ``functools.wraps`` makes ``__qualname__`` tell that of another one.
    """
    return code_name(code, _module(function))


def code_name(code: CodeType, module: str) -> str:
    """The same of a function of ``module``, by its code."""
    if code.co_name == "<lambda>":
        return f"<lambda> {posixpath.basename(code.co_filename)}:{code.co_firstlineno}"
    qualname = code.co_qualname
    holder, _, method = qualname.rpartition(".")
    if holder and method in {"__call__", "__init__", "__new__"}:
        qualname = holder
    elif _LOCAL in qualname and holder.rpartition(".")[2] == "<locals>":
        makers = qualname.split(_LOCAL)[:-1]
        while len(makers) > 1 and makers[-1] in _DECORATORS:
            makers.pop()
        maker, _, made_in = makers[-1].rpartition(".")
        if maker and made_in.startswith("__"):
            makers[-1] = f"{maker}.{code.co_name}"  # made by an object: its class says more than that method
        qualname = ".".join(makers)
    return f"{module}.{qualname}" if module else qualname


def is_demo(module: str) -> bool:
    """True for a module of the demos where they are installed with wsgitrace: an application like any other."""
    return module.startswith("wsgitrace.demos.")


def is_response(kind: type) -> bool:
    """True for a response object of a framework that is itself called as a WSGI application."""
    names = {type_name(base).rpartition(".")[2] for base in mro(kind)}
    return bool(names & {"Response", "BaseResponse", "HTTPException", "WSGIHTTPException"})
