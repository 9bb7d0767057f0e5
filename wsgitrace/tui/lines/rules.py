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
    from collections.abc import Callable, Collection, Sequence

    from wsgitrace.trace import Trace
    from wsgitrace.trace.lint import Broken
    from wsgitrace.tui.lines.values import Shown

__all__ = ["broken_rows", "nothing", "rule_rows"]

_ROLES: Final = {"must": "error", "should": "warning", "hygiene": "accent", "client": "dim"}
_FOLD: Final = ("ledger", "rules")


def nothing(_: str) -> bool:
    """No rule is left out."""
    return False


def rule_rows(
    trace: Trace, cells: int, toggled: Collection[object], shown: Shown, leaves_out: Callable[[str], bool] = nothing
) -> list[Row]:
    """The rules broken, the gravest first, under a heading; nothing where none was.

    ``leaves_out``: those that nobody wants to hear of.
    """
    broken_here = lint(trace)
    found = [broken for broken in broken_here if not leaves_out(broken.rule.id)]
    found.sort(key=lambda broken: (SEVERITIES.index(broken.severity), broken.seq))
    if not broken_here:
        return []
    folded = _FOLD in toggled
    note = counted(len({broken.rule.id for broken in found}), "rule") + " broken"
    if len(found) < len(broken_here):
        note += f"; {len(broken_here) - len(found):,} left out, as pyproject.toml says"
    rows = [heading("Rules", _FOLD, fold=_FOLD, note=note, folded=folded)]
    if folded:
        return rows
    for broken in found:
        rows += _rows(broken, trace, cells, shown)
    return [*rows, Row(())]


def broken_rows(broken: Sequence[Broken], told: Sequence[str], trace: Trace, cells: int, shown: Shown) -> list[Row]:
    """Rules that one event shows to be broken; ``told``: by whoever held the request for it."""
    found = {f"{one.rule.id} {one.severity} {_who(one, trace)}: {one.text}" for one in broken}
    lines = [line for text in (*told, *sorted(found.difference(told))) for line in wrap(shown.prose(text), cells)]
    return [text_row(line, "error") for line in lines]


def _who(broken: Broken, trace: Trace) -> str:
    return "client" if broken.severity == "client" else trace.span(broken.span).name


def _rows(broken: Broken, trace: Trace, cells: int, shown: Shown) -> list[Row]:
    """Who did what; below it the rule and its clause, and how to mend it."""
    who = _who(broken, trace)
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
    about = f"{broken.rule.text} ({broken.rule.clause}); event {broken.seq}, enter goes there"
    for text in (about, f"To mend it: {broken.rule.mend}"):
        rows += [text_row(f"     {line}", "dim") for line in wrap(text, max(20, cells - 5))]
    return rows


def _lines(more: list[str], cells: int) -> list[str]:
    return wrap(" ".join(more), max(20, cells - 5))
