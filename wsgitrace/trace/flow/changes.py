"""What was changed at which event, and by which pass."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from wsgitrace.events import Edited, Held, InputRead, InputReplaced, Raised, Released, from_text
from wsgitrace.trace.failures import LEAVING
from wsgitrace.trace.flow.model import Change
from wsgitrace.trace.input_ledger import input_ledger
from wsgitrace.trace.response import compare_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.trace.environ import EnvironChange
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.response import HeaderChange
    from wsgitrace.trace.span import Span

_KINDS: Final = ("added", "changed", "removed")

_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-", "respelled": "~"}


def changes(trace: Trace) -> dict[int, tuple[Change, ...]]:
    """What was changed, by the event that shows it."""
    found: dict[int, tuple[Change, ...]] = {}
    for change in _all(trace):
        found[change.seq] = (*found.get(change.seq, ()), change)
    return found


def _all(trace: Trace) -> Iterator[Change]:
    for span in trace.spans:
        if span.changes:
            yield from _environ(span)
        yield from _response(span)
    kinds = trace.recording.kinds
    if Raised in kinds:
        yield from _exceptions(trace)
    if kinds.keys() & {InputRead, InputReplaced}:
        yield from _input(trace)
    if kinds.keys() & {Held, Edited}:
        yield from _user(trace)


def _environ(span: Span) -> Iterator[Change]:
    """Keys by the event that shows them, counted by what was done."""
    by_seq: dict[int, list[EnvironChange]] = {}
    for change in span.changes.all:
        by_seq.setdefault(change.seq, []).append(change)
    for seq, found in by_seq.items():
        kinds = [change.kind for change in found]
        sign = "".join([f"{_SIGNS[kind]}{kinds.count(kind)}" for kind in _KINDS if kind in kinds])
        names = tuple([f"{_SIGNS[change.kind]}{change.key}" for change in found])
        yield Change("environ", sign, span.id, seq, names)


def _response(span: Span) -> Iterator[Change]:
    """Status and header fields where it gave them, the body where its first item went out."""
    doings = span.trace.framework
    if span.framework or span.id in doings.last:
        yield from _framework(span)
    elif span.answer is not None:
        found = span.response_changes
        if found.status is not None or found.headers or found.reordered:
            yield from _answer(span.id, span.answer.seq, found.status is not None, found.headers, moved=found.reordered)
    body = span.response_changes.body
    if body and span.id:
        items = [item.seq for item in span.items[:1]] if span.owner is span else []
        seq = items[0] if items else None if span.returned is None else span.returned.seq
        if seq is not None:
            yield Change("body", "B", span.id, seq, (body.kind,))


def _framework(span: Span) -> Iterator[Change]:
    """What was done to a framework's response object, look by look; then by the application that it is in."""
    doings = span.trace.framework
    steps = [(step.before, step.after, step.seq) for step in doings.steps.get(span.id, ()) if step.before is not None]
    if not span.framework and span.answer is not None and span.status is not None:
        steps.append((doings.last[span.id], (span.status, span.headers), span.answer.seq))
    for before, after, seq in steps:
        fields, moved = compare_headers(before[1], after[1])
        yield from _answer(span.id, seq, before[0] != after[0], fields, moved=moved)


def _answer(span: int, seq: int, status: bool, fields: Iterable[HeaderChange], *, moved: bool) -> Iterator[Change]:  # noqa: FBT001 -- one fact
    if status:
        yield Change("status", "S", span, seq)
    names = tuple(f"{_SIGNS[field.kind]}{field.name}" for field in fields)
    if names or moved:
        yield Change("headers", f"H{len(names)}" if names else "H", span, seq, names or ("order",))


def _exceptions(trace: Trace) -> Iterator[Change]:
    """Where each was raised, and where it ended."""
    for span in trace.spans:
        if span.raised_here and span.exception is not None:
            yield Change("raised", "✗", span.id, span.exception.seq, (span.exception.type,))
        for raised in span.caught:
            yield Change("caught", "!", span.id, raised.seq, (raised.type,))
    for event in trace.recording.of(Raised):
        if event.during not in LEAVING:
            yield Change("raised", "✗", event.span, event.seq, (event.type,))


def _input(trace: Trace) -> Iterator[Change]:
    """Who put another ``wsgi.input`` in its place, and who found nothing in it."""
    for event in trace.recording.of(InputReplaced):
        yield Change("input", "I", event.span, event.seq, (event.type,))
    for starved in input_ledger(trace).starved:
        yield Change("input", "I∅", starved.span, starved.seq, ("found it read already",))


def _user(trace: Trace) -> Iterator[Change]:
    """Where it was held, and what was edited there."""
    ends = [event.seq for event in trace.recording.of(Released)]
    for held in trace.recording.of(Held):
        # A hold is told of where it ended, for then it is known how long it was.
        index = bisect_right(ends, held.seq)
        yield Change("held", "‖", held.span, ends[index] if index < len(ends) else held.seq)
    for edit in trace.recording.of(Edited):
        yield Change("edited", "✎", edit.span, edit.seq, (from_text(edit.name),) if edit.name else ())
