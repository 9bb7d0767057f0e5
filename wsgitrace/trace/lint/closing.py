"""Who closes what was returned to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Chunk, CloseBegan, CloseEnded, IterationBegan, IterationEnded, Raised, from_text

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.rules import Severity
    from wsgitrace.trace.span import Span

_FAIR_ENDS: Final = frozenset({"complete", "client gone", "cut"})
_IGNORED: Final = "generator ignored GeneratorExit"


def check_closing(faults: Faults) -> None:
    """S44, S45, M06, M08, M09, A39 and A40."""
    trace = faults.trace
    whole = trace.how in _FAIR_ENDS and trace.detached is None and not trace.lost and not trace.truncated
    for span in faults.layers:
        if span.owner is not span:
            continue
        kinds = span.record.kinds
        if span.closed is False and whole:
            _unclosed(faults, span)
        if CloseBegan in kinds:
            if len(kinds[CloseBegan]) > 1:
                _closed_twice(faults, span)
            _used_after_close(faults, span)
        if Raised in kinds:
            _failed_to_close(faults, span)


def _consumer(span: Span) -> Span:
    """The pass that what ``span`` made was handed to, by those that hand it on untouched."""
    by_id = span.trace.by_id
    outer = span
    while outer.parent is not None:
        around = by_id[outer.parent]
        if around.id == 0 or around.owner is not span:
            return around
        outer = around
    return outer


def _unclosed(faults: Faults, span: Span) -> None:
    """The fault is the consumer's, unless that was not closed itself: then it is further out."""
    if span.subrequest:
        return
    consumer = _consumer(span)
    returned = span.returned
    if returned is None or (consumer.id and consumer.closed is False):
        return
    what = f"what {span.name} returned ({returned.type})"
    if consumer.id == 0:
        faults.add("S44", 0, returned.seq, f"{what} was never closed")
        return
    ended = bool(span.record.of(IterationEnded)) or any(one.during == "next" for one in span.record.of(Raised))
    if ended and span.layer is not None and span.layer.kind == "response" and span.parent == consumer.id:
        return  # its own answer, made of what it had: an error page, as a rule
    # A generator that has come to its end has nothing left to do in close().
    lesser: Severity | None = "should" if ended and returned.type == "generator" else None
    own = consumer.returned
    if own is not None and own.length is None and own.closes is False:
        faults.add("M08", consumer.id, own.seq, f"it returned {own.type}, which has no close(), for {what}", lesser)
        return
    began = any(consumer.record.of(kind) for kind in (IterationBegan, Chunk, IterationEnded))
    why = ""
    if own is not None and own.type == "generator" and not began:
        why = ": its generator was closed before it was started, so that no finally ran"
    faults.add("M06", consumer.id, returned.seq, f"{what} was never closed{why}", lesser)


def _closed_twice(faults: Faults, span: Span) -> None:
    consumer = _consumer(span)
    closes = span.record.of(CloseBegan)
    text = f"what {span.name} returned was closed {len(closes)} times"
    faults.add("M06" if consumer.id else "S44", consumer.id, closes[1].seq, text)


def _used_after_close(faults: Faults, span: Span) -> None:
    ended = next(iter(span.record.of(CloseEnded)), None)
    if ended is None or span.listed:
        return
    after = next((event for event in span.record.of(Chunk) if event.seq > ended.seq), None)
    if after is not None:
        consumer = _consumer(span)
        text = f"an item was taken from what {span.name} returned after its close()"
        faults.add("M09" if consumer.id else "S45", consumer.id, after.seq, text)


def _failed_to_close(faults: Faults, span: Span) -> None:
    for event in span.record.of(Raised):
        if event.during != "close":
            continue
        if event.type == "RuntimeError" and from_text(event.message) == _IGNORED:
            faults.add("A39", span.id, event.seq, "its generator yielded again when it was closed")
        elif event.frames:
            faults.add("A40", span.id, event.seq, f"its close() raised {event.type}")
