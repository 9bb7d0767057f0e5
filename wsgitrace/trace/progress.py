"""How far a pass has come, when it was over, and why its body has no end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.events import Chunk, CloseBegan, CloseEnded, IterationBegan, IterationEnded, Raised

if TYPE_CHECKING:
    from wsgitrace.trace.span import Span

State: TypeAlias = Literal["running", "returned", "iterating", "closed", "raised"]
"""``returned``: a list, or an iterable that nobody has begun to iterate over."""


def state_of(span: Span) -> State:
    """How far a pass has come; the server's is ``running`` until the exchange is over."""
    state: State
    record = span.owner.record
    if span.exception is not None:
        state = "raised"
    elif span.id == 0:
        state = "closed" if span.trace.done else "running"
    elif span.closed:
        state = "closed"
    elif span.returned is None:
        state = "running"
    elif not span.owner.listed and any(record.kinds.get(kind) for kind in (IterationBegan, IterationEnded, Chunk)):
        state = "iterating"
    else:
        state = "returned"
    return state


def end_of(span: Span) -> int | None:
    """When nothing more could happen in a pass, by the clock of its events; None while it is open."""
    trace = span.trace
    if span.id == 0:
        return trace.ended.at if trace.ended is not None else None
    raised = [event for event in span.record.of(Raised) if event.during == "call"]
    if raised:
        return raised[0].at
    if span.returned is not None and (span.listed or span.framework):
        return span.returned.at
    over = [event.at for event in span.owner.record.of(CloseEnded)]
    if over:
        return over[0]
    known = (*span.record.events, *span.owner.record.events)
    return max((event.at for event in known), default=0) if trace.done else None


def is_closed(span: Span) -> bool | None:
    """Whether ``close()`` of what a pass returned was called; None where there is none, or that cannot be told."""
    if span.framework:
        return None
    record, returned = span.owner.record, span.owner.returned
    if any(record.kinds.get(kind) for kind in (CloseBegan, CloseEnded)):
        return True
    if returned is None or returned.length is not None or not span.trace.done:
        return None
    return False if returned.closes or returned.type == "generator" else None


def why_unfinished(owner: Span) -> str:
    """Why the last item of a body is not known to be its last; ``owner`` is the pass that made it."""
    trace = owner.trace
    if owner.exception is not None:
        why = f"{owner.exception.type} was raised"
    elif owner.returned is None:
        why = "nothing was returned" if trace.done else "nothing is returned yet"
    elif owner.returned.length is not None:
        why = f"only {len(owner.chunks):,} of {owner.returned.length:,} items are recorded"
    elif owner.closed:
        why = "closed before its end" if owner.chunks else "closed before it was iterated over"
    elif trace.done:
        why = f"the exchange ended first ({trace.how})" if owner.chunks else "never iterated over"
    else:
        why = "still coming"
    return why


def sent_unseen(span: Span) -> bool:
    """True when the server sent what a pass returned without iterating over it, as it does with files."""
    trace, owner = span.trace, span.owner
    outermost = trace.outermost
    if span.items or outermost is None or outermost.owner is not owner or not trace.sent or owner.returned is None:
        return False
    return owner.returned.length is None and not owner.record.of(IterationBegan)
