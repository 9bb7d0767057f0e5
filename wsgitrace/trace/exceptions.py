"""Every exception of an exchange: where it was raised, which layers it left, who caught it, and what it became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.events import Raised, StartResponse, from_text
from wsgitrace.trace.failures import LEAVING, same_exception

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import TracebackFrame
    from wsgitrace.trace.model import Trace

Became: TypeAlias = Literal["response", "exception", "nothing", "error page", "cut", "open"]
"""``response``: the layer that caught it answered; ``exception``: it raised another; ``nothing``: it went on as if
nothing had been; ``error page``: the server answered; ``cut``: the server could only cut a response that had begun;
``open``: it is on its way yet."""


@dataclass(frozen=True, slots=True)
class Thrown:
    """One exception."""

    raised: Raised
    """As it left the first pass, with its traceback."""
    span: int
    """The pass that it was raised in."""
    left: tuple[int, ...]
    """Passes that it left, the innermost first."""
    caught_by: int | None
    """The pass that caught it; None: it left them all."""
    became: Became
    """What it became."""
    status: str
    """The status of the response that it became; else empty."""
    other: str
    """Type of the exception that was raised in its stead; else empty."""

    @property
    def swallowed(self) -> bool:
        """True when a layer caught it and nothing left that layer instead."""
        return self.caught_by is not None and self.became != "exception"


def exceptions(trace: Trace) -> tuple[Thrown, ...]:
    """All of them in the order in which they were raised."""
    ways: list[list[Raised]] = []
    last: dict[int, list[Raised]] = {}
    for event in trace.recording.of(Raised):
        if event.during not in LEAVING:
            continue
        way = last.get(event.identity)
        if way is not None and same_exception(event, way[0]):
            way.append(event)
        else:
            way = last[event.identity] = [event]
            ways.append(way)
    catchers = {raised.seq: span.id for span in trace.spans for raised in span.caught}
    return tuple(_thrown(trace, way, catchers) for way in ways)


def told_frames(frames: Sequence[TracebackFrame], most: int) -> list[TracebackFrame]:
    """Those to show of a traceback, the innermost first: of a deep one the layer's own frame too, below those."""
    told = [*frames[::-1]]
    return told if len(told) <= most else [*told[: most - 1], told[-1]]


def _thrown(trace: Trace, way: list[Raised], catchers: dict[int, int]) -> Thrown:
    left = tuple(dict.fromkeys(event.span for event in way))
    catcher = next((catchers[event.seq] for event in reversed(way) if event.seq in catchers), None)
    became, status, other = _became(trace, way[-1], catcher)
    return Thrown(way[0], way[0].span, left, catcher, became, status, other)


def _became(trace: Trace, last: Raised, catcher: int | None) -> tuple[Became, str, str]:
    if catcher is None:
        response = trace.response
        if not trace.done:
            return "open", "", ""
        if response is None or trace.how != "complete" or response.at < last.at:
            return "cut", "", ""
        return "error page", response.status, ""
    span = trace.by_id[catcher]
    if span.exception is not None:
        return "exception", "", span.exception.type
    answer = next((event for event in span.start_responses if event.seq > last.seq), None)
    if isinstance(answer, StartResponse):
        return "response", from_text(answer.status), ""
    return ("response", span.status, "") if span.framework and span.status else ("nothing", "", "")
