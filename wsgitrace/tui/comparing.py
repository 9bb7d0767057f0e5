"""Two requests of a capture, read and compared: away from the screen, for it takes a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.capture.figures import route_of
from wsgitrace.export.compared import masked_sides
from wsgitrace.replay import Seen, learn_from
from wsgitrace.trace import Trace
from wsgitrace.trace.comparing import Noise, compare, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker
    from wsgitrace.trace.comparing import Comparison

__all__ = ["Compared", "Ignored", "counterpart", "read_compared"]

_LOOKED_AT: Final = 2_000
"""Requests before one among which that of the same route is looked for."""

_PAGE: Final = 200


@dataclass(slots=True)
class Ignored:
    """What the user said does not count; for as long as the screen runs."""

    noise: Noise = field(default_factory=Noise)
    """It, beside what is volatile by its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two requests, and how they differ."""

    one: Summary
    """A."""
    other: Summary
    """B."""
    comparison: Comparison
    """How they differ."""
    sides: tuple[Sequence[str], Sequence[str]]
    """The lines of both bodies as they may be shown; empty where they were not compared by lines."""
    learnt: tuple[int, ...] = ()
    """The two replays by which it was learnt what differs each time; empty for none."""


def counterpart(capture: Capture, summary: Summary) -> Summary | None:
    """What a request is compared with: its original, the marked one, the one before of its route, its last replay."""
    if summary.replay_of is not None:
        original = capture.summary(summary.replay_of)
        if original is not None:
            return original
    marked = [number for number in capture.pinned() if number != summary.number]
    if marked:
        return capture.summary(max(marked))
    before, looked = summary.number, 0
    while looked < _LOOKED_AT and (page := capture.page(before=before, limit=_PAGE)):
        for row in page:
            if row.method == summary.method and _route(row) == _route(summary):
                return row
        before, looked = page[-1].number, looked + len(page)
    replays = capture.replays(summary.number)
    return capture.summary(replays[-1]) if replays else None


def _route(summary: Summary) -> str:
    return summary.route or route_of(summary.path)


def read_compared(
    path: Path,
    numbers: tuple[int, int],
    noise: Noise,
    masker: Masker,
    progress: Callable[[str], None],
    *,
    learns: bool = True,
) -> Compared:
    """Read two requests and compare them. Raises :class:`~wsgitrace.capture.CaptureError` where one is not there.

    ``learns``: what is another one in the request and in two replays of it does not count.
    """
    progress("reading")
    with Capture.open(path) as capture:
        one, other = (_summary(capture, number) for number in numbers)
        noise, learnt = _with_learnt(capture, one, noise) if learns else (noise, ())
        traces = [Trace.from_events(capture.events(number)) for number in numbers]
    compared = compare(traces[0], traces[1], noise, progress=progress)
    lines = compared.outcome.body.lines
    sides = ((), ()) if lines is None else masked_sides(lines, masker)
    return Compared(one, other, compared, sides, learnt)


def _summary(capture: Capture, number: int) -> Summary:
    found = capture.summary(number)
    if found is None:
        raise CaptureError(f"Request {number} is no longer recorded.")
    return found


def _with_learnt(capture: Capture, one: Summary, noise: Noise) -> tuple[Noise, tuple[int, ...]]:
    """What is another one in a request and in two replays of it does not count.

    One process ran the two, so the code was the same.
    """
    original = one.replay_of or one.number
    replays = [capture.summary(number) for number in capture.replays(original)]
    ended = [each for each in replays if each is not None and each.done]
    for older, newer in zip(ended[-2::-1], ended[:0:-1], strict=True):
        if older.worker == newer.worker:
            rules = learn_from(
                _seen(capture, original), _seen(capture, older.number), _seen(capture, newer.number), noise
            )
            return noise.also(rules), (older.number, newer.number) if rules else ()
    return noise, ()


def _seen(capture: Capture, number: int) -> Seen:
    trace = Trace.from_events(capture.events(number))
    return Seen(outcome_of(trace), trace)
