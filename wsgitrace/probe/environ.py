"""Environs as plain data, and what changed between two of them."""

from __future__ import annotations

from itertools import chain, compress, repeat
from operator import is_not
from types import MethodType
from typing import TYPE_CHECKING, Any

import msgspec

from wsgitrace.events import VALUE_LIMIT, BigInt, LongText, Opaque, RawBytes, Text, Value, to_key, to_text
from wsgitrace.probe.foreign import mro, type_name

if TYPE_CHECKING:
    from wsgitrace.probe.recorder import Recording

_SCALARS = frozenset({bool, int, float, str, bytes, type(None)})
_CONTAINERS = frozenset({tuple, list, dict, set, frozenset})
_LITERAL_ITEMS = 16
_LITERAL_LENGTH = 200
_MISSING: Any = object()
_INT_MIN, _INT_MAX = -(2**63), 2**64 - 1

NOTHING: dict[str, Value] = {}
"""The changes of a pass that changed nothing: shared, never written to."""


stands_for: set[type] = set()
"""Our own classes whose objects are shown as what they stand for."""


def whole(environ: dict[Any, Any], *, short: bool) -> dict[str, Value]:
    """All of an environ as plain data; ``short`` when it is a server's, with nothing longer than may travel."""
    if short:
        # As the server makes it: strings, but for a few keys of which some are always the same.
        plain = environ.copy()
        for key in _STREAMS:
            stream: Any = plain.get(key)
            if type(stream) in stands_for:
                inner = stream.wsgitrace_inner
                plain[key] = Opaque(type_name(type(inner)), "", None, id(inner))
        for key in _METHODS:
            method = plain.get(key)
            if type(method) is MethodType:
                plain[key] = Opaque("method", "", None, id(method))
        for key, value, shown in _constants:
            if plain.get(key) is value:
                plain[key] = shown
        if _SIMPLE.issuperset(map(type, plain.values())):
            return plain
        _remember(environ)
    return {
        key if type(key) is str else _key(key): (
            value if type(value) is str and len(value) <= VALUE_LIMIT else rendered(value)
        )
        for key, value in dict.items(environ)
    }


_SIMPLE = frozenset({str, bool, Opaque})
_STREAMS = ("wsgi.input", "wsgi.errors")
_METHODS = ("wsgitrace.client_disconnected", "waitress.client_disconnected")
_constants: list[tuple[str, Any, Value]] = []
"""What the server puts into every environ besides strings: the last one of each, and how it is shown."""


def _remember(environ: dict[Any, Any]) -> None:
    """Take note of what the server puts into every environ."""
    found = [(key, environ.get(key)) for key in ("wsgi.version", "wsgi.file_wrapper")]
    _constants[:] = [(key, value, rendered(value)) for key, value in found if type(value) in {tuple, type}]


def same(environ: dict[str, Any] | None, snapshot: dict[str, Any]) -> bool:
    """True when nothing changed. Values that are the very same objects are not compared any further."""
    try:
        return environ == snapshot
    except Exception:  # noqa: BLE001 -- some value's own __eq__ raised: look closer, without it
        return False


class Difference(msgspec.Struct):
    """How one environ differs from another."""

    old: dict[str, Any]
    new: dict[str, Any]
    """A copy, made when this was worked out."""
    changed: dict[str, Value]
    """Keys that the new one adds or replaces, as plain data."""
    removed: tuple[str, ...]
    """Keys that it lacks."""


def difference_in(recording: Recording, old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """How ``new`` differs from ``old``: worked out once, because every pass around a change sees it, too."""
    known = recording.difference
    if known is None or known.old is not old or not same(new, known.new):
        copy = dict.copy(new)
        changed, removed = difference(old, copy)
        known = recording.difference = Difference(old, copy, changed, removed)
    return known


def difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Keys that ``new`` adds or replaces, as plain data, and keys that it lacks."""
    if type(new) is not dict:
        new = dict.copy(new)
    count = len(old)
    changed: dict[str, Value] = {}
    if len(new) > count:
        # Nearly all who change anything add something, and do nothing else.
        rest, added = new.copy(), []
        while len(rest) > count:
            added.append(rest.popitem())
        if same(rest, old):
            while added:
                key, value = added.pop()
                changed[_key(key)] = rendered(value)
            return changed, ()
    keys = list(new)
    # Without a line of Python for the keys that are the same, which are nearly all, and stand where they stood.
    in_place = keys[:count] == list(old)
    befores = chain(old.values(), repeat(_MISSING)) if in_place else map(old.get, keys, repeat(_MISSING))
    for key in compress(keys, map(is_not, new.values(), befores)):
        value, before = new[key], old.get(key, _MISSING)
        kind = type(value)
        if kind is not type(before) or kind not in _SCALARS or before != value:
            changed[key if type(key) is str and key.isascii() else _key(key)] = rendered(value)
    if in_place:
        return changed or NOTHING, ()
    return changed or NOTHING, tuple([_key(key) for key in old if key not in new])


def rendered(value: Any) -> Value:  # noqa: PLR0911 -- one return for each type of value
    """One value as plain data; an object by its type, never by its ``repr``."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= VALUE_LIMIT else LongText(to_text(value[:VALUE_LIMIT]), len(value))
    if kind is bool or kind is float or value is None:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return value if _INT_MIN <= value <= _INT_MAX else BigInt(hex(value))
    if kind is bytes:
        return RawBytes(value[:VALUE_LIMIT], len(value))
    if kind in _CONTAINERS:
        return Opaque(kind.__name__, _literal(value), len(value), id(value))
    if kind in stands_for:
        return rendered(value.wsgitrace_inner)
    if str in mro(kind):
        return rendered(str.__getitem__(value, slice(None)))
    return Opaque(type_name(kind), "", None, id(value))


def bounded(value: str, limit: int = VALUE_LIMIT) -> Text:
    """A string as it travels, cut at ``limit`` characters."""
    return to_text(value if len(value) <= limit else value[:limit])


def _literal(value: Any) -> str:
    """The literal of a small built-in container of scalars, else empty."""
    if len(value) > _LITERAL_ITEMS:
        return ""
    items = [*value.keys(), *value.values()] if type(value) is dict else value
    size = 0
    for item in items:
        kind = type(item)
        if kind not in _SCALARS:
            return ""
        size += len(item) if kind is str or kind is bytes else 1
        if size > _LITERAL_LENGTH or (kind is int and not _INT_MIN <= item <= _INT_MAX):
            return ""
    return to_key(repr(value))


def _key(key: Any) -> str:
    if type(key) is str:
        return key if key.isascii() else to_key(key)
    if str in mro(type(key)):
        return to_key(str.__getitem__(key, slice(None)))
    return f"<{type_name(type(key))}>"
