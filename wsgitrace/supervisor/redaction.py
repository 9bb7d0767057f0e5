"""Secrets taken out of what workers send before any of it is written: for machines that others can read.

Header fields, environ values and texts get marks (``<redacted 32 #a1b2>``); in bodies a secret is overwritten by as
many characters, so that lengths, offsets and the cuts between chunks stay true. A body may carry a secret across two
chunks, so bodies wait for the end of their exchange; everything else goes on at once.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from wsgitrace.events import (
    Began,
    BodyPart,
    Chunk,
    Ended,
    Events,
    HeadReceived,
    ImportFailed,
    InputRead,
    Last,
    OutputLine,
    Refused,
    ResponseHead,
    StartResponse,
    Wrote,
    decode_events,
    encode_events,
    from_text,
    to_text,
)
from wsgitrace.redact import Masker, Names, overwritten
from wsgitrace.redact.bodies import mask_body
from wsgitrace.trace.decoding import decode_content
from wsgitrace.trace.masked import mask_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.events import Event, Text, WorkerFrame

HELD_LIMIT: Final = 256 * 2**20
"""Bytes of bodies that wait for the ends of their exchanges; those of an exchange beyond that are not recorded."""

_GZIP: Final = b"\x1f\x8b"
_UNPACKED_LIMIT: Final = 32 * 2**20


class _Bodies:
    """What waits of one exchange."""

    def __init__(self) -> None:
        self.events: dict[int, Chunk | Wrote | InputRead] = {}
        """By seq, their data left out."""
        self.data: dict[int, bytes] = {}
        """By seq."""
        self.codings: set[str] = set()
        """Content codings that some header field names."""
        self.size = 0


class Redaction:
    """Masks the frames of workers. ``names`` as for :class:`~wsgitrace.redact.Names`."""

    def __init__(self, names: Iterable[str]) -> None:
        # The salt is never written: without it nobody can try out what a mark stands for.
        salt = secrets.token_bytes(16)
        chosen = Names(names)
        self._masker = Masker(chosen, salt)
        self._bodies = Masker(chosen, salt, mark=overwritten, same_length=True)
        self._open: dict[tuple[int, int], _Bodies] = defaultdict(_Bodies)
        self._held = 0

    def mask_text(self, text: str) -> str:
        """Running text."""
        return self._masker.text(text)

    def frames(self, worker: int, frame: WorkerFrame) -> Iterator[WorkerFrame]:
        """What is to be stored of a frame: it, masked, and what waited for it; nothing where it makes no sense."""
        match frame:
            case Began():
                self._open[worker, frame.exchange] = _Bodies()
                yield replace(frame, target=to_text(self._masker.target(from_text(frame.target))))
            case Events():
                yield from self._events(worker, frame)
            case BodyPart():
                self._keep(self._open[worker, frame.exchange], frame.seq, frame.data)
            case Ended():
                yield from self._release(worker, frame.exchange)
                yield replace(frame, note=self._masker.text(frame.note))
            case Last():
                if frame.began is not None:
                    yield from self.frames(worker, frame.began)
                yield from self.frames(worker, frame.events)
                yield from self.frames(worker, frame.ended)
            case OutputLine():
                yield replace(frame, text=self._text(frame.text))
            case ImportFailed():
                masked = self._text(frame.traceback)
                yield replace(frame, message=self._masker.text(frame.message), traceback=masked)
            case _:
                yield frame

    def worker_gone(self, worker: int) -> Iterator[WorkerFrame]:
        """What waits for the ends of exchanges that never came."""
        for number in [exchange for of, exchange in self._open if of == worker]:
            yield from self._release(worker, number)

    def _events(self, worker: int, frame: Events) -> Iterator[WorkerFrame]:
        try:
            events = decode_events(frame.data, frame.count)
        except msgspec.DecodeError:
            return
        bodies = self._open[worker, frame.exchange]
        yield replace(frame, data=encode_events([self._event(event, bodies) for event in events]))

    def _event(self, event: Event, bodies: _Bodies) -> Event:
        match event:
            case HeadReceived() | Refused():
                bodies.codings |= _codings(event.raw)
                raw = self._masker.head(event.raw.decode("latin-1")).encode("latin-1", "replace")
                return mask_record(replace(event, raw=raw), self._masker)
            case StartResponse() | ResponseHead():
                fields = ((from_text(name).lower(), from_text(value).lower()) for name, value in event.headers)
                bodies.codings |= {value for name, value in fields if name == "content-encoding"}
            case Chunk() | Wrote() | InputRead():
                return self._body_event(event, bodies)
        return mask_record(event, self._masker)

    def _body_event(self, event: Chunk | Wrote | InputRead, bodies: _Bodies) -> Event:
        bare = mask_record(replace(event, data=b"", stored=event.stored and not event.data), self._masker)
        bodies.events[event.seq] = bare
        if event.data:
            self._keep(bodies, event.seq, event.data)
        return bare

    def _text(self, text: Text) -> Text:
        return to_text(self._masker.text(from_text(text)))

    def _keep(self, bodies: _Bodies, seq: int, data: bytes) -> None:
        if self._held + len(data) > HELD_LIMIT:
            return
        bodies.data[seq] = bodies.data.get(seq, b"") + data
        bodies.size += len(data)
        self._held += len(data)

    def _release(self, worker: int, exchange: int) -> Iterator[BodyPart]:
        bodies = self._open.pop((worker, exchange), None)
        if bodies is None:
            return
        self._held -= bodies.size
        for seq, data in self._masked(bodies):
            if data:
                yield BodyPart(exchange, seq, data)

    def _masked(self, bodies: _Bodies) -> Iterator[tuple[int, bytes]]:
        """The items of each body, masked as one and cut where they were cut."""
        spans: dict[int, list[int]] = defaultdict(list)
        for seq, event in sorted(bodies.events.items()):
            if seq in bodies.data and not isinstance(event, InputRead):
                spans[event.span].append(seq)
        for seqs in spans.values():
            masked = self._body(b"".join(bodies.data[seq] for seq in seqs), bodies.codings)
            offset = 0
            for seq in seqs:
                length = len(bodies.data[seq])
                yield seq, masked[offset : offset + length]
                offset += length
        reads = [event for seq, event in bodies.events.items() if isinstance(event, InputRead) and seq in bodies.data]
        whole = bytearray()
        for read in sorted(reads, key=lambda each: each.offset):
            if read.offset > len(whole):
                whole += bytes(read.offset - len(whole))
            data = bodies.data[read.seq]
            whole[read.offset : read.offset + len(data)] = data
        masked = self._body(bytes(whole), bodies.codings)
        for read in reads:
            yield read.seq, masked[read.offset : read.offset + len(bodies.data[read.seq])]

    def _body(self, data: bytes, codings: set[str]) -> bytes:
        """The same number of bytes without the secrets in them; none where that cannot be told."""
        coding = "gzip" if data.startswith(_GZIP) else next((each for each in codings if each != "identity"), "")
        if coding:
            decoded = decode_content(data, coding, _UNPACKED_LIMIT)
            if decoded.codings:
                # It cannot be packed again into as many bytes: with a secret in it, none of it is kept.
                same = not decoded.cut and mask_body(self._bodies, decoded.data) == decoded.data
                return data if same else b""
            if not _is_text(data):
                return b""  # packed in a way that cannot be looked into
        masked = mask_body(self._bodies, data)
        return masked if len(masked) == len(data) else b""


def _codings(head: bytes) -> set[str]:
    lines = (line.partition(b":") for line in head.split(b"\n"))
    return {
        value.strip().decode("latin-1").lower()
        for name, _, value in lines
        if name.strip().lower() == b"content-encoding"
    }


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
