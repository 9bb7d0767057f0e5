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
    inner = inward[0]
    if did or span.raised_here or _was_refused_its_change(span, inner):
        return False
    if (span.answer is not None and inner.answer is None) or (span.closed and inner.closed is False):
        return False
    body = span.response_changes.body
    return body is None or body.kind == "same" or not span.over


def _was_refused_its_change(span: Span, inner: Span) -> bool:
    """True where ``start_response`` refused all, and what this pass called it with is not what the inner one did."""
    if span.answer is not None or not span.start_responses or not inner.start_responses:
        return False
    outside, inside = span.start_responses[-1], inner.start_responses[-1]
    return (outside.status, outside.headers) != (inside.status, inside.headers)
