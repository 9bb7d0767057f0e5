"""The kinds of outcome of one request that was run many times, as lines that a CI log holds, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.cli.render_compare import divergence_lines, outcome_lines, verdict_line
from wsgitrace.cli.render_stats import layer_objects, layer_table, times
from wsgitrace.cli.units import duration, plural
from wsgitrace.export.compared import comparison_object, outcome_object, rule_text, rules_text, verdict_text
from wsgitrace.export.hunted import fingerprint_object, outcome_text, parting_text, why_text
from wsgitrace.safetext import safe
from wsgitrace.trace.comparing import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wsgitrace.capture import Summary
    from wsgitrace.capture.figures import Spread
    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.cli.style import Style
    from wsgitrace.replay import Group, Hunt
    from wsgitrace.trace.comparing import OutcomeComparison

__all__ = ["Beside", "Report", "hunt_lines", "hunt_object", "tally"]

_STATUS_CELLS: Final = 26


@dataclass(frozen=True, slots=True)
class Beside:
    """The first of one kind, compared with the first of another."""

    usual: Group
    """A: the most frequent kind."""
    other: Group
    """B."""
    compared: Comparison | OutcomeComparison
    """How they differ."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    summary: Summary
    """The original."""
    hunt: Hunt
    """The kinds of outcome."""
    jobs: int
    """So many ran at the same time."""
    seconds: float
    """That it took."""
    beside: tuple[Beside, ...]
    """What kinds differ in."""
    kept: Path | None
    """The file that replays are in; None: none that lasts."""


def tally(hunt: Hunt) -> str:
    """``50 replays, 2 kinds of outcome``."""
    kinds = f"{plural(len(hunt.groups), 'kind')} of outcome"
    return f"{plural(hunt.done, 'replay')}, {kinds}" + (f", {hunt.failed:,} came to no end" if hunt.failed else "")


def hunt_lines(report: Report, style: Style, detail: Detail) -> Iterator[str]:
    """All of it."""
    hunt, summary = report.hunt, report.summary
    at_once = f", {report.jobs:,} at once" if report.jobs > 1 else ""
    title = f"#{summary.number} {summary.method} {detail.masker.target(summary.target)}"
    yield style.paint(detail.fit(f"{title}  {tally(hunt)}{at_once}", 0), "bold")
    first = "REPLAY" if report.kept is not None else "FIRST"
    yield style.paint(f"{'COUNT':>7} {'SHARE':>6} {first:>7} {'P50':>7} {'P95':>7}  OUTCOME", "bold")
    for group in hunt.groups:
        yield from _group(group, report, style)
    for why, number in hunt.failures.most_common():
        yield style.paint(
            detail.fit(f"{number:>7,} {number / hunt.done:>6.1%} {'':23}  {detail.masker.text(why)}", 0), "red"
        )
    if not hunt.as_recorded:
        text = "None of the first replays is as recorded: the others are compared with one of them."
        yield style.paint(detail.fit(text, 0), "yellow")
    if hunt.learnt:
        text = f"Noise, another one in each of the first replays: {rules_text(hunt.learnt, detail.masker)}"
        yield style.paint(detail.fit(text, 0), "dim")
    for beside in report.beside:
        yield ""
        yield from _beside(beside, report, style, detail)
    if hunt.figures.layers:
        yield ""
        yield from layer_table(hunt.figures, style)


def _group(group: Group, report: Report, style: Style) -> Iterator[str]:
    share = f"{group.count / report.hunt.done:.1%}"
    times = f"{_time(group.times, 50):>7} {_time(group.times, 95):>7}"
    lead = f"{group.count:>7,} {share:>6} {_name(group, report):>7} {times}  "
    if group.is_rest:
        yield style.paint(f"{lead}further kinds of outcome", "yellow")
        return
    status = outcome_text(group.fingerprint)
    why = why_text(group.fingerprint, "as recorded" if report.hunt.as_recorded else "as most of the first replays")
    text = f"{status:{_STATUS_CELLS}} {why}"
    code = int(status[:3]) if status[:3].isdigit() else None
    # Told whole: a log wraps its lines, and what is cut off would be what matters.
    yield f"{lead}{style.status(code, safe(text))}"
    parting = parting_text(group.fingerprint)
    if parting:
        yield f"{'':{len(lead)}}{style.paint(safe(parting), 'dim')}"


def _name(group: Group, report: Report) -> str:
    """Its number in the file that it is in, else which one it was."""
    return f"#{group.sample}" if report.kept is not None else f"{group.place:,}."


def _time(spread: Spread, percent: int) -> str:
    found = spread.percentile(percent)
    return "" if found is None else duration(found)


def _beside(beside: Beside, report: Report, style: Style, detail: Detail) -> Iterator[str]:
    names = (_name(beside.usual, report), _name(beside.other, report))
    yield style.paint(f"A {names[0]} AND B {names[1]}", "bold")
    compared = beside.compared
    outcome = compared.outcome if isinstance(compared, Comparison) else compared
    yield verdict_line(outcome.verdict, verdict_text(outcome), style)
    yield from outcome_lines(outcome, style, detail)
    if isinstance(compared, Comparison) and compared.traced:
        yield from divergence_lines(compared, style, detail)


def hunt_object(report: Report, detail: Detail) -> dict[str, Any]:
    """What ``--json`` prints."""
    hunt, summary = report.hunt, report.summary
    return {
        "number": summary.number,
        "method": summary.method,
        "target": detail.masker.target(summary.target),
        "status": summary.status,
        "times": hunt.times,
        "jobs": report.jobs,
        "seconds": round(report.seconds, 3),
        "ended": hunt.ended,
        "failed": {detail.masker.text(why): number for why, number in hunt.failures.items()},
        "against": "recording" if hunt.as_recorded else "replay",
        "learnt": [rule_text(rule, detail.masker) for rule in hunt.learnt],
        **times(hunt.times_taken),
        "layers": layer_objects(hunt.figures),
        "kinds": [_group_object(group, report) for group in hunt.groups],
        "differences": [_beside_object(each, report, detail) for each in report.beside],
    }


def _group_object(group: Group, report: Report) -> dict[str, Any]:
    return {
        "count": group.count,
        "share": round(group.count / report.hunt.done, 4),
        "place": group.place,
        "replay": group.sample if report.kept is not None else None,
        **fingerprint_object(group.fingerprint),
        **times(group.times),
        "layers": layer_objects(group.figures),
    }


def _beside_object(beside: Beside, report: Report, detail: Detail) -> dict[str, Any]:
    masker, compared = detail.masker, beside.compared
    found = (
        comparison_object(compared, masker) if isinstance(compared, Comparison) else outcome_object(compared, masker)
    )
    return {"a": _name(beside.usual, report), "b": _name(beside.other, report), **found}
