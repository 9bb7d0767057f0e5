"""Who read how much of ``wsgi.input``, at which offsets, what was left for those inside, and who put another there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.events import InputRead, InputReplaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wsgitrace.trace.model import Trace


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads that one pass made one after the other."""

    span: int
    """The pass."""
    seq: int
    """The first event."""
    method: str
    """The method called."""
    calls: int
    """How many reads."""
    asked: int | None
    """Size asked for by the first one; None when none was given."""
    start: int
    """Offset of the first byte."""
    stop: int
    """Offset behind the last byte."""
    left: int | None
    """Bytes of the body that nobody had read after that; None where its length is not announced."""
    end: bool
    """True when the body was known to be at its end then."""
    error: str = ""
    """Why the last one failed; else empty."""

    @property
    def got(self) -> int:
        """Bytes."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Replacing:
    """Another object was put in the place of ``wsgi.input``: what is read of it is not seen here."""

    span: int
    """The pass that did."""
    seq: int
    """The event that shows it."""
    type: str
    """Dotted name of the type of the new one."""


@dataclass(frozen=True, slots=True)
class Starved:
    """A pass that wanted the body and found nothing left of it."""

    span: int
    """The pass."""
    seq: int
    """Its first read."""
    eaten: int
    """Bytes that others had read before."""
    by: tuple[int, ...]
    """The passes that had."""


@dataclass(frozen=True, slots=True)
class InputLedger:
    """What became of the request body."""

    announced: int | None
    """Its length by Content-Length; None where there is none."""
    chunked: bool
    """True when it came in chunks, of a length not known before."""
    entries: tuple[Reading | Replacing, ...]
    """What was done, in order."""
    read: int
    """Bytes that somebody read."""
    starved: tuple[Starved, ...]
    """Who found it empty."""

    def __bool__(self) -> bool:
        return bool(self.entries or self.announced or self.chunked)

    @property
    def unread(self) -> int | None:
        """Bytes that nobody read; None where the length is not announced."""
        return None if self.announced is None else max(self.announced - self.read, 0)


def input_ledger(trace: Trace) -> InputLedger:
    """Follow the request body through the passes."""
    head = trace.head
    announced = None if head is None else head.content_length
    chunked = head is not None and head.header("transfer-encoding") is not None
    events = trace.recording.of(InputRead, InputReplaced)
    entries: list[Reading | Replacing] = []
    furthest = 0
    for event in events:
        if isinstance(event, InputReplaced):
            entries.append(Replacing(event.span, event.seq, event.type))
        elif isinstance(event, InputRead):
            furthest = max(furthest, event.offset + max(event.got, 0))
            left = None if announced is None else max(announced - furthest, 0)
            entries[-1:] = _noted(entries[-1:], event, left)
    return InputLedger(announced, chunked, tuple(entries), furthest, tuple(_starved(trace, entries)))


def _noted(last: list[Reading | Replacing], event: InputRead, left: int | None) -> list[Reading | Replacing]:
    """The last entry with a read added, or a new one behind it."""
    got = max(event.got, 0)
    before = last[0] if last else None
    goes_on = (
        isinstance(before, Reading)
        and (before.span, before.method, before.stop) == (event.span, event.method, event.offset)
        and bool(before.got) == bool(got)
    )
    if isinstance(before, Reading) and goes_on:
        stop, calls = before.stop + got, before.calls + 1
        return [
            Reading(
                before.span, before.seq, before.method, calls, before.asked, before.start, stop, left, event.end,
                event.error,
            )
        ]  # fmt: skip
    stop = event.offset + got
    new = Reading(event.span, event.seq, event.method, 1, event.asked, event.offset, stop, left, event.end, event.error)
    return [*last, new]


def _starved(trace: Trace, entries: Sequence[Reading | Replacing]) -> Iterable[Starved]:
    """Passes whose every read came too late: others, none of them inside, had read it to the end."""
    by_span: dict[int, list[Reading]] = {}
    for entry in entries:
        if isinstance(entry, Reading):
            by_span.setdefault(entry.span, []).append(entry)
    eaten: dict[int, int] = {}
    for entry in entries:
        if not isinstance(entry, Reading):
            continue
        mine = by_span[entry.span]
        hungry = entry is mine[0] and not any(each.got or each.error for each in mine) and entry.asked != 0
        by = tuple(span for span in eaten if span != entry.span and not _inside(trace, span, entry.span))
        if hungry and by:
            yield Starved(entry.span, entry.seq, sum(eaten[span] for span in by), by)
        if entry.got:
            eaten[entry.span] = eaten.get(entry.span, 0) + entry.got


def _inside(trace: Trace, span: int, outer: int) -> bool:
    """True when the one pass was called, by whatever ways, from the other."""
    above: int | None = span
    while above is not None and above != outer:
        above = trace.by_id[above].parent
    return above is not None
