"""What the rows of a picture say. Text of the traffic goes through the functions of whoever shows it, masked there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Called, Edited, FrameworkChanges, HeadReceived, from_text
from wsgitrace.trace.describe import amount, count, describe, duration
from wsgitrace.trace.edited import masked_edit
from wsgitrace.trace.framework import NONE_TYPE
from wsgitrace.trace.head import read_request
from wsgitrace.trace.unrun import unrun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import Event
    from wsgitrace.redact import Masker
    from wsgitrace.trace.flow.model import Change, Flow, Kind, Row

_NAMES: Final = 3
"""Names of what changed that a label has."""

_ITEMS: Final[dict[Kind, str]] = {"chunk": "chunk", "write": "write", "read": "read", "log": "line", "query": "query"}
"""What rows that are shown as one are called."""


def label(flow: Flow, row: Row, masker: Masker) -> str:
    """A few words on a row, masked and not safe yet; what changed comes last. Empty where the picture says it all."""
    if row.kind == "gap":
        return f"{duration(row.length)} in {flow.columns[row.by].name}"
    if row.kind == "more":
        return more(row)
    event = flow.trace.recording.event(row.seq)
    said = "" if event is None else _said(row, event, masker)
    names = _changed(row.changes)
    return f"{said}  {names}".strip()


def more(row: Row) -> str:
    """``48 more chunks, 3.1 MB, in 4.8 s``."""
    parts = []
    for kind in dict.fromkeys(part.kind for part in row.parts):
        # The same ones go from layer to layer: only those of one of them are counted, and their bytes.
        times = max(part.times for part in row.parts if part.kind == kind)
        parts.append(
            f"{times:,} more sent"
            if kind == "sent"
            else count(times, f"more {_ITEMS[kind]}", "more queries" if kind == "query" else "")
        )
    most = max((part.length for part in row.parts), default=0)
    took = f" in {duration(row.until - row.at)}" if row.until > row.at else ""
    return ", ".join([*parts, *([amount(most)] if most else [])]) + took


def _said(row: Row, event: Event, masker: Masker) -> str:
    if isinstance(event, HeadReceived):
        head = read_request(event)
        return f"{head.method} {masker.target(head.target)}"
    if row.kind in {"chunk", "write", "sent"}:
        return amount(row.length)
    if row.kind == "held":
        return f"held {duration(row.length)}" if row.length else "held"
    if isinstance(event, Edited):
        event = masked_edit(event, masker.value)
    say = _SAYINGS.get(row.kind)
    return masker.text(describe(event) if say is None else say(event))


def _call(event: Any) -> str:
    return "sub-request" if isinstance(event, Called) and event.subrequest else ""


def _return(event: Any) -> str:
    said = describe(event).removeprefix("returned ").removeprefix("a ")
    return said if event.length is not None else said.rpartition(".")[2].replace(NONE_TYPE, "None")


def _raised(event: Any) -> str:
    message = from_text(event.message)
    name = event.type.rpartition(".")[2]
    return f"{name}: {message}" if message else name


_SAYINGS: Final[dict[Kind, Callable[[Any], str]]] = {
    "call": _call,
    "environ": lambda event: from_text(event.status) if isinstance(event, FrameworkChanges) else _call(event),
    "start_response": lambda event: from_text(event.status),
    "head": lambda event: from_text(event.status),
    "raised": _raised,
    "return": _return,
    "read": lambda event: describe(event).removeprefix("wsgi.input "),
    "done": lambda event: describe(event).removeprefix("done: "),
}
"""By kind of row; the others in the words of the list of events."""


def _changed(found: Iterable[Change]) -> str:
    """The names of what changed."""
    parts = []
    for change in found:
        if change.kind in {"environ", "headers", "input", "edited"} and change.names:
            names = list(change.names)
            shown = " ".join(names[:_NAMES])
            parts.append(f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown)
        elif change.kind == "body":
            parts.append(f"body {change.names[0]}")
        elif change.kind == "caught":
            parts.append("caught")
        elif change.kind == "status":
            parts.append("another status")
    return ", ".join(parts)


def notes(flow: Flow) -> list[str]:
    """What is not in the picture: layers that never ran, events that are not recorded."""
    trace = flow.trace
    found = [each.text for each in unrun(trace)]
    if trace.lost:
        found.append(f"{count(trace.lost, 'event')} were not recorded")
    if trace.ended is not None and trace.ended.skipped:
        found.append(f"{count(trace.ended.skipped, 'event')} beyond the bound were not recorded")
    if not trace.done:
        found.append("it is not over yet")
    return found
