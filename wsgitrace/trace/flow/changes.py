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

_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-", "respelled": "~"}

Seen = tuple[int, Change]
"""The event at which a change is seen, and the change."""


def changes(trace: Trace) -> dict[int, tuple[Change, ...]]:
    """What was changed, by the event that shows it."""
    found: dict[int, tuple[Change, ...]] = {}
    for seq, change in _all(trace):
        found[seq] = (*found.get(seq, ()), change._replace(seq=seq))
    return found


def _all(trace: Trace) -> Iterator[Seen]:
    for span in trace.spans:
        if span.changes:
            yield from _environ(span)
        yield from _response(span)
    kinds = trace.recording.kinds
    if Raised in kinds:
        yield from _exceptions(trace)
    if kinds & {InputRead, InputReplaced}:
        yield from _input(trace)
    if kinds & {Held, Edited}:
        yield from _user(trace)


def _environ(span: Span) -> Iterator[Seen]:
    """Keys by the event that shows them, counted by what was done."""
    by_seq: dict[int, list[EnvironChange]] = {}
    for change in span.changes.all:
        by_seq.setdefault(change.seq, []).append(change)
    for seq, all_of_it in by_seq.items():
        sign = ""
        for kind in ("added", "changed", "removed"):
            count = sum(change.kind == kind for change in all_of_it)
            sign += f"{_SIGNS[kind]}{count}" if count else ""
        names = tuple(f"{_SIGNS[change.kind]}{change.key}" for change in all_of_it)
        yield seq, Change("environ", sign, span.id, names)


def _response(span: Span) -> Iterator[Seen]:
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
            yield seq, Change("body", "B", span.id, (body.kind,))


def _framework(span: Span) -> Iterator[Seen]:
    """What was done to a framework's response object, look by look; then by the application that it is in."""
    doings = span.trace.framework
    steps = [(step.before, step.after, step.seq) for step in doings.steps.get(span.id, ()) if step.before is not None]
    if not span.framework and span.answer is not None and span.status is not None:
        steps.append((doings.last[span.id], (span.status, span.headers), span.answer.seq))
    for before, after, seq in steps:
        fields, moved = compare_headers(before[1], after[1])
        yield from _answer(span.id, seq, before[0] != after[0], fields, moved=moved)


def _answer(span: int, seq: int, status: bool, fields: Iterable[HeaderChange], *, moved: bool) -> Iterator[Seen]:  # noqa: FBT001 -- one fact
    if status:
        yield seq, Change("status", "S", span)
    names = tuple(f"{_SIGNS[field.kind]}{field.name}" for field in fields)
    if names or moved:
        yield seq, Change("headers", f"H{len(names)}" if names else "H", span, names or ("order",))


def _exceptions(trace: Trace) -> Iterator[Seen]:
    """Where each was raised, and where it ended."""
    for span in trace.spans:
        if span.raised_here and span.exception is not None:
            yield span.exception.seq, Change("raised", "✗", span.id, (span.exception.type,))
        for raised in span.caught:
            yield raised.seq, Change("caught", "!", span.id, (raised.type,))
    for event in trace.recording.of(Raised):
        if event.during not in LEAVING:
            yield event.seq, Change("raised", "✗", event.span, (event.type,))


def _input(trace: Trace) -> Iterator[Seen]:
    """Who put another ``wsgi.input`` in its place, and who found nothing in it."""
    for event in trace.recording.of(InputReplaced):
        yield event.seq, Change("input", "I", event.span, (event.type,))
    for starved in input_ledger(trace).starved:
        yield starved.seq, Change("input", "I∅", starved.span, ("found it read already",))


def _user(trace: Trace) -> Iterator[Seen]:
    """Where it was held, and what was edited there."""
    ends = [event.seq for event in trace.recording.of(Released)]
    for held in trace.recording.of(Held):
        # A hold is told of where it ended, for then it is known how long it was.
        index = bisect_right(ends, held.seq)
        yield ends[index] if index < len(ends) else held.seq, Change("held", "‖", held.span)
    for edit in trace.recording.of(Edited):
        yield edit.seq, Change("edited", "✎", edit.span, (from_text(edit.name),) if edit.name else ())
