"""A body as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.cli.units import amount
from wsgitrace.safetext import safe, safe_lines
from wsgitrace.trace.body import preview
from wsgitrace.trace.decoding import decode_text
from wsgitrace.trace.hexdump import hexdump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Body, HeaderList
    from wsgitrace.trace.body import Preview
    from wsgitrace.trace.forms import Part

__all__ = ["body_lines", "body_title"]


def body_title(body: Body, headers: HeaderList) -> str:
    """``1.4k of body, json; gzip: 412 bytes, decoded 1,432``; empty where there is no body. Safe to show."""
    if not body.length and body.complete:
        return ""
    if not body.length:
        return safe(f"no body: {body.why}")
    if not body.data:
        return safe(f"{amount(body.length)} of body: {body.why}")
    shown = preview(body, headers)
    return safe("; ".join([f"{amount(body.length)} of body, {shown.kind}", *shown.notes]))


def body_lines(body: Body, headers: HeaderList, detail: Detail) -> Iterator[str]:
    """What is recorded of it, decoded and laid out, secrets of forms and JSON masked; safe to show."""
    shown = preview(body, headers)
    for line in _lines(shown, detail.masker):
        yield detail.fit(line, 4)


def _lines(shown: Preview, masker: Masker) -> Iterator[str]:
    if shown.packed and not masker.reveals:
        yield "not shown, for nobody can tell whether there are secrets in it; --reveal shows the bytes"
    elif shown.kind in {"json", "text"}:
        hide = masker.json if shown.kind == "json" else masker.markup
        yield from safe_lines(hide(shown.text))
    elif shown.kind == "form":
        for field in shown.fields:
            yield f"{field.name} = {masker.value(field.name, field.value)}"
    elif shown.kind == "multipart":
        for part in shown.parts:
            yield _part(part, masker)
    elif shown.image is not None:
        pixels = f", {shown.image.width} x {shown.image.height} pixels" if shown.image.width is not None else ""
        yield f"{shown.image.type}{pixels}"
    else:
        yield from map(str, hexdump(shown.data))


def _part(part: Part, masker: Masker) -> str:
    """One line of a multipart body: a field with its value, a file with its type and size."""
    if part.filename is not None:
        return f"{part.name}: file {part.filename!r}, {part.content_type or 'no type'}, {amount(len(part.data))}"
    data = masker.body(part.data, part.content_type or "text/plain")
    value = decode_text(data, "")[0]
    return f"{part.name} = {masker.value(part.name, value)}"
