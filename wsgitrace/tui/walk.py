"""Where one stands in a request, and which ways lead on: the step screen without the screen."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from wsgitrace.trace.lint import lint
from wsgitrace.trace.stepping import after, before, boundaries, holds, target, target_back
from wsgitrace.tui.transitions import State, transition

if TYPE_CHECKING:
    from wsgitrace.events import Event, Way
    from wsgitrace.trace import Trace
    from wsgitrace.trace.lint import Broken
    from wsgitrace.tui.subject import Subject
    from wsgitrace.tui.transitions import Do, Key

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
        self._broken: tuple[Trace | None, list[Broken]] = (None, [])
        self.away = False
        """The request was told to go on, and nothing has been heard of it since."""
        self._at_end = True

    @property
    def trace(self) -> Trace | None:
        """The trace that is walked through, None where nothing of it is recorded."""
        return self.subject.trace if self.subject is not None and self.subject.trace.events else None

    @property
    def event(self) -> Event | None:
        """The event that one stands at."""
        index = bisect_left(self.seqs, self.seq)
        trace = self.trace
        return trace.events[index] if trace is not None and self.seqs[index : index + 1] == [self.seq] else None

    @property
    def held(self) -> bool:
        """True while the request's thread is parked."""
        return self.subject is not None and self.subject.summary.state == "held"

    @property
    def live(self) -> bool:
        """True when one stands where the request is held."""
        return self.held and self._at_end

    @property
    def state(self) -> State:
        """Where one stands, as :data:`~wsgitrace.tui.transitions.TABLE` knows it."""
        if self.held:
            return State.HELD if self._at_end else State.BEHIND
        if self.subject is None or self.subject.summary.done:
            return State.RECORDED
        return State.AWAY if self.away else State.RUNNING

    def does(self, key: Key) -> Do:
        """What a key does now."""
        return transition(self.state, key)

    def begin(self, subject: Subject) -> None:
        """Walk through another request: from where it is held, or from its beginning."""
        self.subject, self.seqs, self.stops = None, [], []
        self.seq, self.earlier, self._at_end, self.away = 0, None, True, False
        self.follow(subject)
        if not self.held and self.stops:
            self.stand(self.stops[0], None)

    def follow(self, subject: Subject) -> None:
        """Take what is known by now; at the living position go along with it."""
        last = None if self.subject is None else self.subject.summary
        now = subject.summary
        if last is not None and now.state == "held" and (last.state, last.held_event) != ("held", now.held_event):
            self.away = False
        self.subject = subject
        trace = self.trace
        if trace is None:
            return
        self.stops = boundaries(trace)
        self.seqs = [event.seq for event in trace.events]
        if not self._at_end:
            return
        newest = trace.events[-1].seq
        stop = now.held_event if self.held else before(self.stops, newest + 1)
        stop = newest if stop is None else stop
        if stop != self.seq:
            self.earlier = self.seq or before(self.stops, stop)
            self.seq = stop

    def stand(self, seq: int | None, earlier: int | None) -> None:
        """Stand at an event and compare with another; without an event stay."""
        if seq is None or self.subject is None:
            return
        self.seq, self.earlier = seq, earlier
        self._at_end = self.held and seq >= self.subject.summary.held_event

    def go(self, key: Key, layer: int = 0) -> bool:
        """Move as a key says; False where there is nowhere to go. ``layer``: the one under the cursor."""
        before_it = self.seq
        ways: dict[Key, Way] = {"over": "over", "out": "out", "cursor": "cursor"}
        if key == "into":
            self.forward(whole=True)
        elif key in ways:
            self.stand(self._target(ways[key], layer), self.seq)
        elif key == "continue":
            self.to_end()
        elif key == "back_into":
            self.back(whole=True)
        elif key in {"back_over", "back_out"}:
            trace = self.trace
            found = None if trace is None else target_back(trace, self.seq, "out" if key == "back_out" else "over")
            self.stand(found, None if found is None else before(self.stops, found))
        elif key == "back_continue":
            self.to_start()
        elif key == "event_next":
            self.forward(whole=False)
        elif key == "event_previous":
            self.back(whole=False)
        return self.seq != before_it

    def _target(self, way: Way, layer: int) -> int | None:
        """Where a step ends; where it meets nothing any more, where the request is held, or at its last stop."""
        trace = self.trace
        if trace is None:
            return None
        end = self._present
        found = target(trace, self.seq, way, layer)
        if found is None or (end is not None and found > end):
            return None if way == "cursor" else end
        return found

    @property
    def _present(self) -> int | None:
        """The end of what can be walked through."""
        if self.held and self.subject is not None:
            return self.subject.summary.held_event
        return self.stops[-1] if self.stops else None

    @property
    def marks(self) -> list[int]:
        """Events that one wants to see: at which it was held, and those that show that a standard was not kept."""
        trace = self.trace
        if trace is None:
            return []
        return sorted({*holds(trace), *(one.seq for one in self.broken if one.severity in {"must", "should"})})

    @property
    def broken(self) -> list[Broken]:
        """Rules that are known to be broken."""
        trace, subject = self.trace, self.subject
        if trace is None or subject is None:
            return []
        if self._broken[0] is not trace:
            self._broken = (trace, [one for one in lint(trace) if not subject.leaves_out(one.rule.id)])
        return self._broken[1]

    def forward(self, *, whole: bool) -> None:
        """On to the next stop, or (not ``whole``) the next event."""
        self.stand(after(self.stops if whole else self.seqs, self.seq), self.seq)

    def back(self, *, whole: bool) -> None:
        """Back to the stop, or the event, before; compared with the one before that."""
        ways = self.stops if whole else self.seqs
        found = before(ways, self.seq)
        self.stand(found, None if found is None else before(ways, found))

    def to_start(self) -> None:
        """To the mark before; to the first stop where there is none."""
        trace = self.trace
        found = None if trace is None else before(self.marks, self.seq)
        if found is None:
            found = self.stops[0] if self.stops else None
        self.stand(found, None if found is None else before(self.stops, found))

    def to_end(self) -> None:
        """To where it is held; in a recording to the next mark, or to the last stop there is."""
        trace = self.trace
        end = self._present
        if not self.held and trace is not None:
            end = after(self.marks, self.seq) or end
        self.stand(end, self.seq)

    def jump(self, seq: int) -> None:
        """To an event by number; to the one before where that one is not recorded."""
        seqs = self.seqs
        if seqs:
            found = before(seqs, seq + 1)
            self.stand(seqs[0] if found is None else found, self.seq)

    def why_not(self, key: Key) -> str:
        """Why a key can do nothing now, one sentence; empty when it can."""
        do = self.does(key)
        if do.effect == "refuse":
            return do.why
        if do.effect != "move":
            return ""
        if key.startswith("back_") or key == "event_previous":
            return self.why_not_back()
        return "" if key == "jump" else self.why_not_on()

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
