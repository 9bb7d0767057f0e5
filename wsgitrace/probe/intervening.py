"""What the user changed while an exchange was held, done in its thread as it goes on, and recorded."""

from __future__ import annotations

import builtins
from io import BytesIO
from typing import TYPE_CHECKING, Any

from wsgitrace.events import (
    VALUE_LIMIT,
    Answer,
    BodyEdit,
    DropClient,
    Edited,
    EnvironEdit,
    HeadersEdit,
    InputEdit,
    Raise,
    RawBytes,
    Skip,
    StatusEdit,
    from_text,
)
from wsgitrace.probe.environ import rendered
from wsgitrace.probe.exceptions import record_raised
from wsgitrace.probe.inward import Instead
from wsgitrace.probe.spans import current
from wsgitrace.probe.streams import InputObserver
from wsgitrace.probe.unpatched import get_ident

if TYPE_CHECKING:
    from wsgitrace.events import Edit, Headers, Value
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.ticket import Order

_MISSING: Any = object()
_CAN_RAISE = frozenset({"called", "start_response", "returned", "chunk"})


def intervene(order: Order, span: Span, kind: str, hand: Any) -> Any:
    """Do what an order says beyond going on. Returns what goes on in place of ``hand``."""
    recording = span.recording
    try:
        for edit in order.edits:
            hand = _edit(edit, span, kind, hand)
        if isinstance(order.end, DropClient):
            _record(span, "client", "", None, None)
            recording.handle.drop()
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("editing", error, recording, span.id)
        return hand
    if isinstance(order.end, Raise) and kind in _CAN_RAISE:
        raise _raised(order.end, span, kind)
    if isinstance(order.end, Answer) and kind == "called":
        raise Instead(span, _answer(order.end, span))
    if isinstance(order.end, Skip) and kind == "called":
        raise _skipped(span)
    return hand


def _edit(edit: Edit, span: Span, kind: str, hand: Any) -> Any:
    """Do one edit; what is not in hand at this event stays as it is."""
    match edit:
        case EnvironEdit(key=key, value=value):
            _set_environ(span, key, None if value is None else from_text(value))
        case StatusEdit(status=status) if kind == "start_response":
            before, headers = hand
            hand = (from_text(status), headers)
            _record(span, "status", "", rendered(before), rendered(hand[0]))
        case HeadersEdit(headers=headers) if kind == "start_response":
            status, given = hand
            new = [(from_text(name), from_text(value)) for name, value in headers]
            _record_headers(span, given, new)
            hand = (status, new)
        case BodyEdit(data=data, mend=mend) if kind in {"chunk", "returned"}:
            hand = _edit_body(span, kind, hand, data, mend=mend)
        case InputEdit(data=data, mend=mend):
            edit_input(span, data, mend=mend)
        case _:
            pass
    return hand


def _set_environ(span: Span, key: str, value: str | None) -> None:
    """Set or delete a key, so that no layer is taken to have done it."""
    environ = span.environ
    if environ is None:
        return
    before = environ.get(key, _MISSING)
    each: Span | None = span
    while each is not None:
        if each.environ is environ and each.id:
            # Shared with the passes around until somebody changes something.
            each.snapshot = _changed(each.snapshot, key, value)
        each = each.parent
    if value is None:
        environ.pop(key, None)
    else:
        environ[key] = value
    if span.recording.watch is not None:
        span.recording.watch.forget_environ()
    _record(span, "environ", key, None if before is _MISSING else rendered(before), value)


def _changed(snapshot: dict[str, Any], key: str, value: str | None) -> dict[str, Any]:
    changed = dict.copy(snapshot)
    if value is None:
        changed.pop(key, None)
    else:
        changed[key] = value
    return changed


def _record_headers(span: Span, before: Any, after: list[tuple[str, str]]) -> None:
    """One event for each field that differs, the last with all of them."""
    old = [tuple(field) for field in before] if isinstance(before, list) else []
    changes: list[tuple[str, str | None, str | None]] = []
    gone = [field for field in old if field not in after]
    for name, value in [field for field in after if field not in old]:
        match_ = next((field for field in gone if field[0].lower() == name.lower()), None)
        if match_ is not None:
            gone.remove(match_)
        changes.append((name, None if match_ is None else match_[1], value))
    changes += [(name, value, None) for name, value in gone]
    if not changes and old != after:
        changes = [("", None, None)]  # only their order
    headers: Headers = tuple(after)
    for name, old_value, new_value in changes:
        _record(span, "header", name, old_value, new_value, headers)


def _edit_body(span: Span, kind: str, hand: Any, data: bytes, *, mend: bool) -> Any:
    if kind == "chunk":
        before = hand if type(hand) is bytes else b""
    elif type(hand) is list or type(hand) is tuple:
        before = b"".join([item for item in hand if type(item) is bytes])
    else:
        return hand
    _record(span, "body", "", _bytes(before), _bytes(data))
    recording = span.recording
    if mend and len(data) != len(before) and recording.handle.mend_length(len(data) - len(before)):
        _record(span, "header", "Content-Length", None, f"{len(data) - len(before):+d}")
    return data if kind == "chunk" else [data]


def edit_input(span: Span, data: bytes, *, mend: bool) -> None:
    """Give the application other bytes where it goes on to read."""
    environ = span.environ
    stream = None if environ is None else environ.get("wsgi.input")
    if environ is None or type(stream) is not InputObserver:
        return
    stream.wsgitrace_inner = BytesIO(data)
    total = stream.wsgitrace_offset + len(data)
    stream.wsgitrace_total, stream.wsgitrace_whole = total, not data
    _record(span, "input", "", None, _bytes(data))
    if mend and "CONTENT_LENGTH" in environ:
        _set_environ(span, "CONTENT_LENGTH", str(total))


def _bytes(data: bytes) -> RawBytes:
    return RawBytes(data[:VALUE_LIMIT], len(data))


def _skipped(span: Span) -> Instead:
    """Call what the layer would, with what it was given."""
    recording = span.recording
    callee = {} if recording.watch is None else recording.watch.skips
    inner = callee.get(span.layer.id) or recording.parking.inward.callee(span.layer.id)
    _record(span, "layer", span.layer.name, None, None)
    try:
        return Instead(span, inner(span.environ, span.start_response))
    except BaseException as error:  # noqa: BLE001 -- as the layer would have let it pass
        current.set(span.previous)
        record_raised(span, "call", error)
        return Instead(span, error=error)


def _raised(end: Raise, span: Span, kind: str) -> BaseException:
    """The exception to raise; at a call it takes the call's place."""
    found = getattr(builtins, end.type, None)
    made = found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError
    message = from_text(end.message)
    try:
        error = made(message) if message else made()
    except TypeError:  # some, as UnicodeDecodeError, want more
        error = RuntimeError(message)
    _record(span, "exception", "", None, f"{type(error).__name__}: {message}" if message else type(error).__name__)
    if kind in {"called", "returned"}:
        current.set(span.previous)
        record_raised(span, "call", error)
    elif kind == "chunk":
        record_raised(span, "next", error)
    return Instead(span, error=error) if kind == "called" else error


def _answer(end: Answer, span: Span) -> list[bytes]:
    """Answer as the layer would."""
    status = from_text(end.status)
    headers = [(from_text(name), from_text(value)) for name, value in end.headers]
    _record(span, "answer", "", None, status)
    span.calls += 1  # whether the layer would have called another is not known: it is not told to have answered
    span.start_response(status, headers)
    return [end.body]


def _record(  # noqa: PLR0917 -- the facts of one edit
    span: Span, what: Any, name: str, before: Value, after: Value, headers: Headers = ()
) -> None:
    recording = span.recording
    recording.add(
        Edited(recording.seq(), span.id, get_ident(), recording.elapsed(), what, name, before, after, headers)
    )
