"""What was of the wrong type, where it was met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Misfit, Returned

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults

_RULES: Final = {
    "arguments": ("A07", "start_response was called with arguments by name: {}"),
    "status": ("A08", "the status is of type {}"),
    "headers": ("A12", "the headers are of type {}"),
    "header": ("A13", "one of the headers is no (name, value), but a {}"),
    "name": ("A14", "the name of a header is of type {}"),
    "value": ("A14", "the value of a header is of type {}"),
    "exc_info": ("A33", "exc_info is no (type, value, traceback), but a {}"),
    "item": ("A04", "an item of the body is of type {}"),
    "write": ("A36", "write() was given {}"),
    "errors": ("A43", "wsgi.errors was given {}"),
}
_NOTHING: Final = frozenset({"NoneType", "int", "float", "bool"})
_WHOLE: Final = frozenset({"str", "bytes", "bytearray", "memoryview"})


def check_types(faults: Faults) -> None:
    """A02 to A04, A07, A08, A12 to A14, A33, A36, A43, S02 and M01."""
    if Misfit in faults.trace.recording.kinds:
        for event in faults.trace.recording.of(Misfit):
            _look_at(faults, event)
    for span in faults.layers:
        for returned in span.record.of(Returned)[:1]:
            if returned.passed is not None or any(_same(child.returned, returned) for child in span.children):
                continue
            if returned.type in _NOTHING:
                faults.add("A02", span.id, returned.seq, f"it returned {returned.type.removesuffix('Type')}")
            elif returned.type in _WHOLE:
                faults.add("A03", span.id, returned.seq, f"it returned {returned.type}")
                faults.add("A04", span.id, returned.seq, f"the items of a {returned.type} are no bytes")


def _look_at(faults: Faults, event: Misfit) -> None:
    """One thing of the wrong type: reported of the layer that made it, not of those that passed it on."""
    if event.what == "environ":
        text = f"it calls inward with an environ of type {event.type}"
        faults.add("M01" if event.span else "S02", event.span, event.seq, text)
        return
    if event.what not in _RULES:
        return  # of a later version
    rule, text = _RULES[event.what]
    inside = (
        one
        for child in faults.trace.by_id[event.span].children
        for one in (*child.record.of(Misfit), *child.owner.record.of(Misfit))
    )
    if not any(one.what == event.what and one.type == event.type and one.seq < event.seq for one in inside):
        faults.add(rule, event.span, event.seq, text.format(event.type))


def _same(inner: Returned | None, outer: Returned) -> bool:
    return inner is not None and inner.type == outer.type
