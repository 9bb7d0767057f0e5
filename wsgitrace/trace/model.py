"""The trace of one exchange: what every screen, command and export reads.

It is a view of a :class:`~wsgitrace.trace.build.Recording` and never changes. What it tells is worked out when it is
asked for and kept, so that a trace of ten thousand events costs only what is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.events import (
    Chunk,
    ClientGone,
    Done,
    Event,
    HeadReceived,
    LayerFound,
    ObserverDetached,
    Refused,
    ResponseHead,
    Sent,
    Truncated,
    Wrote,
)
from wsgitrace.trace.answers import Given, answers
from wsgitrace.trace.assembly import Body, carriers, request_body
from wsgitrace.trace.build import Recording, gather
from wsgitrace.trace.environ import Environs, follow
from wsgitrace.trace.framework import FrameworkDoings, follow_framework
from wsgitrace.trace.head import Request, Response, read_request, read_response
from wsgitrace.trace.kept import kept
from wsgitrace.trace.span import Span
from wsgitrace.trace.timing import Clock, Doings, Timing, follow_time, measure, set_clock

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, eq=False)
class Trace:
    """The span tree of one exchange. Make one with :meth:`from_events`."""

    recording: Recording
    """The events it is made of."""

    @classmethod
    def from_events(cls, events: Iterable[LayerFound | Event]) -> Trace:
        """Build the trace of one exchange.

        Any prefix, subset or order of a stream gives a valid trace: nothing here or in what it tells ever raises for
        what events say or fail to say.
        """
        return cls(gather(events))

    def at(self, seq: int) -> Trace:
        """The trace as it was when the event ``seq`` had just happened: stepping over a recording."""
        recording = self.recording.until(seq)
        return self if recording is self.recording else Trace(recording)

    @property
    def events(self) -> tuple[Event, ...]:
        """All events by seq."""
        return self.recording.events

    @property
    def layers(self) -> dict[int, LayerFound]:
        """The layers known, by id."""
        return self.recording.layers

    @kept
    def spans(self) -> tuple[Span, ...]:
        """All passes depth first, those of one parent in the order of their calls; the server's is the first."""
        return tuple([Span(self, record) for record in self.recording.passes.values()])

    @kept
    def by_id(self) -> dict[int, Span]:
        """All passes by id."""
        return {span.id: span for span in self.spans}

    def span(self, span: int) -> Span:
        """One pass by its id. Raises :class:`KeyError` where nothing of it is recorded."""
        return self.by_id[span]

    @property
    def root(self) -> Span:
        """The server's pass."""
        return self.spans[0]

    @kept
    def outermost(self) -> Span | None:
        """The pass whose response the server sent: the last that it called; None before the first."""
        children = [child for child in self.root.children if not child.subrequest]
        return children[-1] if children else None

    @kept
    def head(self) -> Request | None:
        """The request head; None where it is not recorded or was refused."""
        found = self.root.record.of(HeadReceived)
        return read_request(found[0]) if found else None

    @kept
    def refused(self) -> Refused | None:
        """The refusal by the server, None where it accepted the head."""
        found = self.root.record.of(Refused)
        return found[0] if found else None

    @kept
    def response(self) -> Response | None:
        """The response head as sent; None before."""
        found = self.root.record.of(ResponseHead)
        return read_response(found[-1]) if found else None

    @kept
    def request_body(self) -> Body:
        """The request body as far as the application read it."""
        return request_body(self.recording, self.head)

    @property
    def response_body(self) -> Body:
        """The response body as the outermost pass handed it to the server."""
        return self.outermost.body if self.outermost is not None else self.root.body

    @kept
    def sent(self) -> int:
        """Body bytes handed to the operating system, framing left out."""
        return max((event.total for event in self.root.record.of(Sent)), default=0)

    @kept
    def ended(self) -> Done | None:
        """The end of the exchange, None before."""
        found = self.root.record.of(Done)
        return found[0] if found else None

    @property
    def done(self) -> bool:
        """True when the exchange is over."""
        return self.ended is not None

    @property
    def how(self) -> str:
        """How it ended, as in :class:`~wsgitrace.events.Done`; empty before."""
        return self.ended.how if self.ended is not None else ""

    @kept
    def clock(self) -> Clock:
        """Tells the time of the exchange without the time held."""
        return set_clock(self.recording)

    @property
    def duration(self) -> int:
        """Nanoseconds from the complete head to the end, or to the last event so far; time held included."""
        return self.clock.end

    @property
    def held(self) -> int:
        """Nanoseconds that the exchange was held."""
        return self.clock.held

    @kept
    def queue(self) -> int | None:
        """Nanoseconds from the complete head to the first call of the application; None before."""
        calls = [child.called_at for child in self.root.children if child.called_at is not None]
        return self.clock(calls[0]) if calls else None

    @property
    def first_byte(self) -> int | None:
        """Nanoseconds from the complete head to the response head, time held included; None before."""
        return self.response.at if self.response is not None else None

    @kept
    def client_gone(self) -> bool:
        """True when the client left before the end."""
        return bool(self.root.record.of(ClientGone))

    @kept
    def truncated(self) -> tuple[Truncated, ...]:
        """From where on less was recorded."""
        return tuple(self.recording.of(Truncated))

    @kept
    def detached(self) -> ObserverDetached | None:
        """The fault of wsgitrace after which nothing was recorded, None for none."""
        return next(iter(self.recording.of(ObserverDetached)), None)

    @kept
    def lost(self) -> int:
        """Events that got lost on the way; those that were not recorded for a bound do not count."""
        if not self.events:
            return 0
        skipped = self.ended.skipped if self.ended is not None else 0
        return max(self.events[-1].seq + 1 - len({event.seq for event in self.events}) - skipped, 0)

    @kept
    def environs(self) -> Environs:
        """The environ at every boundary."""
        return follow(self.recording)

    @kept
    def answers(self) -> tuple[Given, ...]:
        """Every status with header fields that somebody gave, in order."""
        return answers(self)

    @kept
    def framework(self) -> FrameworkDoings:
        """What the layers of a framework did in its terms."""
        return follow_framework(self.recording)

    @kept
    def _doings(self) -> Doings:
        return follow_time(self.recording)

    @property
    def self_times(self) -> dict[int, int]:
        """Nanoseconds in each pass alone, time held left out."""
        return self._doings.alone

    @kept
    def timings(self) -> dict[int, Timing]:
        """The time of each pass."""
        return measure(self.recording, self._doings)

    @kept
    def carriers(self) -> dict[int, Chunk | Wrote]:
        """The events that carry bytes of a response, by seq."""
        return carriers(self.recording)
