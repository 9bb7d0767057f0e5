"""Values of the application as plain data: what can be told of them without running any of its code."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PosixPath
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from wsgitrace.events import LongText, RawBytes, Value, to_text
from wsgitrace.probe.environ import rendered

__all__ = ["is_plain", "told"]

_PLAIN: Final = frozenset({date, timedelta, Decimal, UUID, PosixPath})
"""Types of the standard library whose text runs nothing but their own code."""

_IN_A_ZONE: Final = frozenset({datetime, time})
_ZONES: Final = frozenset({type(None), timezone, ZoneInfo})


def is_plain(value: Any) -> bool:
    """True for an object whose ``str()`` runs none of the application's code."""
    kind = type(value)
    return kind in _PLAIN or (kind in _IN_A_ZONE and type(value.tzinfo) in _ZONES)


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
