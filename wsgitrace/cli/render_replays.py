"""What came of replays: a line for each request, one object, or a JUnit file that CI systems read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from wsgitrace.cli.render_compare import VERDICT_COLOURS, comparison_lines, outcome_lines, verdict_line
from wsgitrace.cli.style import Style
from wsgitrace.cli.units import plural
from wsgitrace.export.compared import (
    all_noise,
    comparison_object,
    divergence_place,
    noise_text,
    outcome_object,
    rule_text,
    rules_text,
    stands_for,
    verdict_text,
)
from wsgitrace.replay import flaw
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.cli.rerunning import Attempt, Report
    from wsgitrace.replay import Draft, Fate

__all__ = ["junit", "report_line", "report_lines", "report_object", "tally"]

_NO_CHARACTERS: Final = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})

_FATE_WIDTH: Final = len("changed")


def report_line(report: Report, style: Style, detail: Detail, fate: Fate = "") -> str:
    """``✗ #14 POST /cart/add  302 → 500  the responses differ: status; first in shop.Session (…), event 14``.

    ``fate``: what became of a request that is watched, in the place of the sign.
    """
    if report.refused:
        # Told whole, as what differs is: it says what to do.
        return style.paint(safe(f"- {_name(report, detail)}  not replayed: {report.refused}"), "yellow")
    sign = fate.ljust(_FATE_WIDTH) if fate else stands_for(report.verdict)
    text = f"{sign} {_name(report, detail)}  {_statuses(report)}  {_said(report)}".rstrip()
    # What differs is told whole: a log wraps its lines, and what is cut off would be what matters.
    shown = safe(text) if report.verdict == "differs" else detail.fit(text, 0)
    return style.paint(shown, "yellow" if fate == "changed" else VERDICT_COLOURS[report.verdict])


def _name(report: Report, detail: Detail) -> str:
    summary, sent = report.summary, report.sent
    name = f"#{summary.number} {summary.method} {detail.masker.target(summary.target)}"
    if sent is None or (sent.method, sent.target) == (summary.method, summary.target):
        return name
    return f"{name} as {sent.method} {detail.masker.target(sent.target)}"


def _statuses(report: Report) -> str:
    """The status then, and those of now that are others."""
    before = str(report.summary.status or "no response")
    now = (each.outcome.other.status or "no response" for each in report.attempts if each.outcome is not None)
    others = dict.fromkeys(status.partition(" ")[0] for status in now)
    return " → ".join([before, *([", ".join(others)] if others and list(others) != [before] else [])])


def _said(report: Report) -> str:
    """In words what makes it what it is."""
    if report.verdict == "same":
        return ""
    if report.verdict == "noise":
        noise = noise_text(
            each for attempt in report.attempts if attempt.outcome for each in all_noise(attempt.outcome)
        )
        return f"but for noise: {noise}" if noise else "but for noise"
    differing = report.differing
    text = _failure(differing[0])
    if len(report.attempts) > 1:
        text = f"{len(differing)} of {len(report.attempts)}: {text}"
    return text


def _failure(attempt: Attempt) -> str:
    """One sentence without its stop: why an attempt differs."""
    if attempt.outcome is None:
        return attempt.answer.failure
    text = verdict_text(attempt.outcome)
    parted = None if attempt.compared is None or not attempt.compared.traced else attempt.compared.divergence
    if parted is None:
        return text
    event = parted.one if parted.one is not None else parted.other
    at = "" if event is None else f", event {event.seq:,}"
    return f"{text}; first divergence: {divergence_place(parted)}{at}"


def report_lines(report: Report, style: Style, detail: Detail, fate: Fate = "") -> Iterator[str]:
    """The line, and below it all that the first attempt that differs differs in."""
    yield report_line(report, style, detail, fate)
    for attempt in report.differing[:1]:
        for line in _attempt_lines(attempt, style, detail.within(max(40, detail.width - 4))):
            yield f"    {line}" if line else ""
    if report.learnt and report.attempts:
        rules = rules_text(report.learnt, detail.masker)
        yield style.paint(f"    {detail.fit(f'learnt as noise from two replays: {rules}', 4)}", "dim")


def _attempt_lines(attempt: Attempt, style: Style, detail: Detail) -> Iterator[str]:
    if attempt.compared is not None:
        yield from comparison_lines(attempt.compared, style, detail)
    elif attempt.outcome is not None:
        yield verdict_line(attempt.outcome.verdict, verdict_text(attempt.outcome), style)
        yield from outcome_lines(attempt.outcome, style, detail)
        for note in attempt.outcome.body.notes:
            yield detail.fit(f"  {note}", 0)


def report_object(report: Report, detail: Detail) -> dict[str, Any]:
    """What ``wsgitrace replay --json`` prints of one request."""
    summary = report.summary
    return {
        "number": summary.number,
        "method": summary.method,
        "target": detail.masker.target(summary.target),
        "sent": None if report.sent is None else _sent_object(report.sent, detail),
        "status": summary.status,
        "verdict": None if report.refused else report.verdict,
        "text": report.refused or _said(report),
        "refused": bool(report.refused),
        "learnt": [rule_text(rule, detail.masker) for rule in report.learnt],
        "replays": [_attempt_object(attempt, report, detail) for attempt in report.attempts],
    }


def _sent_object(sent: Draft, detail: Detail) -> dict[str, Any]:
    """What was sent instead, where that was edited."""
    return {"method": sent.method, "target": detail.masker.target(sent.target), "refused": flaw(sent)}


def _attempt_object(attempt: Attempt, report: Report, detail: Detail) -> dict[str, Any]:
    replay = attempt.answer.replay
    facts: dict[str, Any] = {
        "replay": None if replay is None else replay.number,
        "duration_ns": None if replay is None else replay.net_duration,
        "failure": attempt.answer.failure,
    }
    if attempt.compared is not None:
        facts |= comparison_object(attempt.compared, detail.masker)
    elif attempt.outcome is not None:
        facts |= outcome_object(attempt.outcome, detail.masker)
    return facts | {"verdict": attempt.verdict(strict=report.strict)}


def tally(reports: Sequence[Report]) -> str:
    """``12 requests: 10 the same, 1 the same but for noise, 1 differs, 1 not replayed``."""
    ran = [report for report in reports if not report.refused]
    counts = [
        (sum(report.verdict == "same" for report in ran), "the same"),
        (sum(report.verdict == "noise" for report in ran), "the same but for noise"),
        (sum(report.verdict == "differs" for report in ran), "different"),
        (len(reports) - len(ran), "not replayed"),
    ]
    return f"{plural(len(reports), 'request')}: {', '.join(f'{number:,} {what}' for number, what in counts if number)}"


def junit(path: Path, name: str, reports: Sequence[Report], seconds: float, detail: Detail) -> None:
    """Write the reports as JUnit XML: a test case for each request. Raises :class:`OSError`."""
    failed = sum(not report.refused and report.verdict == "differs" for report in reports)
    counts = {
        "tests": str(len(reports)),
        "failures": str(failed),
        "errors": "0",
        "skipped": str(sum(bool(report.refused) for report in reports)),
        "time": f"{seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "wsgitrace replay", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _plain(name), **counts})
    for report in reports:
        took = sum(each.answer.replay.net_duration for each in report.attempts if each.answer.replay is not None)
        facts = {"classname": _plain(name), "name": _plain(_name(report, detail)), "time": f"{took / 1e9:.6f}"}
        case = ET.SubElement(suite, "testcase", facts)
        if report.refused:
            ET.SubElement(case, "skipped", {"message": _plain(report.refused)})
        elif report.verdict == "differs":
            failure = ET.SubElement(case, "failure", {"message": _plain(_said(report)), "type": "differs"})
            failure.text = "\n".join(map(_plain, report_lines(report, Style(colour=False), detail)))
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _plain(text: str) -> str:
    """Text that XML 1.0 can hold: no control characters, no half of a pair, none of its two forbidden ones."""
    return safe(text).translate(_NO_CHARACTERS)
