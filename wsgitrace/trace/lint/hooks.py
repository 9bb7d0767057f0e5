"""Which layer of a framework gave what the application's pass around it handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.trace.blame import Thing, blame

if TYPE_CHECKING:
    from wsgitrace.trace.span import Span

__all__ = ["who_gave"]


def who_gave(span: Span, name: str) -> int:
    """The pass that gave a header field of the response last, of those inside an application's; else that one."""
    owner = span
    if span.layer is not None and span.layer.kind == "response" and span.parent is not None:
        owner = span.trace.by_id[span.parent]  # the framework's response object, which the application calls
    if not any(child.framework for child in owner.children):
        return span.id
    deeds = blame(span.trace, Thing("resp.header", name.casefold())).deeds
    inside = (deed.span for deed in reversed(deeds) if deed.by == "layer" and deed.after)
    return next((one for one in inside if one != owner.id and _is_inside(owner, one)), span.id)


def _is_inside(span: Span, other: int) -> bool:
    one: Span | None = span.trace.by_id.get(other)
    while one is not None and one is not span:
        one = None if one.parent is None or not one.framework else span.trace.by_id.get(one.parent)
    return one is span
