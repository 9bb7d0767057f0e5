"""Two exchanges compared: what was asked, what came of it, and where in their layers they part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.trace.beside_words import in_short
from wsgitrace.trace.comparing.bodies import compare_content
from wsgitrace.trace.comparing.difference import Difference, Verdict
from wsgitrace.trace.comparing.divergence import Way, compare_ways
from wsgitrace.trace.comparing.layers import PASSES_LIMIT, Pairs, pair_passes
from wsgitrace.trace.comparing.noise import Noise
from wsgitrace.trace.comparing.outcome import OutcomeComparison, compare_outcomes, outcome_of
from wsgitrace.trace.response import compare_headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wsgitrace.trace.comparing.divergence import Divergence
    from wsgitrace.trace.model import Trace

__all__ = ["STAGES", "Comparison", "compare"]

STAGES = ("the responses", "the layers", "the way through them")
"""What is compared, in order: for whoever shows how far it has come."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How two exchanges differ. The one is A, the other B."""

    one: Trace
    """A."""
    other: Trace
    """B."""
    request: tuple[Difference, ...]
    """What was asked otherwise; it does not count in any verdict."""
    outcome: OutcomeComparison
    """The responses."""
    pairs: Pairs
    """The layer trees side by side."""
    way: Way
    """How they went through their layers."""

    @property
    def verdict(self) -> Verdict:
        """What it comes to for the client."""
        return self.outcome.verdict

    @property
    def divergence(self) -> Divergence | None:
        """The first thing that one did and the other did not; None for none."""
        return self.way.divergence

    @property
    def beside(self) -> tuple[str, str]:
        """What each asked of databases and logged, in words; it does not count in any verdict."""
        return in_short(self.one), in_short(self.other)

    @property
    def traced(self) -> bool:
        """True when both passed layers that could be compared."""
        return len(self.one.spans) > 1 and len(self.other.spans) > 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not compared. Sentences without stops."""
        found = [*self.outcome.body.notes, *self.way.notes]
        if not self.pairs.matched:
            found.append(f"more than {PASSES_LIMIT:,} passes: only those that begin alike were put side by side")
        return tuple(found)


_VOLATILE = Noise()
"""What is volatile by its name, and nothing else."""


def compare(
    one: Trace, other: Trace, noise: Noise = _VOLATILE, *, progress: Callable[[str], None] = lambda _: None
) -> Comparison:
    """Compare two exchanges. ``progress`` is told what comes next, as in :data:`STAGES`; it may raise to end it."""
    progress(STAGES[0])
    outcome = compare_outcomes(outcome_of(one), outcome_of(other), noise)
    request = tuple(_compare_requests(one, other))
    progress(STAGES[1])
    pairs = pair_passes(one, other)
    progress(STAGES[2])
    same_body = not any((each.where, each.name) == ("request", "body") for each in request)
    way = compare_ways(one, other, pairs, noise, same_body=same_body)
    return Comparison(one, other, request, outcome, pairs, way)


def _compare_requests(one: Trace, other: Trace) -> Iterator[Difference]:
    """What was asked otherwise."""
    if one.head is None or other.head is None:
        return
    for name, mine, theirs in (
        ("method", one.head.method, other.head.method),
        ("target", one.head.target, other.head.target),
        ("scheme", one.head.scheme, other.head.scheme),
    ):
        if mine != theirs:
            yield Difference("request", name, mine, theirs)
    for change in compare_headers(one.head.headers, other.head.headers)[0]:
        if change.kind != "respelled":
            yield Difference("header", change.name, change.before, change.after)
    bodies = one.request_body, other.request_body
    if bodies[0].data != bodies[1].data or bodies[0].length != bodies[1].length:
        found = compare_content(bodies[0], one.head.headers, bodies[1], other.head.headers, Noise())
        if found.verdict == "differs":
            yield Difference("request", "body", f"{found.one.length:,} bytes", f"{found.other.length:,} bytes")
