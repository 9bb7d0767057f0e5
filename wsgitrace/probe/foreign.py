"""Looking at objects of the application without running any of its code.

``isinstance``, ``getattr``, ``==`` and ``repr`` all call into the object: a ``LocalProxy`` outside a request raises, a
lazy object imports half a framework. Only the type's own machinery is asked here.
"""

from __future__ import annotations

import weakref
from types import MemberDescriptorType
from typing import Any

_get_dict = object.__getattribute__
_type_module = type.__dict__["__module__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_dict = type.__dict__["__dict__"].__get__

_names: dict[int, tuple[weakref.ref[type], str]] = {}


def mro(kind: type) -> tuple[type, ...]:
    """The method resolution order of a class, metaclass properties left aside."""
    found: tuple[type, ...] = _type_mro(kind)
    return found


def class_dict(kind: type) -> dict[str, Any]:
    """The namespace of one class (a mapping proxy)."""
    found: dict[str, Any] = _type_dict(kind)
    return found


def class_attribute(kind: type, name: str) -> Any:
    """What a class or its bases define under ``name``, unbound; None when nothing does."""
    for base in mro(kind):
        namespace = class_dict(base)
        if name in namespace:
            return namespace[name]
    return None


def instance_dict(value: object) -> dict[str, Any]:
    """The attributes stored on an instance; empty when it has no ``__dict__``."""
    if value is None:
        return {}  # as often as not there is nothing to look at, and being told so by an exception takes long
    try:
        found = _get_dict(value, "__dict__")
    except Exception:  # noqa: BLE001 -- a class may define __dict__ as anything that raises anything
        return {}
    return found if type(found) is dict else {}


def slots(value: object) -> dict[str, Any]:
    """The attributes stored in the slots of an instance."""
    found: dict[str, Any] = {}
    for base in mro(type(value)):
        for name, member in class_dict(base).items():
            if type(member) is MemberDescriptorType:
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue
    return found


def type_name(kind: type) -> str:
    """Dotted name of a class; the module is left out for built-in ones."""
    known = _names.get(id(kind))
    if known is not None:
        return known[1]
    module, qualname = _type_module(kind), _type_qualname(kind)
    name = qualname if type(module) is not str or module == "builtins" else f"{module}.{qualname}"
    # In a form that can be sent: nothing keeps a class made at run time from having any name.
    name = name.encode("utf-8", "backslashreplace").decode()
    key = id(kind)
    # Weak, and the entry goes with the class: its id may be given to another one.
    _names[key] = (weakref.ref(kind, lambda _ref: _names.pop(key, None)), name)
    return name


def qualified(kind: type) -> tuple[str, str]:
    """Qualified name and module of a class."""
    module = _type_module(kind)
    return _type_qualname(kind), module if type(module) is str else ""


def is_callable(value: object) -> bool:
    """True when the type of ``value`` makes it callable."""
    return class_attribute(type(value), "__call__") is not None
