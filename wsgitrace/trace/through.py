"""Passes that did nothing: what is folded away on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.trace.edited import edits_of

if TYPE_CHECKING:
    from wsgitrace.trace.span import Span


def passed_through(span: Span) -> bool:
    """True for a pass that only called one other and changed, read, caught and raised nothing, so far."""
    if span.hook and not span.children:
        return span.returned is not None and not (span.changes or span.response_changes or span.reads)
    inward = [child for child in span.children if not child.hook]
    if span.id == 0 or len(inward) != 1 or inward[0].subrequest:
        return False
    did = span.changes or span.response_changes or span.reads or span.input_replaced or span.caught or edits_of(span)
    if did or span.raised_here:
        return False
    inner = inward[0]
    if (span.answer is not None and inner.answer is None) or (span.closed and inner.closed is False):
        return False
    body = span.response_changes.body
    return body is None or body.kind == "same" or not span.over
