"""What an exchange did, in order: the events whose effect another layer or the client can see.

Times, what was printed and which object it was are none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.events import (
    Called,
    Chunk,
    CloseBegan,
    Done,
    ExchangeEvent,
    FrameworkChanges,
    InputRead,
    InputReplaced,
    Raised,
    ResponseHead,
    Returned,
    StartResponse,
    Wrote,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wsgitrace.events import Event
    from wsgitrace.trace.environ import EnvironChange
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

__all__ = ["Act", "Effect", "effects"]

Act: TypeAlias = Literal[
    "call", "environ", "input", "replace", "start_response", "response", "item", "returned", "raised", "close", "done"
]

_ACTS: Final[dict[type[ExchangeEvent], Act]] = {
    Chunk: "item",
    CloseBegan: "close",
    Done: "done",
    InputRead: "input",
    InputReplaced: "replace",
    Raised: "raised",
    ResponseHead: "response",
    StartResponse: "start_response",
    Wrote: "item",
}


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One thing that a layer did."""

    act: Act
    """What: ``call`` another layer, change the ``environ`` before it called or returned, hand out an ``item``."""
    span: int
    """The pass whose code did it."""
    target: int
    """The pass it is about: of a call the pass that was called, else the same."""
    event: Event
    """The event that shows it."""
    changes: Mapping[tuple[str, str], EnvironChange] = field(default_factory=dict)
    """Of ``environ``: what changed since this pass was last looked at, by what it is on and its key."""


def effects(trace: Trace) -> list[Effect]:
    """The effects of an exchange, in order."""
    found: list[Effect] = []
    told: dict[int, int] = {}
    for event in trace.events:
        span = event.span
        match event:
            case Called(parent=parent):
                caller = trace.span(span).parent or 0
                # What the first pass was called with is the request's, and no layer's doing.
                if caller == parent and parent:
                    found.append(_environ(trace, parent, event, told))
                found.append(Effect("call", caller, span, event))
            case Returned():
                found += [_environ(trace, span, event, told), Effect("returned", span, span, event)]
            case Raised(during="call"):
                found += [_environ(trace, span, event, told), Effect("raised", span, span, event)]
            case FrameworkChanges():
                if event.status:
                    found.append(Effect("response", span, span, event))
            case _ if type(event) in _ACTS:
                found.append(Effect(_ACTS[type(event)], span, span, event))
    return found


def _environ(trace: Trace, number: int, event: Event, told: dict[int, int]) -> Effect:
    """What a pass changed between the boundary before and this one, were it nothing."""
    span: Span = trace.span(number)
    since = told.get(number, -1)
    told[number] = event.seq
    changes: dict[tuple[str, str], EnvironChange] = {
        (change.of, change.key): change for change in span.changes.all if since < change.seq <= event.seq
    }
    return Effect("environ", number, number, event, changes)
