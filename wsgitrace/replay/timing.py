"""When requests began, and how slowly their bodies came, as far as the recording tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from wsgitrace.events import InputRead
from wsgitrace.trace.framing import LAST_CHUNK, chunk, one_chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["paced", "starts"]

_WAITED: Final = 2_000_000
"""Nanoseconds from which on a read is taken to have waited for the client."""


def starts(walls: Sequence[int]) -> list[float]:
    """Seconds from the first of requests to each of them. ``walls``: nanoseconds since the epoch, ascending."""
    return [max(0, wall - walls[0]) / 1e9 for wall in walls]


def paced(command: Replay, trace: Trace) -> Replay:
    """The same, its body sent no sooner than the original's was there when the application waited for it.

    What came before it was asked for is not known, and sent at once. A body that was edited is another one.
    """
    body = trace.request_body.data
    ends = {
        event.offset + event.got: event.at + event.took
        for event in trace.recording.of(InputRead)
        if event.got and _waited(event)
    }
    if not ends or command.body not in {body, one_chunk(body)}:
        return command
    if command.body == body:
        return structs.replace(command, pace=tuple(sorted(ends.items())))
    framed, pace, sent = b"", [], 0
    for end, at in sorted(ends.items()):
        framed += chunk(body[sent:end])
        pace.append((len(framed), at))
        sent = end
    return structs.replace(command, body=framed + chunk(body[sent:]) + LAST_CHUNK, pace=tuple(pace))


def _waited(event: InputRead) -> bool:
    return event.took >= _WAITED
