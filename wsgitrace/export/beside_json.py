"""Log records and database queries as ``--json`` and exports have them. The keys stay; new ones may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.events import ErrorsWrite, Queried, from_text
from wsgitrace.export.shown import shown_value
from wsgitrace.trace.logs import level_name, logs
from wsgitrace.trace.queries import parameters, queries
from wsgitrace.trace.statements import mask_literals

if TYPE_CHECKING:
    from wsgitrace.events import Logged
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace

__all__ = ["query_objects", "record_objects", "shown_statement"]


def record_objects(trace: Trace, masker: Masker) -> list[dict[str, Any]]:
    """What was logged, warned of, or written to ``wsgi.errors`` (then without level and logger), in order."""
    return [_record(event, masker) for event in logs(trace).all]


def query_objects(trace: Trace, masker: Masker) -> list[dict[str, Any]]:
    """What was asked of databases, in order; times are nanoseconds."""
    return [_query(event, masker) for event in queries(trace).all]


def shown_statement(query: Queried, masker: Masker) -> str:
    """The statement, the secrets that are written into it masked, and how much is missing of it."""
    statement = from_text(query.statement)
    missing = query.length - len(statement)
    shown = statement if masker.reveals else masker.text(mask_literals(statement, masker.value))
    return f"{shown}… ({missing:,} more characters)" if missing > 0 else shown


def _record(event: Logged | ErrorsWrite, masker: Masker) -> dict[str, Any]:
    found: dict[str, Any] = {"seq": event.seq, "pass": event.span, "at_ns": event.at}
    if isinstance(event, ErrorsWrite):
        nothing: dict[str, Any] = {
            "level": None,
            "levelno": None,
            "logger": "",
            "file": "",
            "line": 0,
            "error": "",
            "frames": [],
        }
        return {**found, **nothing, "text": masker.text(from_text(event.text))}
    return {
        **found,
        "level": level_name(event.level),
        "levelno": event.level,
        "logger": event.logger,
        "file": from_text(event.file),
        "line": event.line,
        "error": masker.text(from_text(event.error)),
        "frames": [
            {"file": from_text(frame.file), "line": frame.line, "function": from_text(frame.function)}
            for frame in event.frames
        ],
        "text": masker.text(from_text(event.text)),
    }


def _query(event: Queried, masker: Masker) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "pass": event.span,
        "at_ns": event.at,
        "took_ns": event.took,
        "by": event.by,
        "database": masker.target(from_text(event.database)),
        "statement": shown_statement(event, masker),
        "parameters": [[name, shown_value(name, value, masker)] for name, value in parameters(event)],
        "parameter_count": event.count,
        "sets": event.sets,
        "many": event.many,
        "rows": event.rows,
        "error": masker.text(from_text(event.error)),
        "file": from_text(event.file),
        "line": event.line,
        "function": from_text(event.function),
    }
