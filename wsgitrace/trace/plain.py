"""A trace as plain data: the documented, stable form that ``wsgitrace show --json`` prints.

Fields are only ever added. Times are integers in nanoseconds (``*_ns``), instants count from the complete request head.
Header fields are lists of ``[name, value]`` in order. Bytes are base64 (``*_base64``). An environ value is a string,
integer, float, boolean or null as it is, else an object:

* ``{"object": TYPE, "text": LITERAL or "", "length": N or null}``: any other object, by its type;
* ``{"text": START, "length": N}``: a string too long to be recorded whole;
* ``{"bytes_base64": START, "length": N}``: bytes;
* ``{"int": HEX}``, ``{"float": "nan"}``: numbers that JSON does not have.

Strings are raw. Masking secrets and escaping to ASCII is done by whoever prints.
"""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from wsgitrace.events import BigInt, LongText, Opaque, RawBytes, Surrogates, from_text
from wsgitrace.trace.describe import describe
from wsgitrace.trace.head import header_list
from wsgitrace.trace.refusal import CLAUSES

if TYPE_CHECKING:
    from wsgitrace.events import Event, Raised, StartResponse, Value
    from wsgitrace.trace.assembly import Body
    from wsgitrace.trace.environ import EnvironChanges
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.response import ResponseChanges
    from wsgitrace.trace.span import Span

FORMAT = 1
"""Version of this form; it changes only when a field is taken away or gets another meaning."""


def as_json(trace: Trace) -> dict[str, Any]:
    """The trace as plain data."""
    return {
        "format": FORMAT,
        "done": trace.done,
        "how": trace.how,
        "duration_ns": trace.duration,
        "held_ns": trace.held,
        "queue_ns": trace.queue,
        "first_byte_ns": trace.first_byte,
        "sent_bytes": trace.sent,
        "client_gone": trace.client_gone,
        "lost_events": trace.lost,
        "skipped_events": trace.ended.skipped if trace.ended is not None else 0,
        "truncated": [{"what": each.what, "limit": each.limit} for each in trace.truncated],
        "fault": f"{trace.detached.hook}: {trace.detached.error}" if trace.detached is not None else None,
        "request": _request(trace),
        "refused": _refused(trace),
        "response": _response(trace),
        "spans": [_span(span) for span in trace.spans],
        "events": [_event(event) for event in trace.events],
    }


def plain_value(value: Value) -> Any:
    """An environ value as plain data."""
    plain: Any = value
    match value:
        case Surrogates():
            plain = from_text(value)
        case LongText(start, length):
            plain = {"text": from_text(start), "length": length}
        case RawBytes(data, length):
            plain = {"bytes_base64": _base64(data), "length": length}
        case BigInt(text):
            plain = {"int": text}
        case Opaque(type=name, text=text, length=length):
            plain = {"object": name, "text": text, "length": length}
        case float() if not math.isfinite(value):
            plain = {"float": repr(value)}
    return plain


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _headers(headers: HeaderList) -> list[list[str]]:
    return [[name, value] for name, value in headers]


def _body(body: Body) -> dict[str, Any]:
    return {
        "length": body.length,
        "complete": body.complete,
        "why": body.why,
        "missing": [{"offset": offset, "length": length} for offset, length in body.missing],
        "data_base64": _base64(body.data),
    }


def _request(trace: Trace) -> dict[str, Any] | None:
    head = trace.head
    if head is None:
        return None
    return {
        "method": head.method,
        "target": head.target,
        "path": head.path,
        "query": head.query,
        "version": head.version,
        "headers": _headers(head.headers),
        "peer": head.peer,
        "scheme": head.scheme,
        "body": _body(trace.request_body),
    }


def _refused(trace: Trace) -> dict[str, Any] | None:
    refused = trace.refused
    if refused is None:
        return None
    return {
        "status": refused.status,
        "rule": refused.rule,
        "clause": CLAUSES.get(refused.rule, ""),
        "reason": refused.reason,
        "offset": refused.offset,
        "raw_base64": _base64(refused.raw),
    }


def _response(trace: Trace) -> dict[str, Any] | None:
    response = trace.response
    if response is None:
        return None
    return {
        "status": response.status,
        "code": response.code,
        "headers": _headers(response.headers),
        "at_ns": response.at,
        "body": _body(trace.response_body),
    }


def _span(span: Span) -> dict[str, Any]:
    layer = span.layer
    return {
        "id": span.id,
        "parent": span.parent,
        "depth": span.depth,
        "name": span.name,
        "layer": None
        if layer is None
        else {
            "id": layer.id,
            "name": layer.name,
            "kind": layer.kind,
            "part": layer.part,
            "file": layer.file,
            "line": layer.line,
        },
        "state": span.state,
        "subrequest": span.subrequest,
        "passed_through": span.passed_through,
        "called_at_ns": span.called_at,
        "returned_at_ns": span.returned_at,
        "ended_at_ns": span.ended_at,
        "inclusive_ns": span.timing.inclusive,
        "self_ns": span.timing.self_time,
        "call_ns": span.timing.call,
        "iterate_ns": span.timing.iterate,
        "close_ns": span.timing.close,
        "environ": {key: plain_value(value) for key, value in span.environ.items()},
        "environ_changes": _environ_changes(span.changes),
        "reads": [
            {
                "method": read.method,
                "asked": read.asked,
                "got": read.got,
                "offset": read.offset,
                "end": read.end,
                "error": read.error,
            }
            for read in span.reads
        ],
        "input_replaced": span.input_replaced.type if span.input_replaced is not None else None,
        "start_responses": [_start_response(event) for event in span.start_responses],
        "status": span.status,
        "headers": _headers(span.headers),
        "response_changes": _response_changes(span.response_changes),
        "returned": None
        if span.returned is None
        else {"type": span.returned.type, "length": span.returned.length, "passed": span.returned.passed},
        "items": len(span.items),
        "bytes": span.body.length,
        "closed": span.closed,
        "exception": _raised(span.exception) if span.exception is not None else None,
        "raised_here": span.raised_here,
        "caught": [_raised(event) for event in span.caught],
        "swallowed": span.swallowed,
    }


def _environ_changes(changes: EnvironChanges) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "kind": each.kind,
            "when": each.when,
            "before": plain_value(each.before),
            "after": plain_value(each.after),
        }
        for each in changes.all
    ]


def _start_response(event: StartResponse) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "span": event.span,
        "at_ns": event.at,
        "status": from_text(event.status),
        "headers": _headers(header_list(event.headers)),
        "exc_info": event.exc_info,
        "line": event.line,
    }


def _response_changes(changes: ResponseChanges) -> dict[str, Any]:
    body = changes.body
    return {
        "inner": changes.inner,
        "status": list(changes.status) if changes.status is not None else None,
        "headers": [
            {"kind": each.kind, "name": each.name, "before": each.before, "after": each.after}
            for each in changes.headers
        ],
        "reordered": changes.reordered,
        "body": None
        if body is None
        else {
            "kind": body.kind,
            "inner_items": body.inner_items,
            "outer_items": body.outer_items,
            "inner_length": body.inner_length,
            "outer_length": body.outer_length,
            "buffered": body.buffered,
            "held_back_ns": body.held_back,
        },
    }


def _raised(event: Raised) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "span": event.span,
        "during": event.during,
        "type": event.type,
        "message": from_text(event.message),
        "frames": [
            {"file": from_text(frame.file), "line": frame.line, "function": from_text(frame.function)}
            for frame in event.frames
        ],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "span": event.span,
        "at_ns": event.at,
        "kind": event.__struct_config__.tag,
        "text": describe(event),
    }
