"""An exchange that somebody else recorded, as the frames that a worker would have sent of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wsgitrace.events import (
    Began,
    Chunk,
    Done,
    Ended,
    Events,
    HeadReceived,
    InputRead,
    IterationEnded,
    ResponseHead,
    Sent,
    Truncated,
    encode_events,
    to_headers,
    to_text,
)
from wsgitrace.trace.head import header, status_code

if TYPE_CHECKING:
    from wsgitrace.events import Event
    from wsgitrace.trace import HeaderList

__all__ = ["Told", "frames"]


@dataclass(frozen=True, slots=True)
class Told:
    """One exchange as far as it is known from outside. Times are nanoseconds."""

    wall: int
    method: str
    target: str
    scheme: str
    head: bytes
    body: bytes
    whole: bool
    """``body`` is all of it."""
    status: str
    """Code and reason; empty where nothing was answered."""
    headers: HeaderList
    content: bytes
    content_whole: bool
    """``content`` is all of it."""
    sent: int
    """Bytes of body that went over the wire."""
    duration: int
    first_byte: int


def frames(told: Told, number: int, note: str) -> tuple[Began, Events, Ended]:
    """The frames of an exchange that is the worker's ``number``."""
    events = _events(told)
    ended = Ended(
        exchange=number,
        how="complete" if told.status else "cut",
        status=status_code(told.status),
        duration=told.duration,
        first_byte=told.first_byte if told.status else None,
        request_size=len(told.body),
        response_size=told.sent,
        chunks=int(bool(told.content)),
        input=_input(told),
        content_type=to_text(header(told.headers, "content-type") or ""),
        events=len(events),
        note=note,
    )
    began = Began(number, told.wall, to_text(told.method), to_text(told.target), "")
    return began, Events(number, len(events), encode_events(events)), ended


def _input(told: Told) -> Any:
    """As :class:`Ended` has it."""
    if told.whole:
        return "full" if told.body else "none"
    return "partial" if told.body else "unread"


def _events(told: Told) -> list[Event]:
    """All of them in the server's pass."""
    events: list[Event] = []

    def put(kind: type[Event], at: int, **facts: Any) -> None:
        events.append(kind(len(events), 0, 0, at, **facts))

    put(HeadReceived, 0, raw=told.head, peer="", scheme=told.scheme)
    if told.body:
        got = len(told.body)
        put(InputRead, 0, method="read", asked=None, got=got, offset=0, end=told.whole, data=told.body)
    if told.status:
        put(ResponseHead, told.first_byte, status=to_text(told.status), headers=to_headers(told.headers))
        if told.content:
            put(Chunk, told.duration, index=0, length=len(told.content), data=told.content)
        if told.content_whole:
            put(IterationEnded, told.duration)
        else:
            put(Truncated, told.duration, what="response body", limit=len(told.content))
        put(Sent, told.duration, total=told.sent)
    put(Done, told.duration, how="complete" if told.status else "cut")
    return events
