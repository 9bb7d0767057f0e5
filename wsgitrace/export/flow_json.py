"""The picture of a request as ``wsgitrace flow --json`` has it. The keys stay; new ones may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.trace.flow import label, notes

if TYPE_CHECKING:
    from wsgitrace.redact import Masker
    from wsgitrace.trace.flow import Column, Flow, Row

__all__ = ["flow_object"]


def flow_object(drawn: Flow, masker: Masker) -> dict[str, Any]:
    """Its columns and rows, and what is not in it."""
    return {
        "whole": drawn.whole,
        "columns": [_column(drawn, column) for column in drawn.columns],
        "rows": [_row(drawn, row, masker) for row in drawn.rows],
        "notes": notes(drawn),
    }


def _column(drawn: Flow, column: Column) -> dict[str, Any]:
    layer = drawn.trace.by_id[column.spans[0]].layer if column.spans else None
    return {
        "name": column.name,
        "layer": "" if layer is None else layer.name,
        "file": "" if layer is None else layer.file,
        "line": 0 if layer is None else layer.line,
        "parent": column.parent,
        "passes": column.spans,
        "self_ns": drawn.self_times[column.index],
        "subrequest": column.subrequest,
        "quiet": column.quiet,
    }


def _row(drawn: Flow, row: Row, masker: Masker) -> dict[str, Any]:
    waits = row.kind in {"gap", "held"}
    return {
        "kind": row.kind,
        "seq": row.seq,
        "at_ns": row.at,
        "until_ns": row.until,
        "by": row.by,
        "from": row.start,
        "to": row.end,
        "text": label(drawn, row, masker),
        "bytes": 0 if waits else row.length,
        "took_ns": row.length if waits else 0,
        "changes": [
            {"kind": change.kind, "sign": change.sign, "pass": change.span, "names": change.names}
            for change in row.changes
        ],
        "parts": [
            {"kind": part.kind, "from": part.start, "to": part.end, "count": part.times, "bytes": part.length}
            for part in row.parts
        ],
    }
