"""What a middleware makes of the response of the layer inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Wrote
from wsgitrace.trace.assembly import chunk_data
from wsgitrace.trace.describe import duration
from wsgitrace.trace.head import header

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span

_DESCRIBING: Final = ("ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest")


def check_passing(faults: Faults) -> None:
    """M03 to M05, M11, M18 and M19."""
    for span in faults.layers:
        inner = span.inner
        if inner is None or inner.framework:
            continue
        if not inner.listed and span.owner is not inner.owner:
            _held_back(faults, span, inner)
        if span.record.of(Wrote):
            _written(faults, span, inner)
        if span.owner is not inner.owner or span.writes:
            _changed(faults, span, inner)
        _swallowed(faults, span)


def _held_back(faults: Faults, span: Span, inner: Span) -> None:
    body = span.response_changes.body
    if body is None or not body.buffered or span.returned is None:
        return
    text = f"it took {body.inner_items:,} items from {inner.name} before it let one out"
    held = f", the first held back {duration(body.held_back)}"
    last = inner.items[-1].seq
    faults.add("M04" if last < span.returned.seq else "M03", span.id, last, text + held)


def _written(faults: Faults, span: Span, inner: Span) -> None:
    carriers = span.trace.carriers
    chunks = {chunk_data(chunk, carriers): chunk.seq for chunk in inner.chunks if chunk.length > 0}
    for wrote in span.record.of(Wrote):
        seq = chunks.get(chunk_data(wrote, carriers))
        if wrote.length > 0 and seq is not None and (inner.listed or seq < wrote.seq):
            faults.add("M05", span.id, wrote.seq, f"it sent an item of {inner.name} by write()")
            return


def _changed(faults: Faults, span: Span, inner: Span) -> None:
    body = span.response_changes.body
    if body is None or span.answer is None or span.returned is None:
        return
    head = span.environ.get("REQUEST_METHOD") == "HEAD"
    if body.kind == "made" and head and body.outer_length and inner.flow.ended:
        text = f"it added {body.outer_length:,} bytes to the answer to HEAD"
        faults.add("M18", span.id, span.items[0].seq, text, "should")  # a server leaves them out
    elif body.kind == "rewritten" and body.outer_length and not head:
        _described(faults, span, inner)


def _described(faults: Faults, span: Span, inner: Span) -> None:
    """A body that was rewritten, and fields that still describe the one inside."""
    seq = span.items[0].seq
    for name in _DESCRIBING:
        before, after = header(inner.headers, name), header(span.headers, name)
        if before is not None and before == after and not before.startswith("W/"):
            faults.add("M11", span.id, seq, f"it changed the body, and {name} is still that of {inner.name}")
    coding = (header(inner.headers, "content-encoding") or "identity").lower()
    if coding != "identity" and coding == (header(span.headers, "content-encoding") or "").lower():
        faults.add("M18", span.id, seq, f"it edited a body that is packed by {coding}")


def _swallowed(faults: Faults, span: Span) -> None:
    """An exception from inside after part of the body, and an end in good order all the same."""
    if not span.swallowed:
        return
    for raised in span.caught:
        if raised.during == "next" and any(item.length > 0 and item.seq < raised.seq for item in span.items):
            text = f"it caught {raised.type} after part of the body was out, and ended as if that were all"
            faults.add("M19", span.id, raised.seq, text)
