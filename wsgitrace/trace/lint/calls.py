"""How ``start_response`` and ``write()`` are called: how often, when, and what is made of their exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import Raised, StartResponse, Wrote, from_text
from wsgitrace.trace.head import status_code
from wsgitrace.trace.lint.faults import shown
from wsgitrace.trace.response import rejected

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span

_ERROR = 500


def check_calls(faults: Faults) -> None:
    """A32, A34 to A37, and M02."""
    repeated: set[int] = set()
    for span in reversed(faults.layers):  # those inside first
        _repeated(faults, span, repeated)
        for event in span.record.of(StartResponse):
            if event.exc_info:
                _with_exception(faults, span, event)
        _answered_an_exception(faults, span)
        _wrote(faults, span)


def _repeated(faults: Faults, span: Span, repeated: set[int]) -> None:
    """Calls after the first, without exc_info: of those who hand on what the layer inside does, only that one."""
    again = [event for event in span.record.started[1:] if not event.exc_info]
    if not again:
        return
    inside = any(child.id in repeated for child in span.children)
    if inside:
        repeated.add(span.id)
    called = span.record.called
    if inside or (span.parent != 0 and called is not None and called.same_start_response):
        return  # known already, or a call of the layer around as well
    repeated.add(span.id)
    event = again[0]
    first = span.record.started[0]
    said = f"it had said {shown(from_text(first.status))}, and then said {shown(from_text(event.status))}"
    faults.add("A32", event.span, event.seq, f"start_response was called again without exc_info: {said}")


def _with_exception(faults: Faults, span: Span, event: StartResponse) -> None:
    """A call with exc_info: whether the layer around passes it on, and whether what it raises gets through."""
    passes = faults.trace.recording.passes
    boundary = event.through[-1] if event.through else event.span
    outer = passes[boundary].parent if boundary in passes else None
    if outer:
        after = next((one for one in passes[outer].of(StartResponse) if one.seq == event.seq + 1), None)
        if after is not None and not after.exc_info:
            faults.add("M02", outer, after.seq, f"it was given exc_info ({event.exc_info}) and did not pass it on")
        raised = next((one for one in passes[outer].of(Raised) if one.seq == event.seq + 1), None)
        if raised is not None and raised.during == "start_response" and raised.type == "TypeError":
            faults.add("M02", outer, raised.seq, f"its start_response takes no exc_info: {from_text(raised.message)}")
    refused = event.seq in rejected(passes[boundary].started, passes) if boundary in passes else False
    inside = any(faults.has("A34", child.id) for child in span.children)
    if refused and not inside and span.over and span.exception is None and not span.caught:
        faults.add("A34", span.id, event.seq, f"start_response raised {event.exc_info} again, and it went on")


def _answered_an_exception(faults: Faults, span: Span) -> None:
    """An error page in place of an exception from inside."""
    for raised in span.caught:
        if raised.span not in faults.trace.by_id or faults.trace.by_id[raised.span].framework:
            continue
        for event in span.record.of(StartResponse):
            code = status_code(from_text(event.status))
            if event.seq > raised.seq and not event.exc_info and code is not None and code >= _ERROR:
                faults.add("A35", span.id, event.seq, f"it made a {code} of {raised.type} without exc_info")
                return


def _wrote(faults: Faults, span: Span) -> None:
    """Calls of ``write()``."""
    writes = span.record.of(Wrote)
    if not writes:
        return
    returned = span.returned
    late = next((event for event in writes if returned is not None and event.seq > returned.seq), None)
    if late is not None:
        faults.add("A36", span.id, late.seq, "write() was called after the iterable had been returned")
        return
    faults.add("A37", span.id, writes[0].seq, f"write() was called {len(writes)} time{'s' * (len(writes) > 1)}")
