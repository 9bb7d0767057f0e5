"""What came of a request, wherever it was run: status, header fields, body, end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsgitrace.trace.assembly import Body
from wsgitrace.trace.comparing.bodies import BodyComparison, compare_content
from wsgitrace.trace.comparing.difference import Difference, Verdict, verdict_of, worst
from wsgitrace.trace.comparing.headers import compare_fields, follows_from_body

if TYPE_CHECKING:
    from wsgitrace.trace.comparing.noise import Noise
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.model import Trace

__all__ = ["Outcome", "OutcomeComparison", "compare_endings", "compare_outcomes", "outcome_of"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the client got."""

    status: str | None
    """Status line without the version; None where there was none."""
    headers: HeaderList = ()
    """Header fields as sent."""
    body: Body = field(default_factory=Body)
    """The body."""
    how: str = "complete"
    """How it ended, as in :class:`~wsgitrace.events.Done`; empty: it is not over."""


def outcome_of(trace: Trace) -> Outcome:
    """What came of a recorded request."""
    response = trace.response
    if response is None:
        return Outcome(None if trace.refused is None else str(trace.refused.status), how=trace.how)
    return Outcome(response.status, response.headers, trace.response_body, trace.how)


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeComparison:
    """How two of them differ."""

    one: Outcome
    """The one."""
    other: Outcome
    """The other."""
    status: tuple[Difference, ...]
    """At most one."""
    headers: tuple[Difference, ...]
    """Header fields that differ, noise included."""
    body: BodyComparison
    """The bodies."""
    ending: tuple[Difference, ...]
    """At most one: how they ended."""

    @property
    def verdict(self) -> Verdict:
        """What it comes to."""
        return worst([verdict_of((*self.status, *self.headers, *self.ending)), self.body.verdict])


def compare_outcomes(one: Outcome, other: Outcome, noise: Noise) -> OutcomeComparison:
    """Compare what came of two requests."""
    same = (one.status or "") == (other.status or "")
    status = () if same else (Difference("status", "", one.status, other.status),)
    body = compare_content(one.body, one.headers, other.body, other.headers, noise)
    headers = compare_fields(one.headers, other.headers, noise)
    if body.verdict == "noise":
        headers = follows_from_body(headers)
    return OutcomeComparison(one, other, status, headers, body, compare_endings(one.how, other.how))


def compare_endings(one: str, other: str) -> tuple[Difference, ...]:
    """How two exchanges ended, where that differs. What the client did is none of the application's doing."""
    if one == other:
        return ()
    clients = {one, other} <= {"complete", "client gone"}
    reason = "the client's doing" if clients else "" if one and other else "not over yet"
    return (Difference("ending", "", one or "not over", other or "not over", reason),)
