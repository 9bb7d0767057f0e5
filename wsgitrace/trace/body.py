"""What to show of a body: its kind by Content-Type or, where that does not help, by its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from wsgitrace.trace.decoding import decode_content, decode_text, looks_like_text
from wsgitrace.trace.forms import Field, Part, form_fields, media_type, multipart_parts
from wsgitrace.trace.head import header
from wsgitrace.trace.images import Image, read_image

if TYPE_CHECKING:
    from wsgitrace.trace.assembly import Body
    from wsgitrace.trace.head import HeaderList

Kind: TypeAlias = Literal["empty", "json", "form", "multipart", "text", "image", "binary"]

PREVIEW_LIMIT = 2**20
"""Bytes of a decoded body that a preview looks at."""

LAYOUT_LIMIT = 16 * 2**20
"""Characters that laying out JSON may make."""

_TEXTUAL = re.compile(
    r"text/.*|.*\+xml|application/(xml|javascript|x-javascript|ecmascript|x-ndjson|jsonl|graphql|yaml|x-yaml|toml|sql"
    r"|x-sh|rtf|csv|x-www-form-urlencoded)"
)
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Preview:
    """A body as it is shown. Raw strings: safety and masking come later."""

    kind: Kind
    """How to show it."""
    content_type: str
    """Main value of its Content-Type, in lower case; empty where it has none."""
    data: bytes
    """The bytes shown, content codings undone: what a hexdump shows."""
    text: str = ""
    """For ``json`` (laid out) and ``text``."""
    charset: str = ""
    """The character set that ``text`` was read in."""
    fields: tuple[Field, ...] = ()
    """For ``form``."""
    parts: tuple[Part, ...] = ()
    """For ``multipart``."""
    image: Image | None = None
    """For ``image``."""
    packed: bool = False
    """True when a content coding is left in ``data`` that is not undone, so that secrets in it cannot be masked."""
    notes: tuple[str, ...] = ()
    """What is to be said about it: codings undone, what is missing, what could not be read. Sentences without stops."""


def preview(body: Body, headers: HeaderList, *, limit: int = PREVIEW_LIMIT) -> Preview:
    """A preview of ``body`` with the header fields that came with it. It takes any bytes under any fields."""
    content_type, parameters = media_type(header(headers, "content-type") or "")
    notes = [body.why] if body.why else []
    decoded = decode_content(body.data, header(headers, "content-encoding") or "", limit)
    data = decoded.data
    if decoded.codings:
        notes.append(f"{', '.join(decoded.codings)}: {len(body.data):,} bytes, decoded {len(data):,}")
    if decoded.note:
        notes.append(decoded.note)
    elif decoded.cut:
        notes.append(f"the first {limit:,} of {len(body.data):,} bytes")
    kind = kind_of(data, content_type)
    if kind in {"empty", "binary"}:
        return Preview(kind, content_type, data, packed=decoded.packed, notes=tuple(notes))
    if kind == "image":
        return Preview(kind, content_type, data, image=read_image(data), packed=decoded.packed, notes=tuple(notes))
    if kind == "form":
        fields, whole = form_fields(data, parameters.get("charset", ""))
        notes += [] if whole else [f"the first {len(fields):,} fields"]
        return Preview(kind, content_type, data, fields=fields, packed=decoded.packed, notes=tuple(notes))
    if kind == "multipart":
        parts, whole = multipart_parts(data, parameters.get("boundary", ""))
        notes += [] if whole else ["the multipart body does not end as it should"]
        return Preview(kind, content_type, data, parts=parts, packed=decoded.packed, notes=tuple(notes))
    text, charset, note = decode_text(data, parameters.get("charset", ""))
    notes += [note] if note else []
    if kind == "json":
        text, note = lay_out(text)
        notes += [note] if note else []
    return Preview(kind, content_type, data, text, charset, packed=decoded.packed, notes=tuple(notes))


def kind_of(data: bytes, content_type: str) -> Kind:
    """How to show ``data``. An image is one only when its bytes say so."""
    kind: Kind = "binary"
    if not data:
        kind = "empty"
    elif read_image(data) is not None:
        kind = "image"
    elif content_type == "application/json" or content_type.endswith("+json") or content_type == "text/json":
        kind = "json"
    elif content_type == "application/x-www-form-urlencoded":
        kind = "form"
    elif content_type.startswith("multipart/"):
        kind = "multipart"
    elif _TEXTUAL.fullmatch(content_type):
        kind = "text"
    elif looks_like_text(data):
        kind = (
            "json" if data.lstrip()[:1] in {b"{", b"["} and not lay_out(data.decode("utf-8", "replace"))[1] else "text"
        )
    return kind


def lay_out(text: str) -> tuple[str, str]:
    """JSON indented by two, numbers and strings as they were written; with a note, and as it came, where it is not."""
    if _laid_out_length(text) > LAYOUT_LIMIT:
        return text, "nested too deeply to be laid out"
    try:
        return msgspec.json.format(text, indent=2), ""
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError) as error:
        return text, f"not valid JSON: {error}".replace("\n", " ")


def _laid_out_length(text: str) -> int:
    """At most so many characters come of indenting: what is nested deeply grows with its depth on every line."""
    bare = _JSON_STRING.sub("", text)
    depth = deepest = 0
    for mark in re.findall(r"[\[\]{}]", bare):
        depth += 1 if mark in "[{" else -1
        deepest = max(deepest, depth)
    lines = sum(bare.count(mark) for mark in ",[]{}") + 1
    return len(text) + lines * (2 * deepest + 2)
