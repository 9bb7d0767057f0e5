"""One request run many times: which kinds of outcome there are, how often each came, and where the time went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from threading import Lock
from typing import TYPE_CHECKING, Final

from wsgitrace.capture.figures import Figures, Spread
from wsgitrace.trace.comparing import (
    Comparison,
    Fingerprint,
    OutcomeComparison,
    compare,
    compare_outcomes,
    fingerprint,
    fingerprint_of_outcome,
    learn_steady,
    outcome_of,
)

if TYPE_CHECKING:
    from wsgitrace.trace import Trace
    from wsgitrace.trace.comparing import Noise, Outcome, Rule, Way

__all__ = ["CALM", "Group", "Hunt", "Seen", "compare_seen", "learn_from"]

CALM: Final = 3
"""Replays that run alone, before the others: from them it is learnt what is noise."""

_KINDS: Final = 40
"""Kinds of outcome told apart; what comes after as many is counted as one more."""

_OTHER: Final = Fingerprint("", "other")


@dataclass(frozen=True, slots=True)
class Seen:
    """An exchange that is over."""

    outcome: Outcome
    """What the client got."""
    trace: Trace | None = None
    """Its trace; None where it was not traced."""
    number: int | None = None
    """Its number in the recording; None where it is in none."""
    took: int | None = None
    """Nanoseconds, time held left out; None where nobody took the time."""

    @classmethod
    def of(cls, trace: Trace, number: int, took: int) -> Seen:
        """One that was recorded."""
        return cls(outcome_of(trace), trace, number, took)


@dataclass(slots=True)
class Group:
    """The replays that came to the same."""

    fingerprint: Fingerprint
    """What they came to."""
    place: int
    """The first of them was the so-manieth replay that ended, from 1."""
    sample: int | None
    """Number of that one in the recording; None where it is in none."""
    outcome: Outcome | None
    """What it came to, where it is in none."""
    count: int = 0
    """How many."""
    times: Spread = field(default_factory=Spread)
    """Nanoseconds that they took."""
    figures: Figures = field(default_factory=Figures)
    """By layer: nanoseconds in it alone."""

    @property
    def is_rest(self) -> bool:
        """True for the one that stands for all kinds beyond those that are told apart."""
        return self.fingerprint is _OTHER


class Hunt:
    """Counts replays of one request. Bounded by the kinds of outcome, not by how many replays there are.

    They are compared with the original; or, where none of the first is as it is but two of them are the same, with one
    of these: what has changed since it was recorded would hide what differs from replay to replay.
    """

    def __init__(self, original: Trace, noise: Noise, times: int, *, learns: bool = True) -> None:
        self.times = times
        """How many replays are wanted."""
        self.noise = noise
        """What does not count."""
        self.learnt: tuple[Rule, ...] = ()
        """What was found to be another one each time."""
        self.as_recorded = True
        """False when replays are compared with one of the first of them, since they do not match the original."""
        self.failures: Counter[str] = Counter()
        """Why replays came to no end, one sentence without a stop each, and how many."""
        self.figures = Figures()
        """By layer, of all."""
        self.times_taken = Spread()
        """Nanoseconds that all of them took."""
        self._original = Seen(outcome_of(original), original)
        self.reference = self._original
        """What replays are compared with."""
        self.lock = Lock()
        """Held while a replay is counted; whoever reads groups and figures in another thread holds it, too."""
        self._calm: list[Seen] | None = []
        self._learns = learns
        self._groups: dict[Fingerprint, Group] = {}
        self._sorted = 0

    @property
    def groups(self) -> list[Group]:
        """The kinds of outcome, the most frequent first."""
        return sorted(self._groups.values(), key=lambda group: (-group.count, group.place))

    @property
    def calm(self) -> bool:
        """True as long as one replay is to run at a time."""
        return self._calm is not None

    @property
    def ended(self) -> int:
        """Replays that came to an end."""
        return self._sorted + len(self._calm or ())

    @property
    def failed(self) -> int:
        """Replays that came to no end."""
        return self.failures.total()

    @property
    def done(self) -> int:
        """Replays that are over, one way or the other."""
        return self.ended + self.failed

    @property
    def differs(self) -> bool:
        """True when there is more than one kind of outcome."""
        return len(self._groups) > 1 or bool(self.failures and self._groups)

    def take(self, seen: Seen) -> list[Group]:
        """Count a replay that has ended; returns the groups that are new, whose samples are worth keeping."""
        if self._calm is None:
            return self._sort_in(seen)
        self._calm.append(seen)
        return self.settle() if len(self._calm) == CALM or self.done >= self.times else []

    def fail(self, why: str) -> None:
        """Count a replay of which nothing came."""
        self.failures[why] += 1

    def settle(self) -> list[Group]:
        """Learn from the replays that ran alone, or those of them that there are, and sort them in."""
        calm, self._calm = self._calm or [], None
        if self._learns and len(calm) == CALM:
            self.learnt = learn_from(calm[0], calm[1], calm[2], self.noise)
            self.noise = self.noise.also(self.learnt)
        if not any(self._fingerprint(seen).alike for seen in calm):
            usual = next((one for one, other in combinations(calm, 2) if self._same(one, other)), None)
            self.as_recorded, self.reference = usual is None, usual or self.reference
        return [group for seen in calm for group in self._sort_in(seen)]

    def _sort_in(self, seen: Seen) -> list[Group]:
        found, layers = self._fingerprint(seen), _self_times(seen.trace)
        with self.lock:
            group = self._groups.get(found)
            is_new = group is None
            if group is None:
                key = found if len(self._groups) < _KINDS else _OTHER
                new = Group(key, self._sorted + 1, seen.number, seen.outcome if seen.number is None else None)
                group = self._groups.setdefault(key, new)
                is_new = group is new
            group.count += 1
            self._sorted += 1
            for times, figures in ((group.times, group.figures), (self.times_taken, self.figures)):
                if seen.took is not None:
                    times.add(max(seen.took, 0))
                for layer, took in layers.items():
                    figures.add_layer(layer, took)
        return [group] if is_new else []

    def _same(self, one: Seen, other: Seen) -> bool:
        return fingerprint_of(one, other, self.noise).alike

    def _fingerprint(self, seen: Seen) -> Fingerprint:
        return fingerprint_of(self.reference, seen, self.noise)


def fingerprint_of(reference: Seen, seen: Seen, noise: Noise) -> Fingerprint:
    """What an exchange came to, compared with another."""
    compared = compare_seen(reference, seen, noise)
    return fingerprint_of_outcome(compared) if isinstance(compared, OutcomeComparison) else fingerprint(compared)


def compare_seen(one: Seen, other: Seen, noise: Noise) -> Comparison | OutcomeComparison:
    """Two exchanges compared, as far as both are known."""
    if one.trace is not None and other.trace is not None:
        return compare(one.trace, other.trace, noise)
    return compare_outcomes(one.outcome, other.outcome, noise)


def learn_from(first: Seen, second: Seen, third: Seen, noise: Noise) -> tuple[Rule, ...]:
    """Rules for what is another one in each of three exchanges."""
    return learn_steady((first, second, third), _compared, noise)


def _compared(one: Seen, other: Seen, noise: Noise) -> tuple[OutcomeComparison, Way | None]:
    found = compare_seen(one, other, noise)
    return (found.outcome, found.way) if isinstance(found, Comparison) else (found, None)


def _self_times(trace: Trace | None) -> Counter[str]:
    """Nanoseconds in each layer alone, all its passes together; the server's own left out."""
    totals: Counter[str] = Counter()
    for span in () if trace is None else trace.spans[1:]:
        totals[span.layer.name if span.layer is not None else span.name] += span.self_time
    return totals
