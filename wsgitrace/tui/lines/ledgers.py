"""The Ledger tab: who read, answered, buffered, closed and caught what, and what of it should not be."""

from __future__ import annotations

from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.events import Logged, from_text
from wsgitrace.export.beside_text import queries_text, record_text
from wsgitrace.trace.exceptions import exceptions, told_frames
from wsgitrace.trace.lane_drawing import draw, stretch
from wsgitrace.trace.lanes import lanes
from wsgitrace.trace.ledger_words import LEDGERS
from wsgitrace.trace.logs import logs
from wsgitrace.trace.queries import queries
from wsgitrace.tui.lines.values import heading
from wsgitrace.tui.painting import Row, Run, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from wsgitrace.trace import Trace
    from wsgitrace.trace.ledger_lines import Line, Told
    from wsgitrace.tui.lines.values import Shown

About: TypeAlias = "tuple[str, tuple[str, int] | None]"

__all__ = ["ledger_rows"]

_TITLES: Final = {
    "input": "Input",
    "start_response": "start_response",
    "chunks": "Chunks",
    "iteration": "Iterables and close()",
    "exceptions": "Exceptions",
    "logs": "Logs",
    "queries": "Database queries",
}

_NAMES: Final = 18
"""Cells for a layer's name."""

_LANE: Final = 48
"""Cells of a lane, where there is room."""

_FRAMES: Final = 6
"""Frames shown of a traceback, the innermost first."""


def ledger_rows(trace: Trace, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """All ledgers under their headings; those with nothing to say are folded."""
    rows: list[Row] = []
    for name, tell in LEDGERS.items():
        told = tell(trace)
        fold = ("ledger", name)
        quiet = not told.verdict and (name in {"input", "exceptions", "logs"} or len(told.lines) < 3)  # noqa: PLR2004 -- one layer and the client
        folded = quiet != (fold in toggled) or not told.lines
        rows += _heading(name, told, cells, shown, folded=folded)
        if not folded:
            rows += _chunk_rows(trace, told, cells, shown) if name == "chunks" else _rows(trace, name, told, shown)
            rows.append(Row(()))
    return rows


def _heading(name: str, told: Told, cells: int, shown: Shown, *, folded: bool) -> list[Row]:
    """Its title, and what should not be: below the title where it is too long to stand beside it."""
    fold = ("ledger", name)
    if not told.verdict:
        return [heading(_TITLES[name], fold, fold=fold, note=told.quiet, folded=folded)]
    sign = "▸ " if folded else "▾ "
    verdict = shown.prose(told.verdict)
    title = (Run(sign, "dim"), Run(_TITLES[name], "heading"))
    beside = len(_TITLES[name]) + len(verdict) + 4 <= cells
    runs = (*title, Run(f"  {verdict}", "warning")) if beside else title
    below = [] if beside else [Row((Run(f"  {line}", "warning"),)) for line in wrap(verdict, max(20, cells - 2))]
    return [Row(runs, key=("fault", name), value=verdict, title=_TITLES[name], fold=fold), *below]


def _rows(trace: Trace, name: str, told: Told, shown: Shown) -> list[Row]:
    width = _width(trace, told)
    rows = [_line(trace, name, index, line, "", width, shown) for index, line in enumerate(told.lines)]
    if name in _WHOLE:
        # One line has room for little of it: enter shows the rest.
        about = _WHOLE[name](trace, shown)
        rows = [replace(row, value=text, place=place) for row, (text, place) in zip(rows, about, strict=True)]
    return rows + (_tracebacks(trace, shown) if name == "exceptions" else [])


def _records(trace: Trace, shown: Shown) -> list[About]:
    return [
        (record_text(each, shown.masker), _place(from_text(each.file), each.line) if isinstance(each, Logged) else None)
        for each in logs(trace).all
    ]


def _queries(trace: Trace, shown: Shown) -> list[About]:
    return [(queries_text(each, shown.masker), _place(*each.place[:2])) for each in queries(trace).alike]


def _place(file: str, line: int) -> tuple[str, int] | None:
    return (file, line) if file else None


_WHOLE: Final[dict[str, Callable[[Trace, Shown], list[About]]]] = {"logs": _records, "queries": _queries}
"""By ledger: what each of its lines is about, whole, and the source that brought it about."""


def _chunk_rows(trace: Trace, told: Told, cells: int, shown: Shown) -> list[Row]:
    """A lane over time for each layer, with what it says below where there is no room beside it."""
    found = lanes(trace)
    first, last = stretch(found)
    width = _width(trace, told)
    longest = max((len(line.text) for line in told.lines), default=0)
    beside = cells - width - longest - 6 >= _LANE // 2
    room = max(10, min(_LANE, cells - width - longest - 6) if beside else cells - width - 4)
    rows = []
    for index, (lane, line) in enumerate(zip(found, told.lines, strict=True)):
        drawn = draw(lane, first, last, room)
        row = _line(trace, "chunks", index, line, drawn, width, shown)
        if beside:
            rows.append(row)
            continue
        name, marks, _, text = row.runs
        rows += [Row((name, marks), row.key, row.value, row.title), Row((Run(" " * (width + 3)), text))]
    return rows


def _line(  # noqa: PLR0917 -- the columns of a line
    trace: Trace, name: str, index: int, line: Line, drawn: str, width: int, shown: Shown
) -> Row:
    client = not line.span and name in {"chunks", "start_response"}
    who = "client" if client else trace.by_id[line.span].name
    text = shown.prose(line.text)
    role = "warning" if line.fault else "value"
    runs = (Run(f" {fit(who, width)} ", "key"), Run(drawn, "bar"), Run("  " if drawn else " "), Run(text, role))
    key = ("fault" if line.fault else "entry", name, index)
    return Row(runs, key=key, value=f"{who} {text}", title=_TITLES[name], fold=("ledger", name))


def _width(trace: Trace, told: Told) -> int:
    return min(_NAMES, max((len(trace.by_id[line.span].name) for line in told.lines), default=6))


def _tracebacks(trace: Trace, shown: Shown) -> list[Row]:
    """The innermost frames of each exception and that of the layer, and the variables where it was raised."""
    rows = []
    for number, thrown in enumerate(exceptions(trace)):
        for index, frame in enumerate(told_frames(thrown.raised.frames, _FRAMES)):
            place = f"{from_text(frame.file)}:{frame.line}"
            runs = (Run("   in ", "dim"), Run(from_text(frame.function)), Run(f"  {place}", "dim"))
            file = _place(from_text(frame.file), frame.line)
            rows.append(Row(runs, key=("frame", number, index), value=place, title="Frame", place=file))
            for name, value in () if index else frame.variables.items():
                text = shown.value(name, value)
                key = ("variable", number, name)
                rows.append(Row((Run(f"      {name} = ", "key"), Run(text, "value")), key, text, name))
    return rows
