"""Edits made to a copy of a request: pure, for the command line and for programs that drive a recording."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wsgitrace.replay.checking import line_break
from wsgitrace.replay.draft import draft_of, field_name, target_of, with_media_type
from wsgitrace.replay.edits import EditError
from wsgitrace.replay.form_fields import (
    MULTIPART,
    URLENCODED,
    FormPart,
    new_boundary,
    new_part,
    parts_of,
    with_field,
    written_parts,
)
from wsgitrace.replay.json_places import JsonError, PathError, json_added, json_removed, json_set
from wsgitrace.replay.rebuilding import ReplayRefused
from wsgitrace.trace.forms import media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.events import Replay
    from wsgitrace.replay.draft import Draft
    from wsgitrace.replay.edits import RequestEdit
    from wsgitrace.trace import Trace

__all__ = ["edited"]


def edited(trace: Trace, command: Replay, edits: Sequence[RequestEdit]) -> Draft:
    """The request with all edits made to it. Raises :class:`ReplayRefused` where one cannot be made."""
    draft = draft_of(trace, command)
    for edit in edits:
        before = draft
        try:
            draft = _MADE[edit.what](draft, edit)
        except EditError as problem:
            # Without its value, which may be a secret: this is told in reports.
            said = edit.text.partition("=")[0]
            raise ReplayRefused(f"{said!r} cannot be done: {problem.message.rstrip('.')}") from None
        if edit.action == "remove" and replace(draft, meant=before.meant) == before:
            draft = replace(draft, idle=(*draft.idle, edit.text))
    if why := line_break(draft):
        raise ReplayRefused(why.rstrip("."))
    return draft


def _with_method(draft: Draft, edit: RequestEdit) -> Draft:
    return replace(draft, method=_latin(edit))


def _with_version(draft: Draft, edit: RequestEdit) -> Draft:
    return replace(draft, version=_latin(edit))


def _with_peer(draft: Draft, edit: RequestEdit) -> Draft:
    return replace(draft, peer=_latin(edit))


def _with_scheme(draft: Draft, edit: RequestEdit) -> Draft:
    return replace(draft, scheme=_latin(edit))


def _with_target(draft: Draft, edit: RequestEdit) -> Draft:
    return replace(draft, target=target_of(_latin(edit)))


def _with_path(draft: Draft, edit: RequestEdit) -> Draft:
    query = draft.target.partition("?")[1:]
    return replace(draft, target="".join([target_of(_latin(edit).replace("?", "%3F")), *query]))


def _latin(edit: RequestEdit) -> str:
    """The value as a head has it: each byte a character."""
    return edit.value.decode("latin-1")


def _text(edit: RequestEdit) -> str | None:
    return None if edit.action == "remove" else edit.value.decode("utf-8", "surrogateescape")


def _with_query(draft: Draft, edit: RequestEdit) -> Draft:
    path, _, query = draft.target.partition("?")
    query = with_field(query, edit.name, _text(edit), add=edit.action == "add", query=True)
    return replace(draft, target=f"{path}?{query}" if query else path)


def _with_header(draft: Draft, edit: RequestEdit) -> Draft:
    draft = replace(draft, meant=draft.meant | {edit.name.lower()})
    return _with_line(draft, edit.name, None if edit.action == "remove" else _latin(edit), add=edit.action == "add")


def _with_line(draft: Draft, name: str, value: str | None, *, add: bool = False) -> Draft:
    """The first field by a name has another value, and the others go; none has where it is None."""
    fields, folded = draft.fields, name.lower()
    at = next((index for index, line in enumerate(fields) if field_name(line) == folded), len(fields))
    at = len(fields) if add else at
    # An existing field keeps its spelling: some applications look at it, and it is not what was to be changed.
    spelled = fields[at].partition(":")[0] if at < len(fields) else name
    new = () if value is None else (f"{spelled}: {value}",)
    rest = (line for line in fields[at:] if field_name(line) != folded)
    return replace(draft, fields=(*fields[:at], *new, *rest))


def _with_cookie(draft: Draft, edit: RequestEdit) -> Draft:
    found = [pair.strip() for line in draft.values("cookie") for pair in line.split(";") if pair.strip()]
    names = [pair.partition("=")[0] for pair in found]
    name = edit.name.encode("utf-8", "surrogateescape").decode("latin-1")
    if edit.action == "remove" and name not in names:
        return draft
    at = names.index(name) if name in names and edit.action != "add" else len(found)
    new = [] if edit.action == "remove" else [f"{name}={_latin(edit)}"]
    kept = [pair for pair in found[at:] if pair.partition("=")[0] != name]
    pairs = [*found[:at], *new, *kept]
    return _with_line(draft, "Cookie", "; ".join(pairs) if pairs else None)


def _with_body(draft: Draft, edit: RequestEdit) -> Draft:
    draft = replace(draft, body=edit.value)
    if edit.action == "remove":
        return with_media_type(draft, "")
    if edit.filename is not None and not draft.content_type:
        return with_media_type(draft, mimetypes.guess_type(edit.filename)[0] or "application/octet-stream")
    return draft


def _with_json(draft: Draft, edit: RequestEdit) -> Draft:
    text = draft.body.decode("utf-8", "surrogateescape")
    value = edit.value.decode("utf-8", "surrogateescape")
    if not text.strip():
        text = "{}" if edit.path and isinstance(edit.path[0], str) else "null"
    try:
        if edit.action == "remove":
            text = json_removed(text, edit.path)
        else:
            text = (json_added if edit.action == "add" else json_set)(text, edit.path, value)
    except PathError as problem:
        at = edit.steps[problem.step] if problem.step < len(edit.steps) else edit.text.index("$")
        end = edit.steps[problem.step + 1] if problem.step + 1 < len(edit.steps) else at + 1
        raise EditError(f"{problem}.", at, end - at) from None
    except JsonError as problem:
        raise EditError(f"The body is no JSON: {problem}.", 0, len("body")) from None
    draft = replace(draft, body=text.encode("utf-8", "surrogateescape"))
    kind = media_type(draft.content_type)[0]
    return draft if kind.endswith("json") else with_media_type(draft, "application/json")


def _with_form(draft: Draft, edit: RequestEdit) -> Draft:
    kind, parameters = media_type(draft.content_type)
    if kind == MULTIPART or (not draft.body and edit.filename is not None):
        return _with_part(draft, edit, parameters.get("boundary", "") if kind == MULTIPART else "")
    if draft.body and kind not in {URLENCODED, ""}:
        raise EditError(f"The body is {kind}, no form: write body:$.PATH=JSON or body=TEXT.", 0, len("form"))
    if edit.filename is not None:
        raise EditError("An urlencoded form has no files: multipart/form-data has.", edit.text.index("@"))
    body = with_field(draft.body.decode("latin-1"), edit.name, _text(edit), add=edit.action == "add")
    if edit.action == "remove" and not draft.body:
        return draft
    draft = replace(draft, body=body.encode("latin-1"))
    return draft if kind == URLENCODED else with_media_type(draft, URLENCODED)


def _with_part(draft: Draft, edit: RequestEdit, boundary: str) -> Draft:
    """A part of a multipart form: set, added, removed."""
    parts: list[FormPart] | None = parts_of(draft.body, boundary) if draft.body else []
    if parts is None:
        raise EditError("The body is not the multipart form that its Content-Type says.", 0, len("form"))
    names = [part.name for part in parts]
    at = names.index(edit.name) if edit.name in names and edit.action != "add" else len(parts)
    new: list[FormPart] = []
    if edit.action != "remove":
        old = parts[at] if at < len(parts) else new_part(edit.name, b"")
        new = [old.with_data(edit.value, edit.filename)]
    found = [*parts[:at], *new, *(part for part in parts[at:] if part.name != edit.name)]
    fresh = boundary or new_boundary(found)
    draft = replace(draft, body=written_parts(found, fresh))
    return draft if boundary else with_media_type(draft, f"{MULTIPART}; boundary={fresh}")


_MADE: Final[dict[str, Callable[[Draft, RequestEdit], Draft]]] = {
    "method": _with_method,
    "version": _with_version,
    "peer": _with_peer,
    "scheme": _with_scheme,
    "target": _with_target,
    "path": _with_path,
    "query": _with_query,
    "header": _with_header,
    "cookie": _with_cookie,
    "form": _with_form,
    "json": _with_json,
    "body": _with_body,
}
"""How each edit is made, by what it is about."""
