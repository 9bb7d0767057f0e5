"""The kinds of outcome of one request that was run many times, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.capture.figures import COLUMNS, edges
from wsgitrace.export.compared import rules_text, stands_for, verdict_text
from wsgitrace.export.hunted import outcome_text, why_text
from wsgitrace.tui import units
from wsgitrace.tui.lines.diff import parted_rows
from wsgitrace.tui.lines.figures import scale
from wsgitrace.tui.lines.request_row import status_role
from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import Line, Row, Run, pad_left

if TYPE_CHECKING:
    from collections.abc import Hashable

    from wsgitrace.capture.figures import Spread
    from wsgitrace.redact import Masker
    from wsgitrace.replay import Group, Hunt
    from wsgitrace.tui.comparing import Compared

__all__ = ["ALL", "beside_rows", "kind_rows", "progress_text"]

ALL: Final = ("all",)
"""Key of the row that stands for all replays."""

_COUNT, _SHARE, _SAMPLE, _TIME = 7, 7, 8, 8

_WITH_HISTOGRAM: Final = 110
"""Cells from which on there is room for a histogram."""


def kind_rows(hunt: Hunt, marked: Hashable, stopped: str, cells: int, masker: Masker) -> tuple[Line, list[Row]]:
    """The heads of the columns; all replays; a row for each kind, its key the place of its first; what failed.

    ``stopped``: why it ended before all were run.
    """
    groups = hunt.groups
    wide = cells >= _WITH_HISTOGRAM
    bounds = edges(group.times for group in groups)
    heads = (("count", _COUNT), ("share", _SHARE), ("first", _SAMPLE), ("p50", _TIME), ("p95", _TIME))
    titles = "".join(pad_left(name.upper(), width) for name, width in heads)
    head = (Run(f"{titles}{scale(bounds) if wide else ''}  OUTCOME", "heading"),)
    lead = (*_lead(hunt.ended, hunt, "", "strong"), *_times(hunt.times_taken, bounds if wide else None))
    rows = [Row((*lead, Run("all that ended", "dim")), key=ALL)]
    for group in groups:
        sample = "" if group.sample is None else f"#{group.sample}"
        lead = (*_lead(group.count, hunt, sample, "number"), *_times(group.times, bounds if wide else None))
        rows.append(Row((*lead, *_outcome(group, hunt, marked=marked == group.place)), key=group.place))
    for why, number in hunt.failures.most_common():
        lead = (*_lead(number, hunt, "", "error"), Run(" " * (2 * _TIME + (COLUMNS + 1) * wide + 2)))
        rows.append(Row((*lead, Run(masker.text(why), "error")), key=("failed", why)))
    return head, [*rows, *_remarks(hunt, stopped, masker)]


def _lead(number: int, hunt: Hunt, sample: str, role: str) -> Line:
    share = f"{number / max(1, hunt.done):.1%}"
    return (
        Run(pad_left(units.count(number), _COUNT), role),
        Run(pad_left(share, _SHARE), "plain"),
        Run(pad_left(sample, _SAMPLE), "strong"),
    )


def _times(times: Spread, bounds: list[int] | None) -> Line:
    cells = []
    for percent, role in ((50, "number"), (95, "plain")):
        found = times.percentile(percent)
        cells.append(Run(pad_left("" if found is None else units.duration(found), _TIME), role))
    if bounds is not None:
        cells.append(Run(f" {times.bars(bounds)}", "bar"))
    return (*cells, Run("  "))


def _outcome(group: Group, hunt: Hunt, *, marked: bool) -> Line:
    if group.is_rest:
        return (Run("further kinds of outcome", "warning"),)
    found = group.fingerprint
    code, _, rest = outcome_text(found).partition(" ")
    # What servers say to a code is known: there is no room for it.
    status, role = (code, status_role(int(code))) if code.isdigit() else (f"{code} {rest}", "error")
    if found.ending not in {"complete", ""} and code.isdigit():
        status = f"{code}, {found.ending}"
    why = why_text(found, "as recorded" if hunt.as_recorded else "as most of the first replays")
    return (Run("● " if marked else "", "accent"), Run(f"{status}  ", role), Run(why, "plain"))


def _remarks(hunt: Hunt, stopped: str, masker: Masker) -> list[Row]:
    rows = []
    if stopped:
        rows.append(
            text_row(f"Not all were run: {stopped[:1].lower()}{stopped[1:]}.", "warning", ("remark", "stopped"))
        )
    if not hunt.as_recorded:
        text = "None of the first replays is as recorded: the others are compared with one of them."
        rows.append(text_row(text, "warning", ("remark", "reference")))
    if hunt.learnt:
        text = f"Noise, another one in each of the first replays: {rules_text(hunt.learnt, masker)}"
        rows.append(text_row(text, "dim", ("remark", "noise")))
    return rows


def beside_rows(found: Compared, cells: int, masker: Masker) -> list[Row]:
    """What the samples of two kinds differ in."""
    outcome = found.comparison.outcome
    role = "error" if outcome.verdict == "differs" else "good"
    sentence = text_row(f"{stands_for(outcome.verdict)} {verdict_text(outcome)}", role, ("beside", "verdict"))
    return [sentence, *parted_rows(found, cells, masker)]


def progress_text(hunt: Hunt, stopped: str, *, over: bool) -> str:
    """How far it has come, or what it came to: a sentence without its stop."""
    kinds = len(hunt.groups)
    found = f"{units.counted(kinds, 'kind')} of outcome" + (f", {hunt.failed:,} came to no end" if hunt.failed else "")
    if not over:
        return f"{hunt.done:,} of {hunt.times:,}, {found} so far"
    if stopped:
        return f"{hunt.done:,} of {hunt.times:,}, {found}"
    return f"{units.counted(hunt.done, 'replay')}, {found}"
