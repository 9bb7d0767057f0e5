"""Observing a function by swapping its code, so that no reference to it changes.

The function object stays: whoever holds it, compares it, or looks at its name, defaults, closure or signature sees what
was there before. Only its code is another one with the same parameters, which reports to a hook and then runs the
original code in a function of the hook's own.
"""

from __future__ import annotations

import ast
import gc
import weakref
from inspect import CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FunctionType
from typing import Any, NamedTuple, Protocol

_HOOK = "\0wsgitrace hook"


class Hook(Protocol):
    """What a trampoline calls. No method but ``orig`` may raise."""

    orig: Any
    """A function that runs the original code."""


class Parameters(NamedTuple):
    """The parameters of a function, in the form that templates are cached by."""

    positional: tuple[str, ...]
    positional_only: int
    varargs: str
    keyword_only: tuple[str, ...]
    keywords: str

    @classmethod
    def of(cls, code: CodeType) -> Parameters:
        """The parameters of ``code``."""
        names = code.co_varnames
        after = code.co_argcount + code.co_kwonlyargcount
        varargs = keywords = ""
        if code.co_flags & CO_VARARGS:
            varargs, after = names[after], after + 1
        if code.co_flags & CO_VARKEYWORDS:
            keywords = names[after]
        return cls(
            names[: code.co_argcount],
            code.co_posonlyargcount,
            varargs,
            names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount],
            keywords,
        )

    def declared(self) -> str:
        """As in a ``def``, without defaults: those stay on the function."""
        parts = list(self.positional)
        if self.positional_only:
            parts.insert(self.positional_only, "/")
        if self.varargs:
            parts.append("*" + self.varargs)
        elif self.keyword_only:
            parts.append("*")
        parts += self.keyword_only
        if self.keywords:
            parts.append("**" + self.keywords)
        return ", ".join(parts)

    def passed(self, replaced: int = -1, by: str = "") -> str:
        """As in a call; the parameter at ``replaced``, of the positional and then the others, is given as ``by``."""
        parts = [by if index == replaced else name for index, name in enumerate(self.positional)]
        if self.varargs:
            parts.append("*" + self.varargs)
        for index, name in enumerate(self.keyword_only, len(self.positional)):
            parts.append(f"{name}={by if index == replaced else name}")
        if self.keywords:
            parts.append("**" + self.keywords)
        return ", ".join(parts)


def call_source(parameters: Parameters, environ: int) -> str:
    """Body of the trampoline of a function that takes environ at that position and start_response after it."""
    this = parameters.positional[0] if environ else "None"
    first, second = (*parameters.positional, *parameters.keyword_only)[environ : environ + 2]
    return f"""
    try:
        wsgitrace_span = HOOK.enter({this}, {first}, {second})
    except HOOK.instead as wsgitrace_instead:
        return wsgitrace_instead.outcome(HOOK)
    if wsgitrace_span is None:
{_untraced(parameters)}
    try:
        wsgitrace_result = HOOK.orig({parameters.passed(environ + 1, "wsgitrace_span.start_response")})
    except BaseException as wsgitrace_error:
        HOOK.failed(wsgitrace_span, wsgitrace_error)
        raise
    return HOOK.leave(wsgitrace_span, wsgitrace_result)
"""


def loose_source(parameters: Parameters) -> str:
    """Body of the trampoline of a function whose WSGI arguments are found among ``*args``."""
    positional = "".join(f"{name}, " for name in parameters.positional)
    keyword_only = "".join(f", {name}={name}" for name in parameters.keyword_only)
    keywords = parameters.keywords or "{}"
    return f"""
    try:
        wsgitrace_call = HOOK.enter_loose(({positional}*{parameters.varargs},), {keywords})
    except HOOK.instead as wsgitrace_instead:
        return wsgitrace_instead.outcome(HOOK)
    if wsgitrace_call is None:
{_untraced(parameters)}
    wsgitrace_span, wsgitrace_args, wsgitrace_keywords = wsgitrace_call
    try:
        wsgitrace_result = HOOK.orig(*wsgitrace_args{keyword_only}, **wsgitrace_keywords)
    except BaseException as wsgitrace_error:
        HOOK.failed(wsgitrace_span, wsgitrace_error)
        raise
    return HOOK.leave(wsgitrace_span, wsgitrace_result)
"""


def packed_source(parameters: Parameters) -> str:
    """Body of the trampoline of a function that wrapt calls with the WSGI arguments in a tuple."""
    wrapped, instance, args, kwargs = parameters.positional
    return f"""
    try:
        wsgitrace_call = HOOK.enter_packed({wrapped}, {args}, {kwargs})
    except HOOK.instead as wsgitrace_instead:
        return wsgitrace_instead.outcome(HOOK)
    if wsgitrace_call is None:
{_untraced(parameters)}
    wsgitrace_span, wsgitrace_args = wsgitrace_call
    try:
        wsgitrace_result = HOOK.orig({wrapped}, {instance}, wsgitrace_args, {kwargs})
    except BaseException as wsgitrace_error:
        HOOK.failed(wsgitrace_span, wsgitrace_error)
        raise
    return HOOK.leave(wsgitrace_span, wsgitrace_result)
"""


def around_source(parameters: Parameters) -> str:
    """Body of the trampoline of a method of which the object it is called on and the result are of interest."""
    return f"""
    wsgitrace_span = HOOK.enter({parameters.positional[0]})
    if wsgitrace_span is None:
{_untraced(parameters)}
    try:
        wsgitrace_result = HOOK.orig({parameters.passed()})
    except BaseException as wsgitrace_error:
        HOOK.failed(wsgitrace_span, wsgitrace_error)
        raise
    return HOOK.leave(wsgitrace_span, wsgitrace_result)
"""


def notice_source(parameters: Parameters) -> str:
    """Body of the trampoline of a function of which only the arguments are of interest."""
    return f"""
    HOOK.notice({parameters.passed()})
{_untraced(parameters, 4)}
"""


def _untraced(parameters: Parameters, indent: int = 8) -> str:
    """Run the original code as if nothing stood before it, tracebacks included."""
    lines = (
        "try:",
        f"    return HOOK.orig({parameters.passed()})",
        "except BaseException as wsgitrace_error:",
        "    HOOK.untraced(wsgitrace_error)",
        "    raise",
    )
    return "\n".join(" " * indent + line for line in lines)


_templates: dict[tuple[Parameters, str, int], CodeType] = {}

_INNER = "wsgitrace_original"


def _template(parameters: Parameters, body: str, free: int) -> CodeType:
    """Compile a trampoline, or take it from the cache. Every instruction is on the line of the ``def``."""
    key = (parameters, body, free)
    code = _templates.get(key)
    if code is None:
        # It must begin with COPY_FREE_VARS for as many variables as the original has: without it, reading f_locals of
        # its frame crashes CPython 3.11 and 3.12. So it refers to that many variables of a function around it.
        names = [f"wsgitrace_free{index:03}" for index in range(free)]
        outer = "".join(f"{name} = " for name in names)
        inner = ", ".join(names)
        source = f"def around():\n    {outer}None\n    def trampoline({parameters.declared()}):\n"
        if _INNER in body:
            # The original code takes this one's place, and its free variables with it.
            source += f"        def {_INNER}(): {inner or 'pass'}\n"
        elif free:
            source += f"        if 0: {inner}\n"
        source += "".join(f"    {line}\n" for line in body.splitlines() if line)
        tree = ast.parse(source)
        for node in ast.walk(tree):
            for attribute in ("lineno", "end_lineno"):
                if hasattr(node, attribute):
                    setattr(node, attribute, 1)
            for attribute in ("col_offset", "end_col_offset"):
                if hasattr(node, attribute):
                    setattr(node, attribute, 0)
        tree = ast.fix_missing_locations(_Placeholders().visit(tree))
        around = _nested(compile(tree, "<wsgitrace>", "exec", dont_inherit=True, optimize=0))
        code = _templates[key] = _nested(around)
    return code


class _Placeholders(ast.NodeTransformer):
    """The name HOOK becomes a constant, to be replaced by the hook: nothing is put into the user's globals."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "HOOK":
            return ast.copy_location(ast.Constant(_HOOK), node)
        return node


def _nested(code: CodeType) -> CodeType:
    return next(constant for constant in code.co_consts if type(constant) is CodeType)


_originals: weakref.WeakKeyDictionary[FunctionType, CodeType] = weakref.WeakKeyDictionary()
_clones: weakref.WeakSet[FunctionType] = weakref.WeakSet()
_makers: weakref.WeakKeyDictionary[FunctionType, CodeType] = weakref.WeakKeyDictionary()
"""The own codes of functions that make others, which are now made observed."""

_twins: dict[int, tuple[CodeType, CodeType]] = {}
"""Trampolines for functions yet to be made, and what they run, by the ``id`` of the former."""

ours: set[int] = set()
"""The ``id`` of every trampoline's code."""


def is_ours(function: FunctionType) -> bool:
    """True when the code of ``function`` is a trampoline, or runs behind one."""
    return id(function.__code__) in ours or function in _clones


def hook_of(function: FunctionType) -> Any:
    """What the trampoline of ``function`` reports to; None where it has none."""
    code = function.__code__
    if id(code) not in ours:
        return None
    return next((constant for constant in code.co_consts if hasattr(type(constant), "untraced")), None)


def original_code(function: FunctionType) -> CodeType:
    """The code that the application gave ``function``."""
    return _originals.get(function, function.__code__)


def is_original(code: CodeType) -> bool:
    """True for code that the application gave a function that now has a trampoline."""
    return any(original is code for original in tuple(_originals.values()))


def swap(function: FunctionType, hook: Hook, body: str) -> None:
    """Have ``function`` report to ``hook`` from its next call on."""
    original = function.__code__
    clone = FunctionType(original, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    clone.__kwdefaults__ = function.__kwdefaults__
    clone.__qualname__ = function.__qualname__
    _clones.add(clone)
    hook.orig = clone
    code = _trampoline(original, hook, body)
    _originals[function] = original
    function.__code__ = code


def swap_for_a_while(function: FunctionType, hook: Hook, body: str) -> None:
    """The same for a function that does not live as long as the application, at some cost at each of its calls.

    Nothing refers to another function here: code is nothing that the collector of cycles looks into, so a function that
    its own closure or globals refer to would never go.
    """
    original = function.__code__
    _originals[function] = original
    function.__code__ = _trampoline(original, hook, body.replace("HOOK.orig", _INNER))


def twin(original: CodeType, hook: Hook, body: str) -> CodeType:
    """A trampoline for functions yet to be made of ``original``: it makes what runs that at each call."""
    code = _trampoline(original, hook, body.replace("HOOK.orig", _INNER))
    _twins[id(code)] = (code, original)
    return code


def _trampoline(original: CodeType, hook: Hook, body: str) -> CodeType:
    template = _template(Parameters.of(original), body, len(original.co_freevars))
    code = template.replace(
        co_consts=tuple(_replaced(constant, hook, original) for constant in template.co_consts),
        # The flag makes no generator (an instruction does), but from 3.12 on a code that differs in it may not be
        # assigned without a warning, and inspect.isgeneratorfunction goes by it.
        co_flags=template.co_flags | original.co_flags & CO_GENERATOR,
        co_freevars=original.co_freevars,
        co_name=original.co_name,
        co_qualname=original.co_qualname,
        co_filename=original.co_filename,
        co_firstlineno=original.co_firstlineno,
    )
    ours.add(id(code))
    weakref.finalize(code, ours.discard, id(code)).atexit = False
    return code


def _replaced(constant: Any, hook: Hook, original: CodeType) -> Any:
    if type(constant) is CodeType:
        return original
    return hook if type(constant) is str and constant == _HOOK else constant


def plant(old: CodeType, new: CodeType) -> int:
    """Have the functions that will be made of ``old`` be made of ``new``; how many functions make them."""
    planted = 0
    for function in functions():
        code = function.__code__
        if code.co_filename != old.co_filename or not old.co_qualname.startswith(code.co_qualname + "."):
            continue
        changed = _with_constant(code, old, new)
        if changed is not None:
            if function not in _clones:
                _makers.setdefault(function, code)
            function.__code__ = changed
            planted += 1
    return planted


def _with_constant(code: CodeType, old: CodeType, new: CodeType) -> CodeType | None:
    """``code`` with ``new`` for ``old`` among its constants and theirs; None when that is not there."""
    constants = list(code.co_consts)
    changed = False
    for index, constant in enumerate(constants):
        if type(constant) is not CodeType or id(constant) in ours:
            continue
        inner = new if constant is old else _with_constant(constant, old, new)
        if inner is not None:
            constants[index] = inner
            changed = True
    return code.replace(co_consts=tuple(constants)) if changed else None


def functions(code: CodeType | None = None) -> list[FunctionType]:
    """All functions there are, or all that run ``code``; those that run behind a trampoline left out of the latter."""
    values = gc.get_objects() if code is None else gc.get_referrers(code)
    found = [value for value in values if type(value) is FunctionType]
    return found if code is None else [value for value in found if value.__code__ is code and value not in _clones]


def restore(function: FunctionType) -> bool:
    """Give one function its very own code back; False when someone else has replaced it since."""
    original = _originals.pop(function, None)
    if original is None or id(function.__code__) not in ours:
        return False
    function.__code__ = original
    return True


def restore_all() -> int:
    """Give every function its very own code back; how many there were.

    A function whose code someone else has replaced since keeps theirs, which may run ours: that passes calls through.
    """
    restored = sum(map(restore, tuple(_originals)))
    for function, original in tuple(_makers.items()):
        if _holds_twin(function.__code__):
            function.__code__ = original
    _makers.clear()
    if _twins:
        for function in functions():
            made = _twins.get(id(function.__code__))
            if made is not None:
                function.__code__ = made[1]
        _twins.clear()
    return restored


def _holds_twin(code: CodeType) -> bool:
    return any(
        type(constant) is CodeType and (id(constant) in _twins or _holds_twin(constant)) for constant in code.co_consts
    )
