"""What went on beside WSGI, in words: what was logged, and what was asked of databases."""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

from wsgitrace.events import Logged, from_text
from wsgitrace.trace.describe import count, duration
from wsgitrace.trace.ledger_lines import Line, Told
from wsgitrace.trace.logs import ERROR, WARNING, WARNINGS, level_name, logs
from wsgitrace.trace.queries import queries

if TYPE_CHECKING:
    from wsgitrace.events import ErrorsWrite
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.queries import Alike

__all__ = ["levels_text", "tell_logs", "tell_queries"]


def tell_logs(trace: Trace) -> Told:
    """Every log record and warning, and what was written to ``wsgi.errors``."""
    said = logs(trace)
    lines = tuple(Line(_pass(trace, each.span), _said(each), _is_fault(each)) for each in said.all)
    bad = {level: times for level, times in said.levels.items() if level >= ERROR}
    written = len(said.all) - len(said.records)
    parts = [levels_text(said.levels)] if said.levels else []
    parts += [f"{count(written, 'write')} to wsgi.errors"] if written else []
    return Told(lines, levels_text(bad), ", ".join(parts) or "none")


def levels_text(levels: dict[int, int]) -> str:
    """How many of each level, the worst first: ``1 error, 3 infos``."""
    return ", ".join(count(times, level_name(level)) for level, times in sorted(levels.items(), reverse=True))


def _is_fault(said: Logged | ErrorsWrite) -> bool:
    return isinstance(said, Logged) and said.level >= WARNING


def _said(said: Logged | ErrorsWrite) -> str:
    text = " ".join(from_text(said.text).split())
    if not isinstance(said, Logged):
        return f"wsgi.errors: {text}"
    who = "warning" if said.logger == WARNINGS else f"{level_name(said.level)} {said.logger}"
    error = f", with {' '.join(from_text(said.error).split())}" if said.error else ""
    if said.frames:
        last = said.frames[-1]
        error += f" from {_place(from_text(last.file), last.line, from_text(last.function))}"
    return f"{who}: {text}{error}{_at(from_text(said.file), said.line)}"


def tell_queries(trace: Trace) -> Told:
    """Every query, those together that are alike."""
    found = queries(trace)
    lines = tuple(Line(each.span, _alike(each), each.repeated or bool(each.failed)) for each in found.alike)
    if not found.all:
        return Told(lines, "", "none")
    in_all = f"{count(len(found.all), 'query', 'queries')}, {duration(found.took)}"
    faults = [f"{count(found.failed, 'query', 'queries')} failed"] if found.failed else []
    faults += [f"the same {each.times} times{_by(each)}" for each in found.repeated]
    return Told(lines, f"{in_all}: {', '.join(faults)}" if faults else "", in_all)


def _alike(each: Alike) -> str:
    """Facts first: a statement may be long."""
    parts = [f"×{each.times}"] if each.times > 1 else []
    parts.append(duration(each.took))
    sets = sum(query.sets for query in each.queries if query.many)
    parts += [f"{sets} sets of parameters"] if sets else []
    rows = [query.rows for query in each.queries]
    parts += [count(sum(number or 0 for number in rows), "row")] if None not in rows else []
    errors = [from_text(query.error).partition(":")[0].rpartition(".")[2] for query in each.queries if query.error]
    parts += [f"failed with {', '.join(dict.fromkeys(errors))}"] if errors else []
    file, line, function = each.place
    parts += [_place(file, line, function)] if file else []
    return f"{', '.join(parts)}: {each.statement}"


def _by(each: Alike) -> str:
    file, line, function = each.place
    return f" by {_place(file, line, function)}" if file else ""


def _place(file: str, line: int, function: str) -> str:
    function = function.partition(".<locals>.<")[0]  # a comprehension is of the function that it stands in
    return f"{function.rpartition('.')[2]} ({os.path.basename(file)}:{line})"  # noqa: PTH119 -- of a file that is elsewhere


def _at(file: str, line: int) -> str:
    return f" ({os.path.basename(file)}:{line})" if file else ""  # noqa: PTH119 -- likewise


def _pass(trace: Trace, span: int) -> int:
    return span if span in trace.by_id else 0
