"""The record of one exchange: events in, frames out.

Events are kept as structs until 64 of them wait, or a tick finds them older than 10 ms, or the exchange ends; then they
are encoded at once, in the thread of the request where it is the cheapest.
"""

from __future__ import annotations

from _thread import allocate_lock as _allocate_lock
from _thread import get_ident
from itertools import count
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from wsgitrace.events import (
    INLINE_LIMIT,
    Began,
    BodyPart,
    Done,
    Ended,
    Event,
    Events,
    Last,
    ObserverDetached,
    Progress,
    Sent,
    Truncated,
    encode,
    to_key,
)
from wsgitrace.link import Rank
from wsgitrace.probe.environ import NOTHING
from wsgitrace.probe.scrubbing import encode_batch, encode_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Start
    from wsgitrace.link import Sender
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.sightings import Sightings
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.streams import InputObserver

How = Literal["complete", "client gone", "cut", "refused"]

State = Literal["running", "streaming", "held"]

BATCH = 64
"""Events that are sent together without waiting for the tick."""

STALE = 10_000_000
"""Nanoseconds after which a tick sends events that wait."""

PROGRESS = 100_000_000
"""Nanoseconds between two progress frames of an exchange."""

_flushing = _allocate_lock()

_ALWAYS = (Done, ObserverDetached, Truncated)


class Recording:
    """One exchange being recorded. ``add`` may be called from any thread.

    Only plain data goes in; what it holds of the application is let go by :meth:`end`.
    """

    # What most exchanges never change lives on the class: an exchange is made for every request.
    root: Span | None = None
    input: InputObserver | None = None
    sightings: Sightings | None = None
    """Looks for layers on the stack, None where nobody does."""
    looking = False
    """True when the stack is looked at even where it was for many times."""
    outermost_made: Span | None = None
    """The pass whose body the server was given, where that is an instance of the class called as application."""
    entered = False
    """True once the application was called."""
    gone = False
    short = False
    """True when nothing in the request head is longer than an environ value may travel."""
    parked_at: tuple[str, int] | None = None
    last_chunk_seq = 0
    frames = 0
    """Events sent."""
    skipped = 0
    dropped = 0
    input_kept = 0
    events_truncated = False
    held = 0
    status: int | None = None
    head_at: int | None = None
    content_type = ""
    sent_reported = 0
    starts = 0
    """Calls of start_response by its innermost caller."""
    starter = 0
    """That caller."""
    unclosed = 0
    inner_exception = ""
    outer_exception = ""
    note = ""
    route = ""
    view = ""
    framework: Any = None
    """What was last seen of the objects that a framework hands from layer to layer."""
    reported_at = 0

    def __init__(  # noqa: PLR0917 -- made in one place, for every request
        self, number: int, handle: Any, start: Start, sender: Sender, faults: Faults, parking: Parking
    ) -> None:
        self.began = perf_counter_ns()
        self.number = number
        self.handle = handle
        """The server's handle of the exchange."""
        self.start = start
        self.sender = sender
        self.faults = faults
        self.parking = parking
        self.seq: Callable[[], int] = count().__next__
        self.next_span: Callable[[], int] = count(1).__next__
        self.spans: list[Span] = []
        self.constructed: dict[int, Span] = {}
        """Passes of classes called as applications, by the ``id`` of the instance, which they keep."""
        self.events: list[Event] = []
        self.append: Callable[[Event], None] = self.events.append
        """As :meth:`add`, where a call of it is near that looks whether a batch is full."""
        # On the instance, and not on the class as the others, because every event looks at them.
        self.open = True
        """False once the exchange is over."""
        self.live = True
        """False when nothing is recorded any more: it is over, or an observer failed."""
        self.stepping = False
        """True while it is to be held at its next boundary event."""
        self.starting = False
        """True while a start_response is running: those it calls in turn belong to the same call."""
        self.last_chunk: object = None
        self.chunks = 0
        self.sent = 0

    def begin(self, method: str, target: str, peer: str, replay_of: int | None) -> None:
        """Send the summary frame that opens the exchange."""
        self.sender.put(encode_frame(Began(self.number, time_ns(), method, target, peer, replay_of)), Rank.CONTROL)

    def add(self, event: Event) -> None:
        """Record one event."""
        self.append(event)
        if len(self.events) >= BATCH:
            self.flush()

    def elapsed(self) -> int:
        """Nanoseconds since the exchange began."""
        return perf_counter_ns() - self.began

    def flush(self) -> None:
        """Send the events that wait."""
        batch = self._take()
        if not batch:
            return
        frame = encode(Events(self.number, len(batch), encode_batch(batch)))
        if not self.sender.put(frame, Rank.DETAIL, len(batch)):
            self.dropped += len(batch)

    def _take(self) -> list[Event]:
        """The events that wait, which from now on count as sent."""
        if self.sent != self.sent_reported:
            self.sent_reported = self.sent
            self.append(Sent(self.seq(), 0, 0, self.elapsed(), self.sent))
        with _flushing:
            # Others may append meanwhile: only what is taken here is deleted.
            batch = self.events[:]
            del self.events[: len(batch)]
        if self.frames + len(batch) > self.start.events:
            batch = self._within_bound(batch)
        self.frames += len(batch)
        return batch

    def _within_bound(self, batch: list[Event]) -> list[Event]:
        limit = self.start.events
        room = max(limit - self.frames, 0)
        kept = batch[:room]
        rest = [event for event in batch[room:] if isinstance(event, _ALWAYS)]
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
            self.truncate(span.id, "response body", self.start.response_body)
            if room:
                self.body(seq, data[:room])
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
            self.truncate(span, "request body", self.start.request_body)
            if room:
                self.body(seq, data[:room])
        return b"", False

    def truncate(self, span: int, what: Literal["request body", "response body"], limit: int) -> None:
        """Say that from here on less is recorded."""
        self.add(Truncated(self.seq(), span, get_ident(), self.elapsed(), what, limit))

    def body(self, seq: int, data: bytes) -> None:
        """Send the bytes of a body item too long for its event."""
        if not self.sender.put(encode(BodyPart(self.number, seq, data)), Rank.BODY):
            self.dropped += 1

    def progress(
        self, state: Literal["running", "streaming", "held"] | None = None, at: str = "", seq: int = 0
    ) -> None:
        """Send the summary frame of an exchange still open; while it is held, that stays its state."""
        if state == "held":
            self.parked_at = (at, seq)
        elif self.parked_at is not None:
            state, (at, seq) = "held", self.parked_at
        self.reported_at = elapsed = self.elapsed()
        self.sender.send(
            Progress(
                self.number,
                state or ("running" if self.status is None else "streaming"),
                self.status,
                len(self.spans),
                self.chunks,
                self.sent,
                at,
                seq,
                elapsed,
            )
        )

    def tick(self) -> None:
        """Send what has waited for long; called about every 10 ms while any exchange is open."""
        elapsed = self.elapsed()
        if (self.events and elapsed - self.events[0].at > STALE) or self.sent != self.sent_reported:
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
            self.sender.put(encode_frame(self._ended(how, duration)), Rank.CONTROL)
            raise
        finally:
            self.handle = self.last_chunk = self.input = self.root = None
            self.outermost_made = self.framework = None
            self.spans = []
            self.constructed = {}

    def _send_last(self, how: How, duration: int) -> None:
        if self.sent != self.sent_reported:
            self.sent_reported = self.sent
            self.append(Sent(self.seq(), 0, 0, duration, self.sent))
        self.append(Done(self.seq(), 0, 0, duration, how, self.skipped))
        batch = self._take()
        count = len(batch)
        events = Events(self.number, count, encode_batch(batch))
        ended = self._ended(how, duration)
        if not self.sender.put(encode_frame(Last(events, ended)), Rank.DETAIL, count):
            self.sender.put(encode_frame(replace(ended, dropped=self.dropped + count)), Rank.CONTROL)

    def _ended(self, how: How, duration: int) -> Ended:
        short_circuit = self._conclude()
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

    def _conclude(self) -> str:
        """Learn what layers usually do, and let go of what the passes hold of the application.

        The name of the layer that answered without calling the one that it usually calls; empty when none did.
        """
        short_circuit = ""
        for span in self.spans:
            if span.returned:
                layer = span.layer
                if span.calls:
                    layer.inward += 1
                elif layer.usually_calls():
                    short_circuit = layer.name
                layer.passes += 1
            span.this = span.environ = span.start_response = span.inner = None
            span.snapshot = NOTHING
        root = self.root
        if root is not None:
            root.environ = root.start_response = None
        return short_circuit
