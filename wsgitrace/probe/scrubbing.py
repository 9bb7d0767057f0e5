"""Encoding events that may hold what msgpack cannot: the rule is fast, the exception is careful."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from wsgitrace.events import Event, Frame, encode, to_key, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIXED, _SHORT = 15, 65_535


def encode_batch(events: Sequence[Event]) -> bytes:
    """The encodings of ``events``, one after the other.

    Events are recorded with the strings of the application as they are, because nearly all are valid: only when a
    batch turns out not to be is it gone through, and lone surrogates become :class:`Surrogates`.
    """
    try:
        # One call for all, minus the array's own header, is the same bytes as one call for each.
        data: bytes = encode(events)
    except Exception:  # noqa: BLE001 -- whatever msgspec objects to, the careful way finds it
        return b"".join([encode(scrubbed(event)) for event in events])
    count = len(events)
    return data[1 if count <= _FIXED else 3 if count <= _SHORT else 5 :]


def encode_frame(frame: Frame) -> bytes:
    """The encoding of one frame, by the same rule."""
    try:
        return encode(frame)
    except Exception:  # noqa: BLE001 -- as above
        return encode(scrubbed(frame))


def scrubbed(frame: Any) -> Any:
    """``frame`` with every string in a form that can be encoded."""
    changes: dict[str, Any] = {}
    for field in msgspec.structs.fields(frame):
        value = getattr(frame, field.name)
        changes[field.name] = to_key(value) if field.type is str else _scrubbed_value(value)
    return msgspec.structs.replace(frame, **changes)


def _scrubbed_value(value: Any) -> Any:
    if isinstance(value, str):
        return to_text(value)
    if isinstance(value, tuple):
        return tuple([_scrubbed_value(item) for item in value])
    if isinstance(value, dict):
        return {to_key(key): _scrubbed_value(item) for key, item in value.items()}
    if isinstance(value, Frame):
        return scrubbed(value)
    return value
