"""A database query, or what was logged, whole: for people who want to see one closer. Not safe for a terminal yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import ErrorsWrite, from_text
from wsgitrace.export.beside_json import shown_statement
from wsgitrace.export.shown import shown_value
from wsgitrace.trace.describe import count, duration
from wsgitrace.trace.logs import level_name
from wsgitrace.trace.queries import parameters

if TYPE_CHECKING:
    from wsgitrace.events import Logged, Queried
    from wsgitrace.redact import Masker
    from wsgitrace.trace.queries import Alike

__all__ = ["queries_text", "record_text"]

_RUNS: Final = 100
"""Runs of one statement that are told one by one."""


def queries_text(alike: Alike, masker: Masker) -> str:
    """The statement as the first of them had it, who asked for it, and each run with its parameters and time."""
    first = alike.queries[0]
    file, line, function = alike.place
    lines = [shown_statement(first, masker), ""]
    lines += [f"asked for by {function}, {file}:{line}"] if file else []
    lines += [f"run by {first.by}, {masker.target(from_text(first.database))}".rstrip(", "), ""]
    lines += [_run(query, masker) for query in alike.queries[:_RUNS]]
    more = alike.times - _RUNS
    return "\n".join([*lines, f"… {more:,} more"] if more > 0 else lines)


def _run(query: Queried, masker: Masker) -> str:
    given = [f"{name}={shown_value(name, value, masker)}" for name, value in parameters(query)]
    given = [each.removeprefix("=") for each in given]
    missing = query.count - len(given)
    given += [f"… {missing:,} more"] if missing > 0 else []
    sets = f" and {count(query.sets - 1, 'more set')}" if query.many and query.sets > 1 else ""
    rows = "" if query.rows is None else f"  {count(query.rows, 'row')}"
    error = f"  {masker.text(from_text(query.error))}" if query.error else ""
    return f"event {query.seq}  {duration(query.took)}{rows}  {', '.join(given)}{sets}{error}".rstrip()


def record_text(event: Logged | ErrorsWrite, masker: Masker) -> str:
    """What was said, where, and the exception that was logged with it."""
    text = masker.text(from_text(event.text))
    if isinstance(event, ErrorsWrite):
        return text
    lines = [f"{level_name(event.level)} {event.logger}", text]
    lines += [f"{from_text(event.file)}:{event.line}"] if event.file else []
    lines += ["", masker.text(from_text(event.error))] if event.error else []
    lines += [f"  in {from_text(each.function)}  {from_text(each.file)}:{each.line}" for each in reversed(event.frames)]
    return "\n".join(lines)
