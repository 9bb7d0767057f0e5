"""The linter over a recording: what was broken, gathered by rule and by layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.progress import say_progress
from wsgitrace.cli.recording import summaries
from wsgitrace.trace import Trace
from wsgitrace.trace.lint import compare_head, lint
from wsgitrace.trace.ordering import advise
from wsgitrace.trace.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.events import LayerFound
    from wsgitrace.query import Filter
    from wsgitrace.trace.lint import Broken, Ignores
    from wsgitrace.trace.ordering import Advice
    from wsgitrace.trace.rules import Rule, Severity

__all__ = ["Group", "Report", "Seen", "gather"]

_SLICE: Final = 16
"""Exchanges read at a time."""

_EVERY: Final = 1_000
"""Exchanges between two words about progress."""


@dataclass(slots=True)
class Group:
    """One rule as one layer broke it."""

    rule: Rule
    """Which."""
    severity: Severity
    """The gravest of all times."""
    name: str
    """The layer, as short as on the screen."""
    layer: LayerFound | None
    """The layer; None where it is not known."""
    first: Summary
    """The first request."""
    seq: int
    """The event there that shows it."""
    text: str
    """What was done there, not safe yet."""
    requests: int = 0
    """Requests in which it was done."""


@dataclass(slots=True)
class Seen:
    """One wrong order of two layers as requests showed it."""

    advice: Advice
    """What is wrong, with the evidence of the first."""
    first: Summary
    """The first request."""
    requests: int = 0
    """Requests that showed it."""


@dataclass(slots=True)
class Report:
    """What the linter found."""

    requests: int = 0
    """Requests looked at."""
    broken_in: set[int] = field(default_factory=set)
    """Numbers of those of them in which a rule was broken."""
    ignored: int = 0
    """Times that something was left out because the project does not want to hear of it."""
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    """By rule and dotted name of the layer."""
    orders: dict[tuple[str, str, str], Seen] = field(default_factory=dict)
    """Wrong orders of layers, by their id and the layers' dotted names."""

    def sorted(self) -> list[Group]:
        """The gravest first, then in the order of the rules; of one rule the most frequent first."""
        return sorted(
            self.groups.values(),
            key=lambda group: (SEVERITIES.index(group.severity), group.rule.id, -group.requests, group.name),
        )

    def fails(self, at: str) -> bool:
        """Whether a rule was broken that is ``at`` (its id), or as grave as that (a severity)."""
        if at in SEVERITIES:
            grave = SEVERITIES[: [str(each) for each in SEVERITIES].index(at) + 1]
            return any(group.severity in grave for group in self.groups.values())
        return any(group.rule.id == at for group in self.groups.values())

    @property
    def faulty(self) -> int:
        """Requests in which a rule was broken."""
        return len(self.broken_in)

    def add(self, summary: Summary, trace: Trace, ignores: Ignores, *, tried: bool = False) -> None:
        """Take in one exchange; ``tried``: we were the client, and what that broke was meant."""
        self.requests += 1
        found = [broken for broken in lint(trace) if not (tried and broken.severity == "client")]
        self.add_broken(found, summary, trace, ignores)
        for advice in advise(trace):
            if ignores.hide(advice.order.id, summary.path):
                self.ignored += 1
                continue
            order = (advice.order.id, advice.outer, advice.inner)
            self.orders.setdefault(order, Seen(advice, summary)).requests += 1

    def add_broken(self, found: Sequence[Broken], summary: Summary, trace: Trace, ignores: Ignores) -> None:
        """Take in rules that were broken in an exchange."""
        heeded = ignores.heed(found, summary.path)
        self.ignored += len(found) - len(heeded)
        seen: set[tuple[str, str]] = set()
        for broken in heeded:
            group = self._group(broken, summary, trace)
            key = (group.rule.id, _dotted(group.layer, group.name))
            group.requests += key not in seen
            seen.add(key)
        if heeded:
            self.broken_in.add(summary.number)

    def _group(self, broken: Broken, summary: Summary, trace: Trace) -> Group:
        span = trace.span(broken.span)
        # Who sends a request that is refused is no layer of the application.
        name, layer = ("client", None) if broken.severity == "client" else (span.name, span.layer)
        key = (broken.rule.id, _dotted(layer, name))
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(
                broken.rule, broken.severity, name, layer, summary, broken.seq, broken.text
            )
        elif SEVERITIES.index(broken.severity) < SEVERITIES.index(group.severity):
            # The example is one of those that matter most.
            group.severity, group.first, group.seq, group.text = broken.severity, summary, broken.seq, broken.text
        return group


def _dotted(layer: LayerFound | None, name: str) -> str:
    return layer.name if layer is not None else name


class Pairs:
    """GET and HEAD for the same target, of an application that is tried out."""

    def __init__(self) -> None:
        self._gets: dict[str, list[Trace]] = {}
        self._heads: dict[str, tuple[Summary, Trace]] = {}

    def add(self, summary: Summary, trace: Trace) -> None:
        """Keep what may be one of two."""
        if summary.method == "GET":
            first = self._gets.setdefault(summary.target, [trace])[0]
            if trace is not first and trace.head and first.head and trace.head.headers == first.head.headers:
                self._gets[summary.target].append(trace)
        elif summary.method == "HEAD":
            self._heads.setdefault(summary.target, (summary, trace))

    def compare(self, report: Report, ignores: Ignores) -> None:
        """Report where the answers differ."""
        for target, (summary, trace) in self._heads.items():
            gets = self._gets.get(target)
            if gets:
                report.add_broken(compare_head(gets[0], trace, gets[-1]), summary, trace, ignores)


def gather(capture: Capture, where: Filter, ignores: Ignores, *, tried: bool = False) -> Report:
    """Look at every exchange that matches ``where`` and has ended.

    ``tried``: they are those of :mod:`wsgitrace.cli.probing`, among which GET and HEAD belong together.
    """
    report, pairs = Report(), Pairs()
    for some in _slices(one for one in summaries(capture, where=where) if one.done):
        events = capture.events_of([one.number for one in some])
        for summary in some:
            if summary.number in events:
                trace = Trace.from_events(events[summary.number])
                report.add(summary, trace, ignores, tried=tried)
                if report.requests % _EVERY == 0:
                    say_progress(f"{report.requests:,} of at most {capture.count():,} requests")
                if tried:
                    pairs.add(summary, trace)
    pairs.compare(report, ignores)
    say_progress("")
    return report


def _slices(found: Iterable[Summary]) -> Iterator[list[Summary]]:
    some: list[Summary] = []
    for one in found:
        some.append(one)
        if len(some) == _SLICE:
            yield some
            some = []
    if some:
        yield some
