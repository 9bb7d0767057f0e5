"""HEAD beside GET: two requests for the same, of which the answers are to differ in their bodies alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.head import status_code
from wsgitrace.trace.lint.faults import Broken, shown
from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.rules import Severity
    from wsgitrace.trace.span import Span

__all__ = ["compare_head"]

_REFUSED: Final = frozenset({405, 501})
"""Whoever answers so says that there is no HEAD."""

_NUMBER: Final = re.compile("[0-9]+")
_OF_THE_MOMENT: Final = frozenset({"date", "age", "expires", "set-cookie", "x-request-id"})
_OF_THE_BODY: Final = frozenset({"content-length", "transfer-encoding", "trailer", "etag", "vary", "content-range"})
"""Fields that may be known only where there is a body (RFC 9110, 9.3.2): HEAD may leave them out."""


def compare_head(get: Trace, head: Trace, again: Trace | None = None) -> list[Broken]:
    """A26: how the answer to HEAD differs from that to GET, by the innermost layer where it does.

    ``again``: GET once more, for what is another each time.
    """
    if status_code(head.root.status or "") in _REFUSED or head.done != get.done:
        return []
    ours = {span.layer_id: span for span in get.spans[1:] if not span.framework}
    third = {} if again is None else {span.layer_id: span for span in again.spans[1:]}
    for span in reversed(head.spans[1:]):
        other = ours.get(span.layer_id)
        if other is None or span.framework or span.answer is None or other.answer is None:
            continue
        noise = _changing(other, third.get(span.layer_id))
        found = [(text, severity) for name, text, severity in _differences(other, span) if name not in noise]
        if found:
            seq = span.answer.seq
            rule = RULES["A26"]
            return [Broken(rule, span.id, seq, text, severity or rule.severity) for text, severity in found]
    return []


def _changing(span: Span, again: Span | None) -> frozenset[str]:
    """What differs from one GET to the next."""
    if again is None:
        return _OF_THE_MOMENT
    return _OF_THE_MOMENT | {name for name, _, _ in _differences(span, again)}


def _differences(get: Span, head: Span) -> Iterator[tuple[str, str, Severity | None]]:
    """What is different, in a word and in a sentence, and where that matters more or less than the rule does."""
    if get.status != head.status:
        yield "", f"GET is answered with {shown(get.status or '')}, and HEAD with {shown(head.status or '')}", None
        return
    before, after = _fields(get), _fields(head)
    for name, values in before.items():
        if name not in after:
            if name not in _OF_THE_BODY:
                yield name, f"HEAD is answered without {name}, which GET has: {shown(', '.join(values))}", "hygiene"
        elif _without_times(name, after[name]) != _without_times(name, values):
            text = f"{name} is {shown(', '.join(after[name]))} for HEAD, and {shown(', '.join(values))} for GET"
            yield name, text, _severity(name, after[name])


def _severity(name: str, values: list[str]) -> Severity | None:
    """How much another value matters; None: as much as the rule does."""
    if name != "content-length":
        return None
    return "hygiene" if values == ["0"] else "must"  # many count what they have left out, and servers drop it


def _without_times(name: str, values: list[str]) -> list[str]:
    """Values of a field without the numbers in them, which may be times, counts and the like; a length stays."""
    return values if name == "content-length" else [_NUMBER.sub("", value) for value in values]


def _fields(span: Span) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in span.headers:
        found.setdefault(name.lower(), []).append(value)
    return found
