"""The events of an exchange without its secrets, so that they may leave the program: they still make a trace.

In bodies a mark is longer or shorter than what it stands for. What follows of that is set right: lengths of items, and
the length that the request announces. Masking twice changes nothing, so that what was exported, imported and exported
again is the same.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from wsgitrace.events import Chunk, HeadReceived, InputRead, Refused, ResponseHead, Wrote
from wsgitrace.export.exchange import DECODED_LIMIT, masked_target
from wsgitrace.trace.assembly import request_body
from wsgitrace.trace.build import gather
from wsgitrace.trace.decoding import decode_content
from wsgitrace.trace.head import header, header_list, read_request
from wsgitrace.trace.masked import mask_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wsgitrace.events import Event
    from wsgitrace.redact import Masker
    from wsgitrace.trace import HeaderList

__all__ = ["masked_events"]

_LENGTH: Final = re.compile(rb"(?im)^(content-length:[ \t]*)(\d+)")


def masked_events(events: Sequence[Event], masker: Masker) -> list[Event]:
    """The same events, all that is secret in them masked."""
    if masker.reveals:
        return list(events)
    bodies = _bodies(events, masker)
    found = [_masked(event, masker, bodies) for event in events]
    return [_announcing(event, bodies.request) if isinstance(event, HeadReceived) else event for event in found]


@dataclass(slots=True)
class _Bodies:
    """What becomes of the bytes of bodies."""

    data: dict[int, bytes] = field(default_factory=dict)
    """By the seq of the event that carries them: those that are others now."""
    offsets: dict[int, int] = field(default_factory=dict)
    """By the seq of a read: where its bytes are now."""
    gone: set[int] = field(default_factory=set)
    """Events whose bytes cannot be looked into, or not be put together: they are not handed on."""
    same: dict[int, int] = field(default_factory=dict)
    """By the seq of an item that is another one's: its length now."""
    request: int | None = None
    """Length of the request body, where that is another one now."""
    last: int = -1
    """Seq of the read that came to its end, where it did."""


def _masked(event: Event, masker: Masker, bodies: _Bodies) -> Event:
    masked = _head(event, masker) if isinstance(event, HeadReceived | Refused) else mask_record(event, masker)
    data = bodies.data.get(event.seq, b"")
    match masked:
        case InputRead() | Chunk() | Wrote() if event.seq in bodies.gone:
            return replace(masked, data=b"", stored=False)
        case InputRead() if event.seq in bodies.offsets:
            end = masked.end or event.seq == bodies.last
            return replace(masked, data=data, got=len(data), offset=bodies.offsets[event.seq], end=end)
        case Chunk() | Wrote() if event.seq in bodies.data:
            return replace(masked, data=data, length=len(data))
        case Chunk() if event.seq in bodies.same:
            return replace(masked, length=bodies.same[event.seq])
    return masked


def _head(event: Any, masker: Masker) -> Any:
    """Marks in the target are quoted, or the first line would not be one any more."""
    line, end, rest = event.raw.decode("latin-1").partition("\n")
    words = line.split(" ")
    shown = [words[0], *(masked_target(word, masker) for word in words[1:])]
    fields = masker.head(f"\n{rest}")[1:] if end else ""
    raw = f"{' '.join(shown)}{end}{fields}".encode("latin-1", "replace")
    # Where there are fewer bytes now, the one at fault is not told of behind the last.
    changed = {"offset": min(event.offset, len(raw))} if isinstance(event, Refused) else {}
    return mask_record(replace(event, raw=raw, **changed), masker)


def _announcing(event: HeadReceived, length: int | None) -> HeadReceived:
    """The head with the length of the body as it is now."""
    if length is None:
        return event
    return replace(event, raw=_LENGTH.sub(lambda found: found[1] + str(length).encode(), event.raw, count=1))


def _bodies(events: Sequence[Event], masker: Masker) -> _Bodies:
    """The bodies of all passes, and that of the request, masked as wholes and cut where they were cut."""
    bodies = _Bodies()
    items: dict[int, list[Chunk | Wrote]] = defaultdict(list)
    head: HeaderList = ()
    sent: HeaderList = ()
    for event in events:
        if isinstance(event, Chunk | Wrote) and event.data:
            items[event.span].append(event)
        elif isinstance(event, HeadReceived):
            head = read_request(event).headers
        elif isinstance(event, ResponseHead):
            sent = header_list(event.headers)
    for each in items.values():
        whole = b"".join(item.data for item in each)
        masked = _body(whole, sent, masker)
        if masked is None:
            bodies.gone.update(item.seq for item in each)
        elif masked != whole:
            bodies.data |= _cut(each, masked)
    lengths = {event.seq: event.length for event in events if isinstance(event, Chunk | Wrote)}
    lengths |= {seq: len(data) for seq, data in bodies.data.items()}
    for event in events:
        if isinstance(event, Chunk) and event.same is not None and not event.data:
            lengths[event.seq] = bodies.same[event.seq] = lengths.get(event.same, event.length)
    _request(events, head, masker, bodies)
    return bodies


def _cut(items: Sequence[Chunk | Wrote], masked: bytes) -> dict[int, bytes]:
    """A body cut where its items were cut; the last one has what is left."""
    found, offset = {}, 0
    for item in items[:-1]:
        found[item.seq] = masked[offset : offset + len(item.data)]
        offset += len(item.data)
    return found | {items[-1].seq: masked[offset:]}


def _request(events: Iterable[Event], head: HeaderList, masker: Masker, bodies: _Bodies) -> None:
    """The reads of the request body, where it is another one when it is masked."""
    events = list(events)
    reads = sorted((each for each in events if isinstance(each, InputRead) and each.data), key=lambda each: each.offset)
    recording = gather(events)
    received = next((each for each in events if isinstance(each, HeadReceived)), None)
    before = request_body(recording, None if received is None else read_request(received))
    masked = _body(before.data, head, masker)
    if not reads or masked == before.data:
        return
    if masked is None or before.missing:
        bodies.gone.update(read.seq for read in reads)
        return
    furthest = max(reads, key=lambda each: each.offset + each.got)
    for read in reads:
        start = min(read.offset, len(masked))
        end = len(masked) if read is furthest else min(read.offset + read.got, len(masked))
        bodies.data[read.seq], bodies.offsets[read.seq] = masked[start:end], start
    if before.complete:
        bodies.request, bodies.last = len(masked), furthest.seq


def _body(data: bytes, headers: HeaderList, masker: Masker) -> bytes | None:
    """A body masked in its content coding; None where that cannot be looked into."""
    coding = header(headers, "content-encoding") or ""
    kind = header(headers, "content-type") or ""
    decoded = decode_content(data, coding, DECODED_LIMIT)
    if decoded.packed or (decoded.codings and decoded.cut):
        return None
    if not decoded.codings:
        return masker.body(data, kind)
    masked = masker.body(decoded.data, kind)
    if masked == decoded.data:
        return data
    for name in reversed(decoded.codings):
        masked = zlib.compress(masked) if name == "deflate" else gzip.compress(masked, mtime=0)
    return masked
