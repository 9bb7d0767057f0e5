"""Functions that stand for a method: ``lambda environ, start_response: method(this, environ, start_response)``.

Such a lambda does what ``functools.partial(method, this)`` does, and is no more of a layer: what it calls is one.
"""

from __future__ import annotations

import dis
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import CodeType

_CALLS: Final = frozenset({"CALL", "CALL_FUNCTION_EX"})
_PASSING: Final = frozenset({
    "RESUME", "COPY_FREE_VARS", "PUSH_NULL", "PRECALL", "NOP", "CACHE", "EXTENDED_ARG",
    "BUILD_LIST", "BUILD_TUPLE", "BUILD_MAP", "LIST_EXTEND", "LIST_TO_TUPLE", "DICT_MERGE", "CALL_INTRINSIC_1",
    "CALL_INTRINSIC_2",
})  # fmt: skip
"""Instructions that only put arguments together."""
_LONGEST: Final = 64
"""Bytes of code that such a function has at most, caches of the interpreter included."""


def binds(code: CodeType) -> bool:
    """True for a lambda that calls one variable of the function around it with another one, then its own arguments."""
    if code.co_name != "<lambda>" or len(code.co_freevars) != 2 or len(code.co_code) > _LONGEST:  # noqa: PLR2004 -- method and object
        return False
    *instructions, last, end = dis.get_instructions(code)
    if last.opname not in _CALLS or end.opname != "RETURN_VALUE":
        return False
    given: list[str] = []
    for instruction in instructions:
        name, argument = instruction.opname, instruction.argval
        if name.startswith("LOAD_") and name != "LOAD_CONST":
            given += argument if isinstance(argument, tuple) else [argument]
        elif name not in _PASSING:
            return False
    count = code.co_argcount + sum(map(bool, (code.co_flags & CO_VARARGS, code.co_flags & CO_VARKEYWORDS)))
    own = [*code.co_varnames[:count]]
    return bool(own) and set(given[:2]) == {*code.co_freevars} and given[2:] == own
