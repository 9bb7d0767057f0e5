"""Events, frames and commands to msgpack and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from wsgitrace.events.commands import Command
from wsgitrace.events.exchange import Event
from wsgitrace.events.worker import WorkerFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

_encoder = msgspec.msgpack.Encoder()
_events_decoder = msgspec.msgpack.Decoder(list[Event])
_worker_decoder: msgspec.msgpack.Decoder[WorkerFrame] = msgspec.msgpack.Decoder(WorkerFrame)
_command_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)

encode = _encoder.encode
"""Encode one struct as msgpack."""

decode_worker_frame = _worker_decoder.decode
"""Decode one frame of a worker. Raises :class:`msgspec.DecodeError`."""

decode_command = _command_decoder.decode
"""Decode one command. Raises :class:`msgspec.DecodeError`."""


def encode_events(events: Sequence[Event]) -> bytes:
    """Encode exchange events one after the other, so that batches can be joined without decoding."""
    return b"".join(map(encode, events))


def decode_events(data: bytes, count: int) -> list[Event]:
    """Decode ``count`` events from ``data``. Raises :class:`msgspec.DecodeError`."""
    return _events_decoder.decode(b"\xdd" + count.to_bytes(4, "big") + data)
