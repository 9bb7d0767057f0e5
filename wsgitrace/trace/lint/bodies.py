"""The body that each layer hands outward: when it comes, how long it is, and whether there may be one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.events import Chunk, IterationEnded
from wsgitrace.trace.assembly import chunk_data
from wsgitrace.trace.head import header, status_code
from wsgitrace.trace.lint.heads import BODILESS, NO_CONTENT
from wsgitrace.trace.lint.hooks import who_gave
from wsgitrace.trace.progress import sent_unseen

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span

_CHUNKED: Final = re.compile(rb"[0-9A-Fa-f]{1,8}(?:;[^\r\n]*)?\r\n")
_LAST: Final = b"0\r\n\r\n"
_DIGITS: Final = re.compile(r"[0-9]{1,18}")


def check_bodies(faults: Faults) -> None:
    """A05, A06, A21, and A23 to A25."""
    trace = faults.trace
    whole = not trace.truncated and not trace.lost and trace.detached is None
    lengths: dict[int, tuple[int, int]] = {}
    for span in reversed(faults.layers):  # those inside first
        if span.owner is span:
            _begun(faults, span)
        if whole and span.answer is not None:
            _measure(faults, span, lengths)


def _begun(faults: Faults, span: Span) -> None:
    """Whether start_response was called, and before the first item that is not empty."""
    if span.returned is None or span.returned.type in {"NoneType", "str"}:
        return
    if any(faults.has(rule, child.id) for rule in ("A05", "A06") for child in span.children):
        return
    first = next((chunk for chunk in span.record.of(Chunk) if chunk.length), None)
    started = span.record.started[0].seq if span.record.started else None
    over = span.listed or bool(span.record.of(IterationEnded))
    if first is not None and (started is None or started > first.seq):
        if started is not None or faults.trace.done:
            faults.add("A05", span.id, first.seq, "an item was handed out before start_response was called")
    elif first is None and started is None and over and faults.trace.done and span.exception is None:
        faults.add("A06", span.id, span.returned.seq, "it never called start_response")


def _measure(faults: Faults, span: Span, lengths: dict[int, tuple[int, int]]) -> None:
    """How many bytes there are, beside how many there should be."""
    code = status_code(span.status or "")
    method = span.environ.get("REQUEST_METHOD")
    if code is None or span.answer is None or sent_unseen(span):
        return
    total = sum(item.length for item in span.items if item.length > 0)
    if code in BODILESS:
        inner = span.inner
        if total and (inner is None or inner.status != span.status or not any(item.length for item in inner.items)):
            rule = "A24" if code == NO_CONTENT else "A25"
            faults.add(rule, span.id, span.items[0].seq, f"a {code} has a body of {total:,} bytes")
        return
    if method != "HEAD":
        _compare(faults, span, total, lengths)
    if span.owner is span and total:
        _look_for_chunks(faults, span)


def _compare(faults: Faults, span: Span, total: int, lengths: dict[int, tuple[int, int]]) -> None:
    """Content-Length and the bytes that were handed out, or would have been."""
    given = header(span.headers, "content-length")
    if given is None or not _DIGITS.fullmatch(given.strip(" \t")):
        return
    announced = int(given)
    if total == announced or (total < announced and (not span.flow.ended or span.exception is not None)):
        return
    lengths[span.id] = (announced, total)
    if span.inner is not None and lengths.get(span.inner.id) == (announced, total):
        return
    seq = span.items[-1].seq if span.items else span.answer.seq if span.answer is not None else 0
    more = "" if span.flow.ended else " or more"
    text = f"Content-Length is {announced:,}, and the body has {total:,}{more} bytes"
    faults.add("A23", who_gave(faults, span, "content-length"), seq, text)


def _look_for_chunks(faults: Faults, span: Span) -> None:
    """Whether a body looks as if it were framed already."""
    items = [item for item in span.items if item.length > 0]
    carriers = span.trace.carriers
    first, last = chunk_data(items[0], carriers), chunk_data(items[-1], carriers)
    if not first or not last or not last.endswith(_LAST) or not _CHUNKED.match(first):
        return
    inner = span.inner
    if inner is not None and inner.items and chunk_data(inner.items[0], carriers) == first:
        return
    faults.add("A21", span.id, items[0].seq, "the body is made of chunks with their sizes")
