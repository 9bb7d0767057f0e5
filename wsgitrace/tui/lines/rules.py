"""The rules that a request broke, above the ledgers: which, who broke it, where that is written, how to mend it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.lint import lint
from wsgitrace.trace.rules import SEVERITIES
from wsgitrace.tui.lines.values import heading, text_row
from wsgitrace.tui.painting import Row, Run
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from wsgitrace.trace import Trace
    from wsgitrace.trace.lint import Broken
    from wsgitrace.tui.lines.values import Shown

__all__ = ["rule_rows"]

_ROLES: Final = {"must": "error", "should": "warning", "hygiene": "accent", "client": "dim"}
_FOLD: Final = ("ledger", "rules")


def rule_rows(trace: Trace, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """The rules broken, the gravest first, under a heading; nothing where none was."""
    found = sorted(lint(trace), key=lambda broken: (SEVERITIES.index(broken.severity), broken.seq))
    if not found:
        return []
    folded = _FOLD in toggled
    note = counted(len({broken.rule.id for broken in found}), "rule") + " broken"
    rows = [heading("Rules", _FOLD, fold=_FOLD, note=note, folded=folded)]
    if folded:
        return rows
    for broken in found:
        rows += _rows(broken, trace, cells, shown)
    return [*rows, Row(())]


def _rows(broken: Broken, trace: Trace, cells: int, shown: Shown) -> list[Row]:
    """Who did what; below it the rule and its clause, and how to mend it."""
    who = "client" if broken.severity == "client" else trace.span(broken.span).name
    said = shown.prose(broken.text)
    lead = f" {broken.rule.id} {broken.severity} "
    first, *more = wrap(f"{who}: {said}", max(20, cells - len(lead))) or [""]
    runs = (
        Run(f" {broken.rule.id} ", "strong"),
        Run(f"{broken.severity} ", _ROLES[broken.severity]),
        Run(first, "plain"),
    )
    rows = [Row(runs, key=("fault", "rules", broken.rule.id, broken.span, broken.seq), value=f"{who}: {said}")]
    rows += [text_row(f"     {line}") for line in _lines(more, cells)]
    about = f"{broken.rule.text} ({broken.rule.clause}); event {broken.seq}"
    for text in (about, f"To mend it: {broken.rule.mend}"):
        rows += [text_row(f"     {line}", "dim") for line in wrap(text, max(20, cells - 5))]
    return rows


def _lines(more: list[str], cells: int) -> list[str]:
    return wrap(" ".join(more), max(20, cells - 5))
