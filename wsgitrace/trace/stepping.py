"""Stepping over a recording: where a step stops, and which way the request is going there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Literal

from wsgitrace.events import (
    Called,
    Chunk,
    CloseBegan,
    Done,
    Event,
    HeadReceived,
    InputRead,
    IterationEnded,
    Raised,
    Reached,
    Refused,
    ResponseHead,
    Returned,
    StartResponse,
    Wrote,
)

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace

BOUNDARIES: tuple[type[Event], ...] = (
    HeadReceived,
    Refused,
    Called,
    StartResponse,
    Wrote,
    Returned,
    Chunk,
    IterationEnded,
    Raised,
    CloseBegan,
    InputRead,
    Reached,
    ResponseHead,
    Done,
)
"""The events at which something crosses from one layer to another."""


def boundaries(trace: Trace) -> list[int]:
    """The seqs at which a step stops, ascending."""
    return [event.seq for event in trace.recording.of(*BOUNDARIES)]


def after(stops: list[int], seq: int) -> int | None:
    """The next stop after ``seq``; None past the last."""
    index = bisect_right(stops, seq)
    return stops[index] if index < len(stops) else None


def before(stops: list[int], seq: int) -> int | None:
    """The next stop before ``seq``; None past the first."""
    index = bisect_left(stops, seq)
    return stops[index - 1] if index else None


def direction(event: Event) -> Literal["in", "out", "here"]:
    """Which way things go at an event: ``in`` towards the application, ``out`` towards the client."""
    if isinstance(event, HeadReceived | Called | InputRead | CloseBegan):
        return "in"
    if isinstance(
        event, StartResponse | Wrote | Returned | Chunk | IterationEnded | Raised | ResponseHead | Done | Refused
    ):
        return "out"
    return "here"
