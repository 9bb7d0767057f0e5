"""A request at one event as JSON has it: where that is, and the state there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.events import Held, from_text
from wsgitrace.export.shown import event_text, shown_fields, shown_value
from wsgitrace.trace import Trace
from wsgitrace.trace.moment import Moment
from wsgitrace.trace.stepping import KINDS

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.redact import Masker
    from wsgitrace.supervisor import WorkerState
    from wsgitrace.supervisor.holding import Hold

__all__ = ["held_at", "moment_object", "stop_object"]


def held_at(trace: Trace, seq: int) -> Held | None:
    """What was told when the request was held at an event; None where it was not, or that is not recorded yet."""
    return next((each for each in reversed(trace.recording.of(Held)) if each.event == seq), None)


def stop_object(capture: Capture, hold: Hold, state: WorkerState, masker: Masker) -> dict[str, Any] | None:
    """Where a request is held, and the state there; None where it is not on disk yet. Masked, not safe to print."""
    summary = capture.summary(hold.number)
    if summary is None:
        return None
    trace = Trace.from_events(capture.events(hold.number))
    if held_at(trace, hold.event) is None:
        return None
    met = next((one.text for one in state.breakpoints if one.id == hold.breakpoint), "")
    return {
        "held": hold.number,
        "method": summary.method,
        "target": masker.target(summary.target),
        "breakpoint": masker.text(met),
        **moment_object(trace, hold.event, masker),
        "event": hold.kind,
        "client_gone": hold.gone,
        "broken": [masker.text(text) for text in hold.broken],
        "until_ns": hold.until,
    }


def moment_object(trace: Trace, seq: int, masker: Masker) -> dict[str, Any]:
    """The state as of an event. Masked, not safe to print."""
    moment = Moment(trace, seq, None)
    span, held = moment.span, held_at(trace, seq)
    return {
        "event": KINDS.get(type(moment.event), ""),
        "seq": moment.event.seq,
        "text": event_text(moment.event, masker),
        "layer": span.layer.name if span.layer is not None else span.name,
        "pass": span.id,
        "file": "" if held is None else from_text(held.file),
        "line": 0 if held is None else held.line,
        "function": "" if held is None else from_text(held.function),
        "locals": {} if held is None else {key: shown_value(key, value, masker) for key, value in held.locals.items()},
        "no_frame": "it was not held here" if held is None else held.no_frame,
        "no_skip": "" if held is None else held.no_skip,
        "no_input": "" if held is None else held.no_input,
        "environ": {key: shown_value(key, value, masker) for key, value in moment.environ.items()},
        "status": span.status,
        "headers": shown_fields(span.headers, masker),
    }
