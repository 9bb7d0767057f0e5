"""What the linter found, as text and as JSON."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.cli.render_layers import location
from wsgitrace.cli.style import clip
from wsgitrace.cli.units import plural
from wsgitrace.safetext import safe
from wsgitrace.trace.naming import short_name
from wsgitrace.trace.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.cli.linting import Group, Report
    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker
    from wsgitrace.trace.ordering import Advice

__all__ = [
    "advice_lines",
    "advice_object",
    "order_lines",
    "report_lines",
    "report_object",
    "verdict",
]

_COLOURS: Final = {"must": "red", "should": "yellow", "hygiene": "cyan", "client": "dim"}
_INDENT: Final = "    "


def report_lines(report: Report, style: Style, masker: Masker) -> Iterator[str]:
    """Each rule with its clause, and under it the layers that broke it, an example of each, and how to mend it."""
    last = ""
    groups = report.sorted()
    for index, group in enumerate(groups):
        title = f"{group.rule.id} {group.severity}"
        if title != last:
            if last:
                yield ""
            last = title
            yield from _title(group, title, style)
        yield from _example(group, style, masker)
        after = groups[index + 1] if index + 1 < len(groups) else None
        if after is None or f"{after.rule.id} {after.severity}" != title:
            yield from _wrapped(f"To mend it: {group.rule.mend}", style)


def order_lines(report: Report, style: Style, masker: Masker) -> Iterator[str]:
    """Each wrong order of layers that requests showed, with an example."""
    if report.orders:
        yield style.paint("ORDER OF LAYERS", "bold")
    for seen in report.orders.values():
        yield from advice_lines(seen.advice, style, f"in {plural(seen.requests, 'request')}")
        asked = f"{seen.first.method} {masker.target(seen.first.target)}".strip()
        at = f"#{seen.first.number}" + (f" event {seen.advice.seq}: " if seen.advice.seq is not None else ": ")
        yield f"{_INDENT * 2}{style.paint(at, 'dim')}{clip(asked, style.width - len(at) - len(_INDENT) * 2)}"
        said = masker.text(seen.advice.evidence)
        yield from (f"{_INDENT * 2}{line}" for line in _folded(said, style.width - len(_INDENT) * 2))


def advice_lines(advice: Advice, style: Style, note: str = "") -> Iterator[str]:
    """One wrong order: the layers, the reason, how to mend it."""
    names = f"{clip(short_name(advice.outer), 40)} > {clip(short_name(advice.inner), 40)}"
    yield f"{_INDENT}{style.paint(advice.order.id, 'yellow')}  {style.paint(names, 'cyan')}  {note}".rstrip()
    width = max(30, style.width - len(_INDENT) * 2)
    yield from (f"{_INDENT * 2}{line}" for line in _folded(advice.reason, width))
    yield from (f"{_INDENT * 2}{style.paint(line, 'dim')}" for line in wrap(f"To mend it: {advice.order.mend}", width))


def advice_object(advice: Advice) -> dict[str, Any]:
    """The same for ``--json``."""
    return {
        "order": advice.order.id,
        "outer": advice.outer,
        "inner": advice.inner,
        "reason": advice.reason,
        "mend": advice.order.mend,
    }


def _title(group: Group, title: str, style: Style) -> Iterator[str]:
    painted = f"{style.paint(group.rule.id, 'bold')} {style.paint(group.severity, _COLOURS[group.severity])}"
    lines = wrap(f"{group.rule.text} ({group.rule.clause})", max(30, style.width - len(title) - 2))
    yield f"{painted}  {style.paint(lines[0], 'bold')}"
    yield from (f"{' ' * (len(title) + 2)}{style.paint(line, 'bold')}" for line in lines[1:])


def _example(group: Group, style: Style, masker: Masker) -> Iterator[str]:
    where = "" if group.layer is None else location(group.layer)
    name = clip(group.name, style.width - len(_INDENT) - 30)
    facts = f"{where}  " if where and len(where) + len(name) + 40 < style.width else ""
    yield f"{_INDENT}{style.paint(name, 'cyan')}  {style.paint(facts, 'dim')}in {plural(group.requests, 'request')}"
    first = group.first
    asked = f"{first.method} {masker.target(first.target)}".strip()
    at = f"#{first.number} event {group.seq}: "
    yield f"{_INDENT * 2}{style.paint(at, 'dim')}{clip(asked, style.width - len(at) - len(_INDENT) * 2)}"
    yield from (f"{_INDENT * 2}{line}" for line in _folded(masker.text(group.text), style.width - len(_INDENT) * 2))


def _folded(text: str, width: int) -> list[str]:
    """A sentence in lines; what was long in it was cut where it was made."""
    return wrap(safe(text), max(30, width)) or [""]


def _wrapped(text: str, style: Style) -> Iterator[str]:
    for index, line in enumerate(wrap(text, max(30, style.width - len(_INDENT) * 2))):
        yield style.paint(f"{_INDENT}{'' if not index else _INDENT}{line}", "dim")


def verdict(report: Report) -> str:
    """One sentence: how many rules, by how many layers, in how many requests."""
    ignored = f"; {plural(report.ignored, 'time')} a rule that the project ignores" if report.ignored else ""
    if not report.groups:
        return f"no rule was broken in {plural(report.requests, 'request')}{ignored}."
    rules = {group.rule.id for group in report.groups.values()}
    layers = {group.name for group in report.groups.values()}
    counts = [
        f"{sum(group.severity == severity for group in report.groups.values())} {severity}"
        for severity in SEVERITIES
        if any(group.severity == severity for group in report.groups.values())
    ]
    what = f"{plural(len(rules), 'rule')} broken by {plural(len(layers), 'layer')}: {', '.join(counts)}"
    return f"{what}; in {report.faulty:,} of {plural(report.requests, 'request')}{ignored}."


def report_object(report: Report, masker: Masker, *, failed: bool) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "requests": report.requests,
        "faulty": report.faulty,
        "ignored": report.ignored,
        "failed": failed,
        "broken": [
            {
                "rule": group.rule.id,
                "severity": group.severity,
                "clause": group.rule.clause,
                "text": group.rule.text,
                "mend": group.rule.mend,
                "layer": group.layer.name if group.layer is not None else group.name,
                "file": group.layer.file if group.layer is not None else "",
                "line": group.layer.line if group.layer is not None else 0,
                "requests": group.requests,
                "number": group.first.number,
                "method": group.first.method,
                "target": masker.target(group.first.target),
                "event": group.seq,
                "found": masker.text(group.text),
            }
            for group in report.sorted()
        ],
        "order": [
            {
                **advice_object(seen.advice),
                "requests": seen.requests,
                "number": seen.first.number,
                "event": seen.advice.seq,
                "found": masker.text(seen.advice.evidence),
            }
            for seen in report.orders.values()
        ],
    }
