"""Every call of ``start_response``: by whom, with what, when, and what became of it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.events import Raised, StartResponse

if TYPE_CHECKING:
    from wsgitrace.trace.answers import Given
    from wsgitrace.trace.head import HeaderList, Response
    from wsgitrace.trace.model import Trace

Outcome: TypeAlias = Literal["sent", "taken up", "superseded", "refused", "lost"]
"""``sent``: it is what the server sent, its own fields aside; ``taken up``: a layer further out made its own of it;
``superseded``: a later call took its place; ``refused``: it raised; ``lost``: no layer further out passed it on."""


@dataclass(frozen=True, slots=True)
class Start:
    """One call."""

    seq: int
    """The event."""
    at: int
    """Nanoseconds since the exchange began, time held left out."""
    span: int
    """The pass that called."""
    through: tuple[int, ...]
    """Outer passes, innermost first, that had handed on the very ``start_response`` they were given."""
    line: int
    """The layer's own line; 0 where unknown."""
    status: str
    """The status."""
    headers: HeaderList
    """The header fields."""
    exc_info: str
    """Type of the exception that it was given with; else empty."""
    lazy: bool
    """True when the layer had returned by then: it was called by the first ``next()``, or later."""
    outcome: Outcome
    """What became of it."""
    by: int | None
    """Seq of the call that took it up or superseded it; None for none."""
    error: str
    """Type of the exception by which it was refused; else empty."""


@dataclass(frozen=True, slots=True)
class StartResponseLedger:
    """All calls, and what the client got."""

    starts: tuple[Start, ...]
    """In order."""
    sent: Response | None
    """What went over the wire; None before."""
    made_by_server: bool
    """True when that is the server's own answer, because the application had none that could be sent."""

    def __bool__(self) -> bool:
        return bool(self.starts)


def start_response_ledger(trace: Trace) -> StartResponseLedger:
    """Follow every call to its end."""
    history = trace.answers
    final = next((given for given in reversed(history) if given.by == "server"), None)
    source = None if final is None else final.source
    taken = {given.source.seq: given for given in history if given.source is not None and given.by != "server"}
    chain: dict[int, Given] = {}
    while source is not None:
        chain[source.seq], source = source, source.source
    refused = {given.seq for given in history if given.refused}
    given = {each.seq: each for each in history}
    starts = []
    for event in trace.recording.of(StartResponse):
        outcome, by = _outcome(trace, event, chain, taken, refused)
        starts.append(_start(trace, event, given[event.seq], outcome, by))
    made = final is not None and (final.source is None or final.source.status != final.status)
    return StartResponseLedger(tuple(starts), trace.response, made)


def _outcome(
    trace: Trace, event: StartResponse, chain: dict[int, Given], taken: dict[int, Given], refused: set[int]
) -> tuple[Outcome, int | None]:
    """What became of a call, and which other call that was by."""
    if event.seq in refused:
        return "refused", None
    boundary = event.through[-1] if event.through else event.span
    started = trace.recording.passes[boundary].started
    later = bisect_right(started, event.seq, key=attrgetter("seq"))
    if later < len(started) and started[later].seq not in refused:
        return "superseded", started[later].seq
    if event.seq not in chain:
        return "lost", None
    # What the user edited went on from the same layer: it is still that call which was sent.
    after = taken.get(event.seq)
    while after is not None and after.by == "user" and after.span == event.span:
        after = taken.get(after.seq)
    return ("sent", None) if after is None or after.seq not in chain else ("taken up", after.seq)


def _start(trace: Trace, event: StartResponse, given: Given, outcome: Outcome, by: int | None) -> Start:
    returned = trace.by_id[event.span].returned
    return Start(
        event.seq,
        trace.clock(event.at),
        event.span,
        event.through,
        event.line,
        given.status,
        given.headers,
        event.exc_info,
        lazy=returned is not None and returned.seq < event.seq,
        outcome=outcome,
        by=by,
        error=_error(trace, event) if outcome == "refused" else "",
    )


def _error(trace: Trace, event: StartResponse) -> str:
    raised = (each for each in trace.recording.of(Raised) if each.during == "start_response" and each.seq > event.seq)
    return next((each.type for each in raised), "")
