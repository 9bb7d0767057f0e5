"""Callables without Python code, of C or Cython: observed from outside, because there is no code to swap.

Where the class can be changed its ``__call__`` is, and no reference to the object changes. Where it cannot, something
that behaves like the object is put in the one place where the walk found it. Both are undone by :meth:`StandIns.undo`.
Types that only hand calls on (partials, proxies, wrappers) are left alone: what they call is found anyway.
"""

from __future__ import annotations

from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    MethodType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.foreign import class_attribute, class_dict, instance_dict, mro, qualified, slots, type_name
from wsgitrace.probe.layers import Known
from wsgitrace.probe.trampoline import original_code, ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.probe.exchanges import Exchanges

APPLICATIONS = frozenset({"app", "application", "wsgi_app", "wsgi_application", "_app", "_application"})
"""Names of places that hold nothing but applications: only there is something put in place of an object."""
_OF_C = frozenset({WrapperDescriptorType, MethodDescriptorType, BuiltinFunctionType})
_COMPILED = frozenset({"cython_function_or_method", "compiled_function", "compiled_method"})
"""Names of the types of functions that compilers for Python make."""
_TRANSPARENT = frozenset({"functools", "operator", "weakref", "_weakref", "wrapt", "types", "typing"})
"""Modules of types that are called for what they hold."""
_DEPTH = 100
"""Wrappers around one another that are looked through."""
_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8
_get = object.__getattribute__
_set_slot = object.__setattr__
_set_class_attribute, _delete_class_attribute = type.__setattr__, type.__delattr__


def is_opaque(value: Any) -> bool:
    """True for an object that is callable by code that is not Python's, and no wrapper of another callable."""
    kind = type(value)
    if type in mro(kind) or kind is FunctionType or (kind is MethodType and type(value.__func__) is FunctionType):
        return False
    if qualified(kind)[1].partition(".")[0] in _TRANSPARENT or class_attribute(kind, "__wrapped__") is not None:
        return False
    called = class_attribute(kind, "__call__")
    return type(called) in _OF_C or type(called).__name__ in _COMPILED


def name_of(value: Any) -> str:
    """Dotted name of a compiled function; of any other object, that of its class."""
    kind = type(value)
    if kind is BuiltinFunctionType or kind.__name__ in _COMPILED:
        try:
            module, name = _get(value, "__module__"), _get(value, "__qualname__")
        except AttributeError:
            return type_name(kind)
        if type(name) is str:
            return f"{module}.{name}" if type(module) is str else name
    return type_name(kind)


def decorator_of(value: Any) -> FunctionType | None:
    """The function that a wrapper of wrapt's calls in the place of what it is around; None for every other object."""
    member = class_attribute(type(value), "_self_wrapper")
    found = member.__get__(value) if type(member) is GetSetDescriptorType else None
    return found if type(found) is FunctionType else None


def wrapped_by(value: Any) -> Any:
    """What a wrapper of wrapt's is around."""
    return class_attribute(type(value), "__wrapped__").__get__(value)


def unwrapped(value: Any) -> Any:
    """What wrapt's wrappers are around, however many there are; ``value`` itself where it is none."""
    for _ in range(_DEPTH):
        if decorator_of(value) is None:
            break
        value = wrapped_by(value)
    return value


class StandIn:
    """Behaves like one object, and tells of its calls."""

    __slots__ = ("__weakref__", "wsgitrace_call", "wsgitrace_inner")

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return _get(self, "wsgitrace_call")(_get(self, "wsgitrace_inner"), *args, **kwargs)

    @property
    def __class__(self) -> Any:
        """That of the object."""
        return _get(self, "wsgitrace_inner").__class__

    @__class__.setter
    def __class__(self, value: Any) -> None:
        _get(self, "wsgitrace_inner").__class__ = value

    def __getattribute__(self, name: str) -> Any:
        return getattr(_get(self, "wsgitrace_inner"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_get(self, "wsgitrace_inner"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_get(self, "wsgitrace_inner"), name)

    def __eq__(self, other: object) -> Any:
        return _get(self, "wsgitrace_inner") == other

    def __hash__(self) -> int:
        return hash(_get(self, "wsgitrace_inner"))

    def __repr__(self) -> str:
        return repr(_get(self, "wsgitrace_inner"))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _get(self, "wsgitrace_inner").__reduce_ex__(protocol)


ours.add(id(StandIn.__call__.__code__))


class StandIns:
    """What was changed in the application to observe calls of opaque objects."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._classes: dict[type, CallHook] = {}
        self._undo: list[Callable[[], object]] = []
        self._outermost: tuple[Any, StandIn] | None = None

    def observe(self, value: Any, inside: Any, *, outermost: bool) -> CallHook | None:
        """Have calls of ``value`` observed, which ``inside`` holds; None where that is not possible."""
        kind = type(value)
        hook = self._classes.get(kind)
        if hook is not None:
            return hook
        known = Known(None, _NOWHERE)
        known.name = name_of(value)
        hook = CallHook(known, self._exchanges, named=True)
        if kind.__flags__ & _HEAP_TYPE and not kind.__flags__ & _IMMUTABLE_TYPE:
            self._observe_class(kind, hook)
            return hook
        stand_in = StandIn()
        _set_slot(stand_in, "wsgitrace_inner", value)
        _set_slot(stand_in, "wsgitrace_call", _observed(kind.__call__, hook))
        if outermost:
            self._outermost = value, stand_in
            return hook
        if not replace(inside, value, stand_in):
            return None
        self._undo.append(lambda: replace(inside, stand_in, value))
        return hook

    def entry(self, application: Any) -> Any:
        """What is to be called in place of ``application``: itself, or what stands for it."""
        if self._outermost is not None and self._outermost[0] is application:
            return self._outermost[1]
        return application

    def undo(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()
        self._classes.clear()

    def _observe_class(self, kind: type, hook: CallHook) -> None:
        own = class_dict(kind).get("__call__")
        _set_class_attribute(kind, "__call__", _observed(class_attribute(kind, "__call__"), hook))
        self._classes[kind] = hook
        if own is None:
            self._undo.append(lambda: _delete_class_attribute(kind, "__call__"))
        else:
            self._undo.append(lambda: _set_class_attribute(kind, "__call__", own))


def _observed(original: Callable[..., Any], hook: CallHook) -> FunctionType:
    """A method that calls ``original``, itself called on the object, and tells ``hook``."""

    def __call__(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: N807 -- what it is to be
        __tracebackhide__ = __traceback_hide__ = True
        call = hook.enter_loose((self, *args), kwargs)
        if call is None:
            return original(self, *args, **kwargs)
        span, values, keywords = call
        try:
            result = original(*values, **keywords)
        except BaseException as error:
            hook.failed(span, error)
            raise
        return hook.leave(span, result)

    ours.add(id(__call__.__code__))
    hook.orig = original
    assert type(__call__) is FunctionType  # noqa: S101 -- for the type checker
    return __call__


def _nowhere() -> None:
    """Stands for code that cannot be seen."""


_NOWHERE = _nowhere.__code__.replace(co_filename="", co_firstlineno=0, co_name="__call__", co_qualname="__call__")


def replace(holder: Any, old: Any, new: Any) -> bool:
    """Put ``new`` where ``holder`` holds ``old``; False when that cannot be, as in a tuple."""
    kind = type(holder)
    if kind is FunctionType:
        return _replace_in_function(holder, old, new)
    if dict in mro(kind):
        return _replace_item(holder, dict.items(holder), old, new, dict.__setitem__)
    if list in mro(kind):
        return _replace_item(holder, enumerate(list.__iter__(holder)), old, new, list.__setitem__)
    return _replace_attribute(holder, old, new)


def _replace_attribute(holder: Any, old: Any, new: Any) -> bool:
    attributes = instance_dict(holder)
    if _replace_item(attributes, attributes.items(), old, new, dict.__setitem__):
        return True
    for name, value in {**slots(holder), **fields(holder)}.items():
        if value is old:
            try:
                class_attribute(type(holder), name).__set__(holder, new)
            except (AttributeError, TypeError):  # it is read-only, or takes no object of another type
                return False
            return True
    return False


def fields(value: Any) -> dict[str, Any]:
    """The applications that an object of a compiled class holds, as far as it shows them."""
    found: dict[str, Any] = {}
    for base in mro(type(value)):
        for name in APPLICATIONS & class_dict(base).keys():
            member = class_dict(base)[name]
            if type(member) is GetSetDescriptorType:
                try:
                    found[name] = member.__get__(value)
                except Exception:  # noqa: BLE001, S112 -- what it shows is its own business
                    continue
    return found


def _replace_item(holder: Any, items: Any, old: Any, new: Any, put: Callable[[Any, Any, Any], None]) -> bool:
    for key, value in list(items):
        if value is old:
            put(holder, key, new)
            return True
    return False


def _replace_in_function(function: FunctionType, old: Any, new: Any) -> bool:
    for cell in function.__closure__ or ():
        if _contents(cell) is old:
            cell.cell_contents = new
            return True
    names = function.__globals__
    used = [(name, names[name]) for name in original_code(function).co_names if name in names]
    return _replace_item(names, used, old, new, dict.__setitem__)


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
