"""What :mod:`wsgitrace.export.recording_json` wrote, as the frames that a worker had sent.

A file may have come from anybody. Nothing in it is believed to be of the right type or within bounds, nothing in it is
run, and what is not as it has to be is refused with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from wsgitrace.events import (
    INLINE_LIMIT,
    Began,
    BodyPart,
    Chunk,
    Ended,
    Event,
    Events,
    InputRead,
    LayerFound,
    OutputLine,
    Progress,
    Wrote,
    encode_events,
    to_text,
)
from wsgitrace.export.recording_json import RECORDING, entry_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.events import WorkerFrame

__all__ = ["NoRecordingError", "Recorded", "read_recording", "wall_of"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_IDS: Final = 2**31
"""Ids from here on are nobody's."""

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
_Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]


class NoRecordingError(ValueError):
    """There is no recording that could be read; the text is a clause that says why."""


class _Version(msgspec.Struct, frozen=True):
    recording: int | None = None
    entry: str = ""


class _Line(msgspec.Struct, frozen=True):
    time: str
    stream: Literal["stdout", "stderr"]
    text: str
    span: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = msgspec.field(default=0, name="pass")


class _Recording(msgspec.Struct, frozen=True):
    """The names are those of :func:`wsgitrace.export.summary_json.summary_object`, whose fields say what they mean."""

    number: _Number
    worker: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    time: str
    state: Literal["running", "streaming", "held", "done"]
    how: Literal["complete", "client gone", "cut", "refused", "worker gone", ""]
    method: str
    target: str
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] | None
    duration_ns: _Count
    held_ns: _Count
    first_byte_ns: _Count | None
    request_size: _Count
    response_size: _Count
    chunks: _Count
    layers: _Count
    exception: str
    swallowed: bool
    start_responses: _Count
    input: Literal["none", "unread", "partial", "full"]
    closed: bool
    short_circuit: str
    content_type: str
    route: str
    view: str
    dropped: _Count
    note: str
    replay_of: _Number | None
    held_at: str
    peer: str
    pinned: bool
    layer_list: list[LayerFound]
    event_list: list[Event]
    output: list[_Line] = []


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange."""

    number: int
    """The number that it had."""
    worker: int
    """The worker that had run it."""
    pinned: bool
    """It was pinned."""
    layers: tuple[LayerFound, ...]
    """The layers that its worker had."""
    frames: tuple[WorkerFrame, ...]
    """What its worker had sent of it; the worker's own number of it is the one that it had here."""


def read_recording(block: bytes, entry: Any) -> Recorded | None:
    """What a ``_wsgitrace`` holds, given the ``entry`` that it stands in; None where it is only for people.

    Raises :class:`NoRecordingError`.
    """
    try:
        version = msgspec.json.decode(block, type=_Version)
        if version.recording is None:
            return None
        _check(version, entry)
        found = msgspec.json.decode(block, type=_Recording)
        return Recorded(found.number, found.worker, found.pinned, _layers(found), tuple(_frames(found)))
    except NoRecordingError:
        raise
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as problem:
        raise NoRecordingError(f"it is none of ours: {problem}") from None


def _check(version: _Version, entry: Any) -> None:
    if version.recording != RECORDING:
        raise NoRecordingError(f"it is of version {version.recording}, and {RECORDING} is known here")
    if version.entry != entry_digest(entry):
        raise NoRecordingError("request or response were changed since it was written")


def _layers(found: _Recording) -> tuple[LayerFound, ...]:
    if not all(0 <= layer.id < _IDS and 0 <= layer.line < _IDS for layer in found.layer_list):
        raise NoRecordingError("it is none of ours: a layer has an id that no layer has")
    return tuple(found.layer_list)


def _frames(found: _Recording) -> Iterator[WorkerFrame]:
    """In the order in which a worker sends them."""
    number = found.number
    yield Began(number, wall_of(found.time), to_text(found.method), to_text(found.target), found.peer, found.replay_of)
    events, bodies = _apart(found.event_list)
    yield Events(number, len(events), encode_events(events))
    for seq, data in bodies.items():
        yield BodyPart(number, seq, data)
    for line in found.output:
        yield OutputLine(line.stream, line.text, number, line.span, wall_of(line.time))
    yield _end(found)


def _apart(events: list[Event]) -> tuple[list[Event], dict[int, bytes]]:
    """Events without the bodies that are too long for them, and those by seq."""
    kept: list[Event] = []
    bodies: dict[int, bytes] = {}
    for event in events:
        if not 0 <= event.seq < _IDS:
            raise NoRecordingError("it is none of ours: an event has a position that none has")
        if isinstance(event, Chunk | Wrote | InputRead) and len(event.data) > INLINE_LIMIT:
            bodies[event.seq] = event.data
            event = replace(event, data=b"", stored=False)  # noqa: PLW2901 -- what is left of it
        kept.append(event)
    return kept, bodies


def _end(found: _Recording) -> Ended | Progress:
    if found.state != "done" or not found.how:
        state = "running" if found.state == "done" else found.state
        return Progress(
            exchange=found.number,
            state=state,
            status=found.status,
            layers=found.layers,
            chunks=found.chunks,
            sent=found.response_size,
            held_at=found.held_at,
            duration=found.duration_ns,
        )
    return Ended(
        exchange=found.number,
        how=found.how,
        status=found.status,
        duration=found.duration_ns,
        held=found.held_ns,
        first_byte=found.first_byte_ns,
        request_size=found.request_size,
        response_size=found.response_size,
        chunks=found.chunks,
        layers=found.layers,
        exception=found.exception,
        swallowed=found.swallowed,
        start_responses=found.start_responses,
        input=found.input,
        closed=found.closed,
        short_circuit=found.short_circuit,
        content_type=found.content_type,
        events=len(found.event_list),
        dropped=found.dropped,
        note=found.note,
        route=found.route,
        view=found.view,
    )


def wall_of(text: str) -> int:
    """A moment of ISO 8601 as nanoseconds since the epoch; UTC where it does not say. Raises :class:`ValueError`."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
