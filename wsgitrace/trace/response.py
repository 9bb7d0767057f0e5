"""What each layer changed in the response, compared with what the layer inside it answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.events import Raised
from wsgitrace.trace.edited import answer_given, body_given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wsgitrace.events import Chunk, StartResponse, Wrote
    from wsgitrace.trace.assembly import Body
    from wsgitrace.trace.build import Pass
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.span import Span

BodyKind: TypeAlias = Literal[
    "same", "split", "joined", "resliced", "rewritten", "dropped", "made", "pending", "unknown"
]


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """One header field that one layer added, removed or changed."""

    kind: Literal["added", "removed", "changed", "respelled"]
    """What was done; ``respelled``: only the case of the name is different."""
    name: str
    """The field's name as the layer gave it; for ``removed`` as it got it."""
    before: str | None
    """The value inside; None for ``added``."""
    after: str | None
    """The value outside; None for ``removed``."""
    index: int
    """Position among the fields outside; for ``removed`` among those inside."""


@dataclass(frozen=True, slots=True)
class BodyChange:
    """How the body outside differs from the body inside."""

    kind: BodyKind
    """``same``: item by item; ``split``, ``joined``, ``resliced``: the same bytes in more, fewer, as many but other
    items; ``dropped``: nothing came out; ``made``: nothing came in; ``pending``: not over yet and nothing to compare;
    ``unknown``: not enough is recorded to tell."""
    inner_items: int
    """Items that came from inside."""
    outer_items: int
    """Items that went outside."""
    inner_length: int
    """Bytes that came from inside."""
    outer_length: int
    """Bytes that went outside."""
    buffered: bool = False
    """True when all of several items from inside had come before the first went outside."""
    held_back: int = 0
    """Where ``buffered``: nanoseconds from the first item inside to the first outside."""

    def __bool__(self) -> bool:
        return self.buffered or self.kind not in {"same", "pending", "unknown"}


@dataclass(frozen=True, slots=True)
class ResponseChanges:
    """What one layer changed in the response of the pass that it called."""

    inner: int | None = None
    """The pass whose response it is compared with; None where the layer answered by itself or has not yet."""
    status: tuple[str, str | None] | None = None
    """The status inside and outside where they differ; None outside: it was never passed on."""
    headers: tuple[HeaderChange, ...] = ()
    """Fields removed first, then the others in the order they have outside."""
    reordered: bool = False
    """True when fields that both have are in another order outside."""
    body: BodyChange | None = None
    """None where there is nothing to compare."""

    def __bool__(self) -> bool:
        return bool(self.status or self.headers or self.reordered or self.body)


def compare_headers(inner: HeaderList, outer: HeaderList) -> tuple[tuple[HeaderChange, ...], bool]:
    """Compare as multisets; also tell whether the fields that both have are in another order.

    Of fields with the same name and other values, the first inside is taken to have become the first outside.
    """
    if inner == outer:
        return (), False
    pairs = _pair(inner, outer)
    partner = {there: here for here, there in pairs}
    kept = {here for here, _ in pairs}
    changes = [
        HeaderChange("removed", name, value, None, index)
        for index, (name, value) in enumerate(inner)
        if index not in kept
    ]
    for index, (name, value) in enumerate(outer):
        before = inner[partner[index]] if index in partner else None
        if before is None:
            changes.append(HeaderChange("added", name, None, value, index))
        elif before[1] != value:
            changes.append(HeaderChange("changed", name, before[1], value, index))
        elif before[0] != name:
            changes.append(HeaderChange("respelled", name, value, value, index))
    order = [here for here, _ in sorted(pairs, key=lambda pair: pair[1])]
    return tuple(changes), order != sorted(order)


def _pair(inner: HeaderList, outer: HeaderList) -> list[tuple[int, int]]:
    """Pairs of positions inside and outside: equal fields first, then fields of one name in order."""
    pairs: list[tuple[int, int]] = []
    free_in, free_out = list(range(len(inner))), list(range(len(outer)))
    for exact in (True, False):
        waiting: dict[tuple[str, str], list[int]] = {}
        for here in free_in:
            name, value = inner[here]
            waiting.setdefault((name.lower(), value if exact else ""), []).append(here)
        left: list[int] = []
        for there in free_out:
            name, value = outer[there]
            found = waiting.get((name.lower(), value if exact else ""))
            if found:
                pairs.append((found.pop(0), there))
            else:
                left.append(there)
        taken = {here for here, _ in pairs}
        free_in = [here for here in free_in if here not in taken]
        free_out = left
    return pairs


def compare_bodies(
    inner: Sequence[Chunk | Wrote],
    outer: Sequence[Chunk | Wrote],
    inner_body: Body,
    outer_body: Body,
    *,
    over: bool,
) -> BodyChange:
    """Compare what came from inside with what went outside; ``over``: the outer body has ended."""
    before, after = [item for item in inner if item.length], [item for item in outer if item.length]
    kind = _kind(before, after, inner_body, outer_body, over=over)
    buffered = len(before) > 1 and bool(after) and kind != "same" and inner_body.complete
    buffered = buffered and after[0].seq > before[-1].seq
    return BodyChange(
        kind,
        len(inner),
        len(outer),
        inner_body.length,
        outer_body.length,
        buffered=buffered,
        held_back=after[0].at - before[0].at if buffered else 0,
    )


def _kind(
    before: list[Chunk | Wrote], after: list[Chunk | Wrote], inner_body: Body, outer_body: Body, *, over: bool
) -> BodyKind:
    """See :class:`BodyChange`. Identity of items decides where it can, then lengths, then bytes."""
    identical = all(_is(mine, theirs) for mine, theirs in zip(before, after, strict=False))
    kind: BodyKind
    if identical and (len(before) == len(after) or (not over and len(after) < len(before))):
        kind = "same" if after or over else "pending"
    elif not before:
        kind = "made"
    elif not after:
        kind = "dropped" if over else "pending"
    elif inner_body.missing or outer_body.missing:
        kind = "rewritten" if over and inner_body.length != outer_body.length else "unknown"
    elif not over and inner_body.data.startswith(outer_body.data):
        kind = "pending"
    elif inner_body.data != outer_body.data:
        kind = "rewritten"
    elif [item.length for item in before] == [item.length for item in after]:
        kind = "same"
    else:
        kind = "split" if len(after) > len(before) else "joined" if len(after) < len(before) else "resliced"
    return kind


def _is(inner: Chunk | Wrote, outer: Chunk | Wrote) -> bool:
    """True when the item outside is known to be the very item inside."""
    if inner.seq == outer.seq:
        return True
    same = getattr(outer, "same", None)
    return same is not None and same in {inner.seq, getattr(inner, "same", None)}


def rejected(started: Sequence[StartResponse], passes: Mapping[int, Pass]) -> frozenset[int]:
    """Which calls of ``start_response`` raised instead of being taken, by seq."""
    found = set()
    for event in started:
        boundary = event.through[-1] if event.through else event.span
        outer = passes[boundary].parent if boundary in passes else None
        if outer is None:
            continue
        refusals = (one.seq for one in passes[outer].of(Raised) if one.during == "start_response")
        refusal = next((seq for seq in refusals if seq > event.seq), None)
        later = next((one.seq for one in passes[boundary].started if one.seq > event.seq), None)
        if refusal is not None and (later is None or refusal < later):
            found.add(event.seq)
    return frozenset(found)


def _handed_on(inner: Span, outer: Span) -> BodyChange | None:
    """The comparison where the very same items came out, none of them empty; None where they differ."""
    items = outer.items
    if len(items) != len(inner.items) or not all(
        mine is theirs and mine.length > 0 for mine, theirs in zip(items, inner.items, strict=True)
    ):
        return None
    length = sum(item.length for item in items)
    return BodyChange("same", len(items), len(items), length, length)


def compare_responses(span: Span) -> ResponseChanges:
    """What the layer of ``span`` changed in the response of the pass inside it."""
    inner = span.inner
    if span.framework or span.id in span.trace.framework.last:
        return _in_framework(span, inner)
    if inner is None:
        return ResponseChanges()
    status: tuple[str, str | None] | None = None
    headers: tuple[HeaderChange, ...] = ()
    reordered = False
    if span.answer is not None and span.answer is inner.answer:
        pass  # one and the same call of start_response
    elif span.status is not None:
        given, fields = answer_given(span)
        headers, reordered = compare_headers(inner.headers, fields)
        if inner.status is not None and inner.status != given:
            status = (inner.status, given)
    elif inner.status is not None and span.over:
        status = (inner.status, None)
    body = None
    if span.id and (inner.items or span.items):
        body = _handed_on(inner, span)
        if body is None:
            over = span.flow.ended or span.over
            items, outer = body_given(span, inner)
            body = compare_bodies(inner.items, items, inner.body, outer, over=over)
    return ResponseChanges(inner.id, status, headers, reordered, body)


def _in_framework(span: Span, inner: Span | None) -> ResponseChanges:
    """The same for a framework's layer, and for the application that they are in.

    The framework's response has no body that could be compared.
    """
    doings = span.trace.framework
    steps = [(step.before, step.after) for step in doings.steps.get(span.id, ()) if step.before is not None]
    if not span.framework and span.status is not None:
        steps.append((doings.last[span.id], (span.status, span.headers)))
    statuses = [status for before, after in steps if before[0] != after[0] for status in (before[0], after[0])]
    headers: list[HeaderChange] = []
    reordered = False
    for before, after in steps:
        changed, moved = compare_headers(before[1], after[1])
        headers += changed
        reordered = reordered or moved
    return ResponseChanges(
        None if inner is None else inner.id,
        (statuses[0], statuses[-1]) if statuses else None,
        tuple(headers),
        reordered,
    )
