"""Recorded requests run again and compared with what came of them then: in a worker, or over HTTP."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from wsgitrace.replay import (
    AS_IT_WAS,
    SAFE,
    ReplayRefused,
    Seen,
    arranged,
    as_command,
    cookies_set,
    edited,
    learn_from,
    prepare,
    send_all,
    starts,
    with_cookies,
)
from wsgitrace.trace import Trace
from wsgitrace.trace.comparing import Noise, compare, compare_outcomes, learn, outcome_of, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.events import Replay
    from wsgitrace.replay import Destination, Draft, InWorker, Otherwise, RequestEdit
    from wsgitrace.trace.comparing import Comparison, Outcome, OutcomeComparison, Rule, Verdict

__all__ = ["Answer", "Attempt", "OverHttp", "Report", "Rerunning", "Sender", "Through"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of running a request once more."""

    trace: Trace | None = None
    """Its trace; None where it was not traced."""
    outcome: Outcome | None = None
    """What the client got; None where nothing came."""
    replay: Summary | None = None
    """The new exchange, where it was recorded."""
    failure: str = ""
    """Why nothing came, one sentence without a stop."""
    refused: bool = False
    """Nothing was run, because it cannot be as it was wanted."""


class Sender(Protocol):
    """A way to run requests again."""

    def run(self, commands: Sequence[Replay], starts: Sequence[float] = ()) -> Iterator[tuple[Replay, Answer]]:
        """What came of each, as it comes. ``starts``: seconds from now before which each is not sent."""


@dataclass(frozen=True, slots=True)
class Through:
    """In a worker."""

    worker: InWorker
    at_once: int

    def run(self, commands: Sequence[Replay], starts: Sequence[float] = ()) -> Iterator[tuple[Replay, Answer]]:
        """Traced and recorded."""
        for rerun in self.worker.run(commands, self.at_once, starts):
            answer = Answer(failure=rerun.failure, refused=rerun.refused)
            if rerun.summary is not None:
                trace = Trace.from_events(self.worker.capture.events(rerun.summary.number))
                answer = Answer(trace, outcome_of(trace), rerun.summary)
                if rerun.summary.how == "refused" and trace.refused is None:  # by what it was to be run with
                    answer = Answer(replay=rerun.summary, failure=rerun.summary.note, refused=True)
            yield rerun.command, answer


@dataclass(frozen=True, slots=True)
class OverHttp:
    """Over HTTP."""

    destination: Destination
    at_once: int
    patience: float

    def run(self, commands: Sequence[Replay], starts: Sequence[float] = ()) -> Iterator[tuple[Replay, Answer]]:
        """What the client got, and nothing of how it came to be."""
        for command, outcome in send_all(self.destination, commands, self.at_once, self.patience, starts):
            yield command, Answer(failure=outcome) if isinstance(outcome, str) else Answer(outcome=outcome)


def _answers(sender: Sender, commands: Sequence[Replay], starts: Sequence[float] = ()) -> dict[int, list[Answer]]:
    """What came of each, by the number of the original."""
    found: dict[int, list[Answer]] = defaultdict(list)
    for command, answer in sender.run(commands, starts=starts):
        found[command.replay_of].append(answer)
    return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer, compared."""

    answer: Answer
    """What came."""
    outcome: OutcomeComparison | None = None
    """The responses compared; None where none came."""
    compared: Comparison | None = None
    """All of it compared; None where it was not traced."""

    def verdict(self, *, strict: bool) -> Verdict:
        """What it comes to; ``strict``: what layers did counts, too."""
        if self.outcome is None:
            return "differs"
        inside = self.compared is not None and self.compared.traced and strict
        return worst([self.outcome.verdict, self.compared.way.verdict if inside and self.compared else "same"])


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one recorded request."""

    summary: Summary
    """The original."""
    attempts: tuple[Attempt, ...] = ()
    """The answers; none where it could not be run again."""
    refused: str = ""
    """Why it could not, one sentence without a stop."""
    learnt: tuple[Rule, ...] = ()
    """What two replays of it differed in."""
    strict: bool = False
    """What layers did counts, too."""
    sent: Draft | None = None
    """What was sent, where that was edited."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the attempts."""
        return worst(attempt.verdict(strict=self.strict) for attempt in self.attempts)

    @property
    def differing(self) -> tuple[Attempt, ...]:
        """The attempts that count."""
        return tuple(each for each in self.attempts if each.verdict(strict=self.strict) == "differs")


@dataclass(frozen=True, slots=True)
class _Original:
    summary: Summary
    trace: Trace
    command: Replay
    sent: Draft | None = None


@dataclass(frozen=True, slots=True)
class Rerunning:
    """How requests are run again."""

    sender: Sender
    """Where."""
    noise: Noise = field(default_factory=Noise)
    """What does not count."""
    times: int = 1
    """How often each."""
    at_once: int = 1
    """How many at the same time."""
    learns: bool = True
    """A safe request that differs is run once more; what the two replays differ in does not count."""
    strict: bool = False
    """What layers did counts, too."""
    jar: dict[str, str] | None = None
    """Cookies that responses of this run have set, taken over by the requests after; None: cookies are as they were."""
    edits: tuple[RequestEdit, ...] = ()
    """What is changed in a copy of each before it is sent."""
    otherwise: Otherwise = AS_IT_WAS
    """What is done otherwise than then."""

    def reports(self, capture: Capture, selected: Iterable[Summary]) -> Iterator[Report]:
        """Run them, in the order of the recording."""
        rest = iter(selected)
        # Where each starts when it did, all of them have to be ready.
        together = None if self.otherwise.original_timing else self.at_once
        while batch := list(islice(rest, together)):
            yield from self._batch(capture, batch)

    def _batch(self, capture: Capture, batch: Sequence[Summary]) -> Iterator[Report]:
        refused: dict[int, str] = {}
        originals: dict[int, _Original] = {}
        for summary in batch:
            try:
                if not summary.done:
                    raise ReplayRefused("it was not over when it was recorded")  # noqa: TRY301 -- one way to say no
                originals[summary.number] = self._prepared(summary, capture)
            except ReplayRefused as problem:
                refused[summary.number] = str(problem)
        commands = [each.command for each in originals.values() for _ in range(self.times)]
        walls = [each.summary.wall for each in originals.values()] if self.otherwise.original_timing else []
        answers = _answers(self.sender, commands, starts(walls))
        if self.jar is not None:
            for outcome in (answer.outcome for found in answers.values() for answer in found):
                self.jar.update({} if outcome is None else cookies_set(outcome.headers))
        for summary in batch:
            if summary.number in refused:
                yield Report(summary, refused=refused[summary.number])
            else:
                yield self._report(originals[summary.number], answers[summary.number])

    def _prepared(self, summary: Summary, capture: Capture) -> _Original:
        trace, command = prepare(summary.number, capture)
        command = command if self.jar is None else with_cookies(command, self.jar)
        sent = None
        if self.edits:
            # After the cookies, so that one that was given on purpose stays as it was given.
            sent = edited(trace, command, self.edits)
            command = as_command(sent)
        return _Original(summary, trace, arranged(command, trace, summary.wall, self.otherwise), sent)

    def _report(self, original: _Original, answers: Sequence[Answer]) -> Report:
        if answers and all(answer.refused for answer in answers):
            return Report(original.summary, refused=answers[0].failure, sent=original.sent)
        report = self._compared(original, answers, ())
        if report.verdict != "differs" or not self.learns:
            return report
        seen = [Seen(answer.outcome, answer.trace) for answer in answers if answer.outcome is not None]
        if len(seen) > 2:  # noqa: PLR2004 -- then what goes wrong now and then is told from what is another one each time
            rules = learn_from(seen[0], seen[1], seen[2], self.noise)
            return self._compared(original, answers, rules) if rules else report
        pair = [answer for answer in answers if answer.outcome is not None][:2]
        if len(pair) == 1 and self.times == 1 and original.command.head.partition(b" ")[0].decode("latin-1") in SAFE:
            pair += _answers(self.sender, [original.command])[original.summary.number]
        if len(pair) < 2 or pair[1].outcome is None or pair[0].outcome is None:  # noqa: PLR2004 -- two to compare
            return report
        rules = _learn(pair[0], pair[1])
        return self._compared(original, answers, rules) if rules else report

    def _compared(self, original: _Original, answers: Sequence[Answer], rules: tuple[Rule, ...]) -> Report:
        noise = self.noise.also(rules)
        attempts = tuple(_attempt(original.trace, answer, noise) for answer in answers)
        return Report(original.summary, attempts, learnt=rules, strict=self.strict, sent=original.sent)


def _attempt(original: Trace, answer: Answer, noise: Noise) -> Attempt:
    if answer.trace is not None:
        compared = compare(original, answer.trace, noise)
        return Attempt(answer, compared.outcome, compared)
    if answer.outcome is not None:
        return Attempt(answer, compare_outcomes(outcome_of(original), answer.outcome, noise))
    return Attempt(answer)


def _learn(one: Answer, other: Answer) -> tuple[Rule, ...]:
    """What two answers to one request differ in."""
    if one.trace is not None and other.trace is not None:
        found = compare(one.trace, other.trace)
        return learn(found.outcome, found.way)
    if one.outcome is None or other.outcome is None:
        return ()
    return learn(compare_outcomes(one.outcome, other.outcome, Noise()))
