"""Which layer of a framework gave what the application's pass around it handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.trace.blame import Thing, blame

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span

__all__ = ["who_gave"]


def who_gave(faults: Faults, span: Span, name: str) -> int:
    """The pass that gave a header field of the response last, of those inside an application's; else that one."""
    owner = span
    if span.layer is not None and span.layer.kind == "response" and span.parent is not None:
        owner = span.trace.by_id[span.parent]  # the framework's response object, which the application calls
    if not any(child.framework for child in owner.children):
        return span.id
    inside = (one for one in _givers(faults, name.casefold()) if one != owner.id and _is_inside(owner, one))
    return next(inside, span.id)


def _givers(faults: Faults, name: str) -> list[int]:
    """The passes that gave a field, the last first: worked out once, however many faults there are."""
    if name not in faults.givers:
        deeds = blame(faults.trace, Thing("resp.header", name)).deeds
        faults.givers[name] = [deed.span for deed in reversed(deeds) if deed.by == "layer" and deed.after]
    return faults.givers[name]


def _is_inside(span: Span, other: int) -> bool:
    one: Span | None = span.trace.by_id.get(other)
    while one is not None and one is not span:
        one = None if one.parent is None or not one.framework else span.trace.by_id.get(one.parent)
    return one is span
