"""What the user edited while an exchange was held: it went on in place of what a layer gave, and no layer did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.events import Chunk, Edited, RawBytes, Returned, StartResponse, Surrogates, from_text
from wsgitrace.trace.assembly import Flow, response_body
from wsgitrace.trace.describe import show_value
from wsgitrace.trace.head import HeaderList, header_list

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.events import Event, Wrote
    from wsgitrace.trace.assembly import Body
    from wsgitrace.trace.build import Pass, Recording
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span


def answer_as_edited(recording: Recording, answer: StartResponse) -> tuple[str, HeaderList]:
    """Status and header fields with which a call of ``start_response`` went on."""
    status, headers = from_text(answer.status), header_list(answer.headers)
    if Edited not in recording.kinds:
        return status, headers
    caller = recording.passes[answer.span]
    again = next((event.seq for event in caller.of(StartResponse) if event.seq > answer.seq), None)
    for edit in caller.of(Edited):
        if edit.seq < answer.seq or (again is not None and edit.seq > again):
            continue
        if edit.what == "status" and isinstance(edit.after, str | Surrogates):
            status = from_text(edit.after)
        elif edit.what == "header" and (edit.headers or edit.after is None):
            # A Content-Length that was mended for a body comes without the others: the server changes it on its way.
            headers = header_list(edit.headers)
    return status, headers


def chunks_as_edited(owner: Pass) -> Sequence[Chunk]:
    """Items of an iterable as they went on."""
    chunks = owner.of(Chunk)
    edits = [(edit.seq, edit.after) for edit in owner.of(Edited) if edit.what == "body"]
    if not edits or not chunks:
        return chunks
    if any(event.length is not None for event in owner.of(Returned)):
        # All items of a list were edited as one.
        return [_replaced(chunks[0], edits[-1][1])]
    found = list(chunks)
    for seq, after in edits:
        index = max((place for place, chunk in enumerate(found) if chunk.seq < seq), default=0)
        found[index] = _replaced(found[index], after)
    return found


def _replaced(chunk: Chunk, after: object) -> Chunk:
    if not isinstance(after, RawBytes):
        return chunk
    return structs.replace(chunk, length=after.length, data=after.data, same=None)


def edits_of(span: Span) -> tuple[Edited, ...]:
    """What the user edited in a pass, as it happened."""
    return tuple(span.record.of(Edited)) if Edited in span.trace.recording.kinds else ()


def is_skipped(span: Span) -> bool:
    """Whether the layer was not run: what it calls was called in its place."""
    return any(edit.what == "layer" for edit in edits_of(span))


def masked_edit(edit: Edited, mask: Callable[[str, str], str]) -> Edited:
    """The same as it may be shown; ``mask`` has the value of a name masked where it is a secret."""
    if edit.what not in {"environ", "header"}:
        return edit
    before, after = (
        None if value is None else mask(edit.name, show_value(value)) for value in (edit.before, edit.after)
    )
    return structs.replace(edit, before=before, after=after)


def answered_by_user(owner: Pass) -> bool:
    """Whether the user answered in the place of a layer."""
    return any(edit.what == "answer" for edit in owner.of(Edited))


def of_user(trace: Trace, event: Event) -> bool:
    """Whether an event is what the user answered with, and none of the layer's."""
    span = trace.by_id.get(event.span)
    return isinstance(event, StartResponse | Returned | Chunk) and span is not None and span.replaced


def answer_given(span: Span) -> tuple[str | None, HeaderList]:
    """Status and header fields as the layer gave them, edited or not."""
    if span.answer is None or Edited not in span.trace.recording.kinds:
        return span.status, span.headers
    return from_text(span.answer.status), header_list(span.answer.headers)


def body_given(span: Span, inner: Span) -> tuple[tuple[Chunk | Wrote, ...], Body]:
    """Items, and the body, as the layer gave them; what it handed on of ``inner`` as that gave it, edits included."""
    owner = span.owner
    edited = any(edit.what == "body" for edit in owner.record.of(Edited))
    if not edited or owner is inner.owner or span.writes:
        return span.items, span.body
    items = tuple(owner.record.of(Chunk))
    flow = Flow(items, span.flow.ended, span.flow.why)
    return items, response_body(span.trace.recording, flow, span.trace.carriers)
