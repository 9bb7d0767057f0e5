"""One exchange as ``wsgitrace show --json`` and an export have it. The keys stay; new ones may come."""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Any

from wsgitrace.events import from_text
from wsgitrace.export.beside_json import query_objects, record_objects
from wsgitrace.export.exchange import DECODED_LIMIT
from wsgitrace.export.shown import event_text, shown_fields, shown_value
from wsgitrace.export.summary_json import summary_object, timestamp
from wsgitrace.trace.decoding import decode_content
from wsgitrace.trace.head import header, header_list
from wsgitrace.trace.refusal import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import OutputRow, Summary
    from wsgitrace.events import Event, Raised, StartResponse
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Body, HeaderList, ResponseChanges, Span, Trace

__all__ = ["pass_object", "trace_object"]


def trace_object(summary: Summary, trace: Trace, output: Sequence[OutputRow], masker: Masker) -> dict[str, Any]:
    """The summary, and beside it request, response, passes, events and output; times are nanoseconds, sizes bytes."""
    return {
        **summary_object(summary, masker),
        "request": _request(trace, masker),
        "response": _response(trace, masker),
        "refused": _refused(trace, masker),
        "passes": [pass_object(span, masker) for span in trace.spans],
        "logs": record_objects(trace, masker),
        "queries": query_objects(trace, masker),
        "event_list": [_event(event, masker) for event in trace.events],
        "events_lost": trace.lost,
        "output": [
            {"time": timestamp(row.time), "stream": row.stream, "text": masker.text(row.text), "pass": row.span}
            for row in output
        ],
    }


def _request(trace: Trace, masker: Masker) -> dict[str, Any] | None:
    head = trace.head
    if head is None:
        return None
    return {
        "method": head.method,
        "target": masker.target(head.target),
        "version": head.version,
        "scheme": head.scheme,
        "headers": shown_fields(head.headers, masker),
        "body": _body(trace.request_body, head.headers, masker),
    }


def _response(trace: Trace, masker: Masker) -> dict[str, Any] | None:
    response = trace.response
    if response is None:
        return None
    return {
        "status": response.status,
        "headers": shown_fields(response.headers, masker),
        "body": _body(trace.response_body, response.headers, masker),
    }


def _refused(trace: Trace, masker: Masker) -> dict[str, Any] | None:
    refused = trace.refused
    if refused is None:
        return None
    raw = refused.raw.decode("latin-1")
    return {
        "status": refused.status,
        "rule": refused.rule,
        "clause": CLAUSES.get(refused.rule, ""),
        "reason": masker.text(refused.reason),
        "offset": refused.offset,
        "raw": masker.head(raw),
    }


def _body(body: Body, headers: HeaderList, masker: Masker) -> dict[str, Any]:
    """A body, its content codings undone, as text where it is UTF-8, else as base64; masked as what it is."""
    decoded = decode_content(body.data, header(headers, "content-encoding") or "", DECODED_LIMIT)
    data = decoded.data if decoded.codings else body.data
    hidden = decoded.packed and not masker.reveals
    shown = masker.body(data, header(headers, "content-type") or "")
    text: str | None = None
    with contextlib.suppress(UnicodeDecodeError):
        text = None if hidden else shown.decode()
    return {
        "length": body.length,
        "complete": body.complete,
        "why": body.why or decoded.note,
        "decoded": list(decoded.codings),
        "text": text,
        "base64": base64.b64encode(shown).decode() if text is None and not hidden else None,
        "hidden": hidden,
    }


def pass_object(span: Span, masker: Masker) -> dict[str, Any]:
    """One pass through a layer; times are nanoseconds."""
    layer = span.layer
    return {
        "id": span.id,
        "parent": span.parent,
        "name": span.name,
        "layer": layer.name if layer is not None else "",
        "file": layer.file if layer is not None else "",
        "line": layer.line if layer is not None else 0,
        "state": span.state,
        "subrequest": span.subrequest,
        "passed_through": span.passed_through,
        "called_at_ns": span.called_at,
        "returned_at_ns": span.returned_at,
        "ended_at_ns": span.ended_at,
        "inclusive_ns": span.inclusive,
        "self_ns": span.self_time,
        "environ_changes": [
            {
                "kind": change.kind,
                "key": change.key,
                "before": None if change.kind == "added" else shown_value(change.key, change.before, masker),
                "after": None if change.kind == "removed" else shown_value(change.key, change.after, masker),
                "when": change.when,
            }
            for change in span.changes.all
        ],
        "status": span.status,
        "headers": shown_fields(span.headers, masker),
        "response_changes": _changes(span.response_changes, masker),
        "start_responses": [_start(event, masker) for event in span.start_responses if event.span == span.id],
        "input_reads": [
            {"method": read.method, "asked": read.asked, "got": read.got, "offset": read.offset, "end": read.end}
            for read in span.reads
        ],
        "returned": span.returned.type if span.returned is not None else None,
        "chunks": [item.length for item in span.items],
        "closed": span.closed,
        "exception": _exception(span.exception, masker),
        "raised_here": span.raised_here,
        "caught": [_exception(raised, masker) for raised in span.caught],
    }


def _changes(changed: ResponseChanges, masker: Masker) -> dict[str, Any]:
    def shown(name: str, value: str | None) -> str | None:
        return None if value is None else masker.value(name, value)

    return {
        "inner": changed.inner,
        "status": list(changed.status) if changed.status is not None else None,
        "headers": [
            {
                "kind": change.kind,
                "name": change.name,
                "before": shown(change.name, change.before),
                "after": shown(change.name, change.after),
            }
            for change in changed.headers
        ],
        "reordered": changed.reordered,
        "body": changed.body.kind if changed.body is not None else None,
        "buffered": changed.body.buffered if changed.body is not None else False,
    }


def _start(event: StartResponse, masker: Masker) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "status": from_text(event.status),
        "headers": shown_fields(header_list(event.headers), masker),
        "exc_info": event.exc_info,
        "line": event.line,
    }


def _exception(raised: Raised | None, masker: Masker) -> dict[str, Any] | None:
    if raised is None:
        return None
    return {
        "type": raised.type,
        "message": masker.text(from_text(raised.message)),
        "during": raised.during,
        "frames": [
            {"file": from_text(frame.file), "line": frame.line, "function": from_text(frame.function)}
            for frame in raised.frames
        ],
    }


def _event(event: Event, masker: Masker) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "pass": event.span,
        "at_ns": event.at,
        "thread": event.thread,
        "kind": event.__struct_config__.tag,
        "text": event_text(event, masker),
    }
