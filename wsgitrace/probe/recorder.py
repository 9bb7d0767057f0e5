"""The record of one exchange: events in, frames out.

Events are kept as structs until 64 of them wait, or a tick finds them older than 10 ms, or the exchange ends; then they
are encoded at once, in the thread of the request where it is the cheapest. So a short exchange is one frame. Before the
application is entered, and again before the innermost layer is, what is known goes into memory that outlives the
process, and is on no other way until then.
"""

from __future__ import annotations

from _thread import get_ident
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from wsgitrace.events import (
    INLINE_LIMIT,
    Began,
    BodyPart,
    Done,
    Edited,
    Ended,
    Event,
    Events,
    Held,
    Last,
    ObserverDetached,
    Progress,
    Released,
    Sent,
    Truncated,
    encode,
    to_key,
)
from wsgitrace.link import Rank
from wsgitrace.probe.scrubbing import encode_batch, encode_frame
from wsgitrace.probe.spans import conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Start
    from wsgitrace.link import Sender
    from wsgitrace.probe.arranging import Arrangement
    from wsgitrace.probe.environ import Difference
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.streams import InputObserver
    from wsgitrace.probe.watching import Watch

How = Literal["complete", "client gone", "cut", "refused"]

State = Literal["running", "streaming", "held"]

Side = Literal["request body", "response body"]

BATCH = 64
"""Events that are sent together without waiting for the tick."""

STALE = 10_000_000
"""Nanoseconds after which a tick sends events that wait."""

PROGRESS = 100_000_000
"""Nanoseconds between two progress frames of an exchange."""

_BODY, _DETAIL, _CONTROL = Rank

_ALWAYS = (Done, ObserverDetached, Truncated, Held, Released, Edited)


@dataclass(slots=True, eq=False, weakref_slot=True)
class Recording:
    """One exchange being recorded. ``add`` may be called from any thread.

    Only plain data goes in; what it holds of the application is let go by :meth:`end`. (A class with slots rather than
    a msgspec struct, which is made faster, because it is written to at every turn: to set a field of a struct costs
    several times as much.)
    """

    number: int
    handle: Any
    """The server's handle of the exchange."""
    start: Start
    sender: Sender
    exchanges: Exchanges
    faults: Faults
    parking: Parking
    began: int
    """By the monotonic clock, nanoseconds."""
    seq: Callable[[], int]
    next_span: Callable[[], int]
    events: list[Event]
    """Those that wait to be sent."""
    append: Callable[[Event], None]
    """As :meth:`add`, where a call of it is near that looks whether a batch is full."""
    root: Span | None = None
    difference: Difference | None = None
    """How the last two environs differ that were not the same."""
    input: InputObserver | None = None
    watch: Watch | None = None
    """What is known of it while it may be held; None for nearly all."""
    arranged: Arrangement | None = None
    """What is done otherwise in it than in the request that it replays; None for nearly all."""
    spans: list[Span] = field(default_factory=list)
    constructed: dict[int, Span] = field(default_factory=dict)
    """Passes of classes called as applications, by the ``id`` of the instance, which they keep."""
    open: bool = True
    """False once the exchange is over."""
    live: bool = True
    """False when nothing is recorded any more: it is over, or an observer failed."""
    stepping: bool = False
    """True while it is to be held at its next boundary event."""
    starting: bool = False
    """True while a start_response is running: those it calls in turn belong to the same call."""
    last_chunk: object = None
    last_chunk_seq: int = 0
    chunks: int = 0
    sent: int = 0
    opening: Began | None = None
    """The frame that opens the exchange, until it is sent."""
    draft: int = 0
    """Where in memory that outlives the process what is not sent goes next; 0 for nowhere."""
    secured: tuple[int, bytes] | None = None
    """How many events are encoded and in that memory, but not sent, and their encodings."""
    looking: bool = False
    """True when the stack is looked at even where it was for many times."""
    outermost_made: Span | None = None
    """The pass whose body the server was given, where that is an instance of the class called as application."""
    entered: bool = False
    """True once the application was called."""
    gone: bool = False
    short: bool = False
    """True when nothing in the request head is longer than an environ value may travel."""
    parked_at: tuple[str, int] | None = None
    frames: int = 0
    """Events sent."""
    skipped: int = 0
    dropped: int = 0
    input_kept: int = 0
    events_truncated: bool = False
    held: int = 0
    status: int | None = None
    head_at: int | None = None
    content_type: str = ""
    sent_reported: int = 0
    starts: int = 0
    """Calls of start_response by its innermost caller."""
    starter: int = 0
    """That caller."""
    unclosed: int = 0
    inner_exception: str = ""
    outer_exception: str = ""
    note: str = ""
    route: str = ""
    view: str = ""
    framework: Any = None
    """What was last seen of the objects that a framework hands from layer to layer."""
    reported_at: int = 0

    @classmethod
    def of(  # noqa: PLR0917 -- called in one place, for every request
        cls, number: int, handle: Any, start: Start, sender: Sender, exchanges: Exchanges, parking: Parking
    ) -> Recording:
        """The recording of an exchange that begins now."""
        events: list[Event] = []
        return cls(
            number, handle, start, sender, exchanges, exchanges.faults, parking,
            perf_counter_ns(), count().__next__, count(1).__next__, events, events.append,
        )  # fmt: skip

    def begin(self, method: str, target: str, peer: str, replay_of: int | None) -> None:
        """Have the debugger know of the exchange: by the next tick, its end, or the end of the process."""
        self.opening = opening = Began(self.number, time_ns(), method, target, peer, replay_of)
        drafts = self.sender.drafts
        if drafts is not None:
            self.draft = drafts.begin(encode_frame(opening))
        if not self.draft:
            self.flush()

    def add(self, event: Event) -> None:
        """Record one event."""
        self.append(event)
        if len(self.events) >= BATCH:
            self.flush()

    def elapsed(self) -> int:
        """Nanoseconds since the exchange began."""
        return perf_counter_ns() - self.began

    def secure(self) -> None:
        """Before code runs that may end the process: what led to it is not to be lost with it."""
        if self.draft:
            with self.sender.lock:
                drafts = self.sender.drafts
                if self.draft and drafts is not None:
                    self.secured = count, data = self._take()
                    end = drafts.add(self.draft, encode(Events(self.number, count, data)))
                    if end:
                        self.draft = end
                        return
        self.flush()

    def flush(self) -> None:
        """Send the events that wait, after the frame that opens the exchange."""
        # Locked from taking what waits until it is queued, so that nothing of a later exchange overtakes it.
        with self.sender.lock:
            opening, self.opening = self.opening, None
            if opening is not None:
                self.sender.put_next(encode_frame(opening), _CONTROL)
            count, data = self._take()
            draft, self.draft = self.draft, 0
            try:
                if count and not self.sender.put_next(encode(Events(self.number, count, data)), _DETAIL, count):
                    self.dropped += count
            finally:
                if draft:
                    self._forget(draft)

    def _forget(self, draft: int) -> None:
        drafts = self.sender.drafts
        if drafts is not None:
            drafts.end(draft)

    def _take(self) -> tuple[int, bytes]:
        """How many events wait, and their encodings; they count as sent. Called under the lock."""
        if self.sent != self.sent_reported:
            self.sent_reported = self.sent
            self.append(Sent(self.seq(), 0, 0, self.elapsed(), self.sent))
        # Others may append meanwhile: only what is taken here is deleted.
        batch = self.events[:]
        del self.events[: len(batch)]
        if self.frames + len(batch) > self.start.events:
            batch = self._within_bound(batch)
        count = len(batch)
        self.frames += count
        data = encode_batch(batch) if batch else b""
        if self.secured is not None:
            (before, encoded), self.secured = self.secured, None
            return before + count, encoded + data
        return count, data

    def _within_bound(self, batch: list[Event]) -> list[Event]:
        limit = self.start.events
        room = max(limit - self.frames, 0)
        kept = batch[:room]
        # Who steps beyond the bound still sees where: what is held there is few, and looked at.
        held = {event.event for event in batch[room:] if isinstance(event, Held)}
        rest = [event for event in batch[room:] if isinstance(event, _ALWAYS) or event.seq in held]
        skipped = len(batch) - len(kept) - len(rest)
        self.skipped += skipped
        if skipped and not self.events_truncated:
            self.events_truncated = True
            first = batch[room]
            kept.append(Truncated(first.seq, first.span, first.thread, first.at, "events", limit))
        return kept + rest

    def keep(self, span: Span, seq: int, data: bytes) -> tuple[bytes, bool]:
        """Keep bytes of a response body within the bound of the pass: what its event carries, and if that is all."""
        size = len(data)
        room = self.start.response_body - span.kept
        if size <= room:
            span.kept += size
            if size <= INLINE_LIMIT:
                return data, True
            self.body(seq, data)
            return b"", False
        if room >= 0:
            span.kept = self.start.response_body + 1
            self._cut(span.id, "response body", self.start.response_body, seq, data[:room])
        return b"", False

    def keep_input(self, span: int, seq: int, data: bytes) -> tuple[bytes, bool]:
        """The same for the request body, whose bound is that of the exchange."""
        size = len(data)
        room = self.start.request_body - self.input_kept
        if size <= room:
            self.input_kept += size
            if size <= INLINE_LIMIT:
                return data, True
            self.body(seq, data)
            return b"", False
        if room >= 0:
            self.input_kept = self.start.request_body + 1
            self._cut(span, "request body", self.start.request_body, seq, data[:room])
        return b"", False

    def _cut(self, span: int, what: Side, limit: int, seq: int, rest: bytes) -> None:
        """Say that a body is recorded no further than ``rest``."""
        self.add(Truncated(self.seq(), span, get_ident(), self.elapsed(), what, limit))
        if rest:
            self.body(seq, rest)

    def body(self, seq: int, data: bytes) -> None:
        """Send the bytes of a body item too long for its event."""
        if self.opening is not None:
            self.flush()
        if not self.sender.put(encode(BodyPart(self.number, seq, data)), _BODY):
            self.dropped += 1

    def progress(
        self, state: Literal["running", "streaming", "held"] | None = None, at: str = "", seq: int = 0
    ) -> None:
        """Send the summary frame of an exchange still open; while it is held, that stays its state."""
        if self.opening is not None:
            self.flush()
        if state == "held":
            self.parked_at = (at, seq)
        elif self.parked_at is not None:
            state, (at, seq) = "held", self.parked_at
        self.reported_at = elapsed = self.elapsed()
        known = state or ("running" if self.status is None else "streaming")
        self.sender.send(
            Progress(self.number, known, self.status, len(self.spans), self.chunks, self.sent, at, seq, elapsed)
        )

    def tick(self) -> None:
        """Send what has waited for long; called about every 10 ms while any exchange is open."""
        if not self.open:
            return
        elapsed = self.elapsed()
        events = self.events
        if self.opening is not None or (events and elapsed - events[0].at > STALE) or self.sent != self.sent_reported:
            self.flush()
        if elapsed - self.reported_at > PROGRESS:
            self.progress()

    def end(self, how: How) -> None:
        """Send everything that is left and the summary, and let go of the application."""
        duration = perf_counter_ns() - self.began
        self.live = self.open = False
        try:
            if self.frames + len(self.events) + 2 > self.start.events:
                self.flush()  # so that the last event can tell how many were skipped
            self._send_last(how, duration)
        except Exception:
            self.flush()
            self.sender.put(encode_frame(self._ended(how, duration)), _CONTROL)
            raise
        finally:
            self.handle = self.last_chunk = self.input = self.root = self.watch = self.arranged = None
            self.outermost_made = self.framework = self.difference = None
            self.spans = []
            self.constructed = {}

    def _send_last(self, how: How, duration: int) -> None:
        if self.sent != self.sent_reported:
            self.sent_reported = self.sent
            self.append(Sent(self.seq(), 0, 0, duration, self.sent))
        self.append(Done(self.seq(), 0, 0, duration, how, self.skipped))
        short_circuit = conclude(self.spans, self.root)
        with self.sender.lock:
            count, data = self._take()
            opening, self.opening = self.opening, None
            draft, self.draft = self.draft, 0
            try:
                ended = self._ended(how, duration, short_circuit)
                last = encode_frame(Last(Events(self.number, count, data), ended, opening))
                if not self.sender.put_next(last, _DETAIL, count):
                    if opening is not None:
                        self.sender.put_next(encode_frame(opening), _CONTROL)
                    self.sender.put_next(encode_frame(replace(ended, dropped=self.dropped + count)), _CONTROL)
            finally:
                if draft:
                    self._forget(draft)

    def _ended(self, how: How, duration: int, short_circuit: str = "") -> Ended:
        observer = self.input
        return Ended(
            self.number,
            how,
            self.status,
            duration,
            self.held,
            self.head_at,
            observer.wsgitrace_offset if observer is not None else 0,
            self.sent,
            self.chunks,
            len(self.spans),
            self.outer_exception or self.inner_exception,
            bool(self.inner_exception) and not self.outer_exception,
            self.starts,
            observer.wsgitrace_state() if observer is not None else "none",
            self.unclosed <= 0,
            short_circuit,
            self.content_type,
            self.frames,
            self.dropped,
            self.note and to_key(self.note),
            self.route and to_key(self.route),
            self.view and to_key(self.view),
        )
