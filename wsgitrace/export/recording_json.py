"""All that was recorded of an exchange as JSON, for whoever imports it: layers, events, what it printed.

Layers and events are arrays, as the file of a capture has them: their tag, then their fields in order. Bytes are
base64. What ``_wsgitrace`` of a HAR holds beside them is for people and other programs.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from wsgitrace.events import Opaque
from wsgitrace.export.summary_json import timestamp

if TYPE_CHECKING:
    from wsgitrace.export.exchange import Exchange

__all__ = ["RECORDING", "entry_digest", "recording_object"]

RECORDING: Final = 1
"""The version of this: another one is not read."""


def entry_digest(entry: dict[str, Any]) -> str:
    """By it an entry of a HAR is known again: another program may have changed it, and left ours as it was."""
    sides = [entry.get("request"), entry.get("response")]
    return hashlib.sha256(json.dumps(sides, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def recording_object(exchange: Exchange, entry: dict[str, Any]) -> dict[str, Any]:
    """What :func:`wsgitrace.export.recording_reading.read_recording` reads, for the ``entry`` that it will stand in."""
    trace = exchange.trace
    return {
        "recording": RECORDING,
        "entry": entry_digest(entry),
        "layer_list": [_plain(msgspec.to_builtins(trace.layers[number])) for number in sorted(trace.layers)],
        "event_list": [_plain(msgspec.to_builtins(event)) for event in trace.events],
        "output": [
            {
                "time": timestamp(row.time),
                "stream": row.stream,
                "pass": row.span,
                "text": exchange.masker.text(row.text),
            }
            for row in exchange.output
        ],
    }


def _plain(value: Any) -> Any:
    """What JSON can hold: it has no number that is none (RFC 8259, 6)."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case float() if not math.isfinite(value):
            return msgspec.to_builtins(Opaque("float", repr(value)))
    return value
