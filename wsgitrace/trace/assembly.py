"""Bodies put together from the events that carry them, and why one is not whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wsgitrace.events import Called, Chunk, InputRead, Truncated, Wrote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.trace.build import Recording
    from wsgitrace.trace.head import Request

Piece: TypeAlias = "tuple[int, bytes | None]"
"""Length of an item in bytes, and the bytes where they are recorded."""


_DIGITS = 20
"""So many no longer fit 64 bits."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body as far as it is recorded."""

    data: bytes = b""
    """What is recorded, in order; what is missing is left out."""
    length: int = 0
    """Bytes that there were, recorded or not; for a request not read to its end, the announced length."""
    why: str = ""
    """Why it is not complete, one sentence without a full stop; empty when it is."""
    missing: tuple[tuple[int, int], ...] = ()
    """Offset in the body and length of each stretch that went by but is not in ``data``."""

    @property
    def complete(self) -> bool:
        """True when ``data`` is the whole body from its first to its last byte."""
        return not self.why


def chunk_data(chunk: Chunk | Wrote, by_seq: dict[int, Chunk | Wrote]) -> bytes | None:
    """The bytes of an item, those of the item it is identical with where it says so; None when not recorded."""
    while isinstance(chunk, Chunk) and chunk.same is not None and not chunk.data:
        carrier = by_seq.get(chunk.same)
        if carrier is None or carrier.seq >= chunk.seq:
            return None if chunk.length else b""
        chunk = carrier
    if chunk.length <= 0:
        return chunk.data
    return chunk.data or None


def carriers(recording: Recording) -> dict[int, Chunk | Wrote]:
    """The events that carry bytes of a response, by seq."""
    found: list[Chunk | Wrote] = [*recording.of(Chunk), *recording.of(Wrote)]
    return {event.seq: event for event in found}


def join(pieces: Iterable[Piece]) -> tuple[bytes, int, tuple[tuple[int, int], ...]]:
    """Put items together: the bytes, the length in all, and what is missing."""
    data: list[bytes] = []
    missing: list[tuple[int, int]] = []
    offset = 0
    for length, piece in pieces:
        size = max(length, 0)
        kept = b"" if piece is None else piece
        if kept:
            data.append(kept)
        if len(kept) < size:
            _note(missing, offset + len(kept), size - len(kept))
        offset += max(size, len(kept))
    return b"".join(data), offset, tuple(missing)


def _note(missing: list[tuple[int, int]], offset: int, length: int) -> None:
    """Add a stretch, joined to the one before where they touch."""
    if missing and sum(missing[-1]) == offset:
        offset, length = missing[-1][0], missing[-1][1] + length
        missing.pop()
    missing.append((offset, length))


def lost(recording: Recording, length: int, *, request: bool) -> str:
    """Why ``length`` bytes of a body are missing."""
    what = "request body" if request else "response body"
    for event in recording.of(Truncated):
        if event.what in {what, "events"}:
            unit = "events" if event.what == "events" else "bytes"
            return f"recording stopped at its limit of {event.limit:,} {unit}"
    return f"{length:,} bytes were not recorded"


def request_body(recording: Recording, head: Request | None) -> Body:
    """The request body as the application read it, put together by offset."""
    announced = _announced(recording, head)
    reads = recording.of(InputRead)
    stretches: list[tuple[int, bytes, int]] = sorted(
        (event.offset, event.data, event.got) for event in reads if event.got > 0
    )
    pieces: list[Piece] = []
    position = 0
    for offset, data, got in stretches:
        if offset > position:
            pieces.append((offset - position, None))
            position = offset
        skip = position - offset
        if got > skip:
            pieces.append((got - skip, data[skip:] or None))
            position = offset + got
    data, length, missing = join(pieces)
    bodiless = head is not None and announced in {None, 0} and head.header("transfer-encoding") is None
    ended = any(event.end for event in reads) or (announced is not None and length >= announced) or bodiless
    error = next((event.error for event in reversed(reads) if event.error), "")
    total = max(length, announced or 0)
    if missing:
        return Body(data, total, lost(recording, sum(size for _, size in missing), request=True), missing)
    if ended and not error:
        return Body(data, length)
    if error:
        return Body(data, total, f"reading failed: {error}")
    if not reads:
        of = f" of {announced:,} bytes" if announced else ""
        return Body(data, total, f"nothing{of} was read" if head is not None else "the request is not recorded")
    of = f" of {announced:,}" if announced else ""
    return Body(data, total, f"only {length:,}{of} bytes were read")


def _announced(recording: Recording, head: Request | None) -> int | None:
    """The length of the body, as far as it was known before the application read it.

    Of a chunked one the server has told it to the application, where all of it was there by then.
    """
    if head is None:
        return None
    if head.header("transfer-encoding") is None:
        return head.content_length
    told = next((event.environ.get("CONTENT_LENGTH") for event in recording.of(Called) if event.parent == 0), None)
    return int(told) if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < _DIGITS else None


@dataclass(frozen=True, slots=True)
class Flow:
    """How the items of a response left one pass."""

    items: tuple[Chunk | Wrote, ...] = ()
    """Items and writes, by seq."""
    ended: bool = False
    """True when the last item is known to have been the last."""
    why: str = ""
    """Why not, where more than time is the reason."""


def response_body(recording: Recording, flow: Flow, by_seq: dict[int, Chunk | Wrote]) -> Body:
    """What left a pass, put together."""
    pieces: list[Piece] = [(item.length, chunk_data(item, by_seq)) for item in flow.items]
    data, length, missing = join(pieces)
    if missing:
        return Body(data, length, lost(recording, sum(size for _, size in missing), request=False), missing)
    if any(item.length < 0 for item in flow.items):
        return Body(data, length, "an item is not bytes")
    if flow.ended:
        return Body(data, length)
    return Body(data, length, flow.why or "still coming")
