"""Values of the application as plain data: what can be told of them without running any of its code."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wsgitrace.events import LongText, RawBytes, Value, to_text
from wsgitrace.probe.environ import rendered
from wsgitrace.probe.foreign import qualified

__all__ = ["is_plain", "told"]

_PLAIN: Final = frozenset({date, timedelta, Decimal, UUID})
"""Types of the standard library whose text runs nothing but their own code."""

_IN_A_ZONE: Final = frozenset({datetime, time})
_ZONES: Final = frozenset({type(None), timezone})


def is_plain(value: Any) -> bool:
    """True for an object whose ``str()`` runs none of the application's code."""
    kind = type(value)
    if kind in _IN_A_ZONE:
        zone = type(value.tzinfo)
        return zone in _ZONES or _is(zone, "zoneinfo", "ZoneInfo")
    return kind in _PLAIN or _is(kind, "pathlib", "PosixPath")


def _is(kind: type, module: str, name: str) -> bool:
    """Whether a type is that of a module which the application has imported: nothing here imports it in its stead."""
    return qualified(kind)[0] == name and getattr(sys.modules.get(module), name, None) is kind


def told(value: Any, longest: int) -> Value:
    """A value, at most ``longest`` characters or bytes of it; an object that may not be asked by its type."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= longest else LongText(to_text(value[:longest]), len(value))
    if kind is bytes and len(value) > longest:
        return RawBytes(value[:longest], len(value))
    if kind is int or kind is float or value is None:
        return rendered(value)
    return told(str(value), longest) if is_plain(value) else rendered(value)
