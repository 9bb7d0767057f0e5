"""Where one stands in a request, and which ways lead on: the step screen without the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.trace.stepping import after, before, boundaries

if TYPE_CHECKING:
    from wsgitrace.trace import Trace
    from wsgitrace.tui.subject import Subject

__all__ = ["Walk"]


class Walk:
    """A position among the events of one request.

    A held request has a living position, the event that it is parked at; the walk stays there as it moves on. Behind
    it, and in a recording, one only looks.
    """

    def __init__(self) -> None:
        self.subject: Subject | None = None
        self.seq = 0
        """The event that one stands at."""
        self.earlier: int | None = None
        """The event that the state is compared with."""
        self.stops: list[int] = []
        """The events at which a step stops."""
        self.seqs: list[int] = []
        """All events."""
        self._at_end = True

    @property
    def trace(self) -> Trace | None:
        """The trace that is walked through, None where nothing of it is recorded."""
        return self.subject.trace if self.subject is not None and self.subject.trace.events else None

    @property
    def held(self) -> bool:
        """True while the request's thread is parked."""
        return self.subject is not None and self.subject.summary.state == "held"

    @property
    def live(self) -> bool:
        """True when one stands where the request is held."""
        return self.held and self._at_end

    def begin(self, subject: Subject) -> None:
        """Walk through another request: from where it is held, or from its beginning."""
        self.subject, self.seqs, self.stops = None, [], []
        self.seq, self.earlier, self._at_end = 0, None, True
        self.follow(subject)
        if not self.held and self.stops:
            self.stand(self.stops[0], None)

    def follow(self, subject: Subject) -> None:
        """Take what is known by now; at the living position go along with it."""
        self.subject = subject
        trace = self.trace
        if trace is None:
            return
        self.stops = boundaries(trace)
        self.seqs = [event.seq for event in trace.events]
        if not self._at_end:
            return
        last = trace.events[-1].seq
        stop = subject.summary.held_event if self.held else before(self.stops, last + 1)
        stop = last if stop is None else stop
        if stop != self.seq:
            self.earlier = self.seq or before(self.stops, stop)
            self.seq = stop

    def stand(self, seq: int | None, earlier: int | None) -> None:
        """Stand at an event and compare with another; without an event stay."""
        if seq is None or self.subject is None:
            return
        self.seq, self.earlier = seq, earlier
        self._at_end = self.held and seq >= self.subject.summary.held_event

    def forward(self, *, whole: bool) -> None:
        """On to the next stop, or (not ``whole``) the next event."""
        self.stand(after(self.stops if whole else self.seqs, self.seq), self.seq)

    def back(self, *, whole: bool) -> None:
        """Back to the stop, or the event, before; compared with the one before that."""
        ways = self.stops if whole else self.seqs
        target = before(ways, self.seq)
        self.stand(target, None if target is None else before(ways, target))

    def to_start(self) -> None:
        """To the first stop."""
        self.stand(self.stops[0] if self.stops else None, None)

    def to_end(self) -> None:
        """To the last stop there is."""
        self.stand(self.stops[-1] if self.stops else None, self.seq)

    def jump(self, seq: int) -> None:
        """To an event by number; to the one before where that one is not recorded."""
        seqs = self.seqs
        if seqs:
            target = before(seqs, seq + 1)
            self.stand(seqs[0] if target is None else target, self.seq)

    def why_not_back(self) -> str:
        """Why there is no way back; empty when there is."""
        seqs = self.seqs
        return "This is the first event." if not seqs or self.seq <= seqs[0] else ""

    def why_not_on(self) -> str:
        """Why there is no way on without the worker; empty when there is."""
        seqs = self.seqs
        if self.live:
            return "The request is held here: s steps on."
        if seqs and self.seq < seqs[-1]:
            return ""
        return "This is the last event." if self.trace is not None and self.trace.done else "The request is running."
