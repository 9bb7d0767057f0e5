"""What went on beside WSGI, in words: what was logged, and what was asked of databases."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wsgitrace.events import ErrorsWrite, Logged, from_text
from wsgitrace.trace.describe import count, duration
from wsgitrace.trace.ledger_lines import Line, Told, spot
from wsgitrace.trace.logs import ERROR, WARNING, WARNINGS, level_name, logs
from wsgitrace.trace.queries import queries

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.queries import Alike
    from wsgitrace.trace.span import Span

__all__ = ["asked", "in_short", "said", "tell_logs", "tell_queries"]


def said(span: Span) -> str:
    """What one pass logged and wrote to ``wsgi.errors``, as in ``1 error, 3 infos``; empty for nothing."""
    levels = Counter(record.level for record in span.record.of(Logged))
    return _in_all(levels, sum(bool(from_text(event.text).strip()) for event in span.record.of(ErrorsWrite)))


def asked(span: Span) -> str:
    """What one pass asked of databases, as in ``14 queries, 1.28 ms, the same 12 times``; empty for nothing."""
    found = [each for each in queries(span.trace).alike if each.span == span.id]
    if not found:
        return ""
    number, failed = sum(each.times for each in found), sum(each.failed for each in found)
    parts = [count(number, "query", "queries"), duration(sum(each.took for each in found))]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"the same {each.times} times{_by(each)}" for each in found if each.repeated]
    return ", ".join(parts)


def in_short(trace: Trace) -> str:
    """What all passes asked and said, as in ``14 queries, 12 alike, 1 error``; empty for nothing. Without any time."""
    found, told = queries(trace), logs(trace)
    alike = sum(each.times for each in found.repeated)
    parts = [count(len(found.all), "query", "queries")] if found.all else []
    parts += [f"{alike:,} alike"] if alike else []
    parts += [f"{found.failed:,} failed"] if found.failed else []
    parts += [_in_all(told.levels, len(told.all) - len(told.records))] if told.all else []
    return ", ".join(parts)


def tell_logs(trace: Trace) -> Told:
    """Every log record and warning, and what was written to ``wsgi.errors``."""
    found = logs(trace)
    lines = tuple(Line(_pass(trace, each.span), _line(each), _is_fault(each)) for each in found.all)
    bad = {level: times for level, times in found.levels.items() if level >= ERROR}
    return Told(lines, _in_all(bad), _in_all(found.levels, len(found.all) - len(found.records)) or "none")


def _in_all(levels: dict[int, int], written: int = 0) -> str:
    """How many of each level, the worst first: ``1 error, 3 infos``; and what was written to ``wsgi.errors``."""
    parts = [count(times, level_name(level)) for level, times in sorted(levels.items(), reverse=True)]
    return ", ".join([*parts, f"{count(written, 'write')} to wsgi.errors"] if written else parts)


def _is_fault(event: Logged | ErrorsWrite) -> bool:
    return isinstance(event, Logged) and event.level >= WARNING


def _line(event: Logged | ErrorsWrite) -> str:
    """Who, and where, first: what was said may be long."""
    text = " ".join(from_text(event.text).split())
    if not isinstance(event, Logged):
        return f"wsgi.errors: {text}"
    who = "warning" if event.logger == WARNINGS else f"{level_name(event.level)} {event.logger}"
    error = f", with {' '.join(from_text(event.error).split())}" if event.error else ""
    if event.frames:
        last = event.frames[-1]
        error += f" from {_place(from_text(last.file), last.line, from_text(last.function))}"
    return f"{who}{_at(from_text(event.file), event.line)}: {text}{error}"


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
    return f"{function.rpartition('.')[2]} ({spot(file, line)})"


def _at(file: str, line: int) -> str:
    return f" ({spot(file, line)})" if file else ""


def _pass(trace: Trace, span: int) -> int:
    return span if span in trace.by_id else 0
