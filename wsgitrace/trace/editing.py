"""Which edits of a held request break a rule, and which rule: pure, for every place where edits are typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.events import (
    BodyEdit,
    EnvironEdit,
    HeadersEdit,
    InputEdit,
    StartResponse,
    StatusEdit,
    from_text,
    to_text,
)
from wsgitrace.trace.head import CONTROL, TOKEN, WIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import Answer, Edit, Text

__all__ = [
    "HOP_BY_HOP",
    "broken_rule",
    "broken_rule_of_answer",
    "broken_rule_of_header",
    "header_added",
    "header_removed",
    "header_set",
    "headers_in_hand",
    "why_not_edit",
]

_STATUS: Final = re.compile(r"[1-9][0-9]{2} [^\x00-\x1f\x7f]*")
_DIGITS: Final = re.compile(r"[0-9]+")

HOP_BY_HOP: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""What an application must not set (PEP 3333, Other HTTP Features)."""


def why_not_edit(edit: Edit, kind: str, no_input: str) -> str:
    """Why an edit cannot be done where a request is held at an event of ``kind``, one sentence; empty when it can.

    ``no_input``: why the request body cannot be replaced, as told where it was held.
    """
    if isinstance(edit, StatusEdit | HeadersEdit) and kind != "start_response":
        what = "the status" if isinstance(edit, StatusEdit) else "header fields"
        return f"Hold at start_response to edit {what}: on:start_response does."
    if isinstance(edit, BodyEdit) and kind not in {"chunk", "returned"}:
        return "No part of the response body is in hand: hold at a chunk, or where a list is returned."
    if isinstance(edit, InputEdit) and no_input:
        return f"The request body cannot be replaced: {no_input}."
    return ""


def headers_in_hand(edits: Sequence[Edit], event: object) -> list[tuple[str, str]]:
    """Header fields of the ``start_response`` that a request is held at, as edited so far; none at another event."""
    given = event.headers if isinstance(event, StartResponse) else ()
    fields = next((edit.headers for edit in reversed(edits) if isinstance(edit, HeadersEdit)), given)
    return [(from_text(name), from_text(value)) for name, value in fields]


def header_set(fields: Sequence[tuple[str, str]], name: str, value: str) -> HeadersEdit:
    """The first field of that name gets another value; one more field where there is none."""
    folded = name.lower()
    at = next((index for index, field in enumerate(fields) if field[0].lower() == folded), len(fields))
    return HeadersEdit((*fields[:at], (name, to_text(value)), *fields[at + 1 :]))


def header_added(fields: Sequence[tuple[str, str]], name: str, value: str) -> HeadersEdit:
    """One more field."""
    return HeadersEdit((*fields, (name, to_text(value))))


def header_removed(fields: Sequence[tuple[str, str]], name: str) -> HeadersEdit:
    """No field of that name."""
    return HeadersEdit(tuple(field for field in fields if field[0].lower() != name.lower()))


def broken_rule(edit: Edit) -> str:
    """The rule that an edit breaks, one sentence with its clause; empty where it breaks none."""
    match edit:
        case EnvironEdit(key=key, value=value):
            return _environ(key, None if value is None else from_text(value))
        case StatusEdit(status=status):
            return _status(status)
        case HeadersEdit(headers=headers):
            return next((why for name, value in headers if (why := broken_rule_of_header(name, value))), "")
    return ""


def broken_rule_of_answer(answer: Answer) -> str:
    """The same for an answer in place of a layer's."""
    headers = (broken_rule_of_header(name, value) for name, value in answer.headers)
    return _status(answer.status) or next((why for why in headers if why), "")


def broken_rule_of_header(name: Text, value: Text) -> str:
    """The rule that a header field breaks."""
    key, text = from_text(name), from_text(value)
    if TOKEN.fullmatch(key) is None:
        return f"{key!r} is no name of a header field: a token (RFC 9110, 5.1)."
    if CONTROL.search(text):
        return f"{key} has a control character, which would end or forge a line (RFC 9110, 5.5; PEP 3333)."
    if WIDE.search(text):
        return f"{key} has characters beyond latin-1 (PEP 3333, Unicode Issues)."
    if key.lower() in HOP_BY_HOP:
        return f"{key} is hop-by-hop: the server's alone (PEP 3333, Other HTTP Features)."
    if key.lower() == "content-length" and _DIGITS.fullmatch(text) is None:
        return "Content-Length is a number in digits (RFC 9110, 8.6)."
    return ""


def _status(status: Text) -> str:
    text = from_text(status)
    if _STATUS.fullmatch(text) is None:
        return 'A status is three digits, a space and a reason, as in "404 Not Found" (PEP 3333, start_response).'
    return "The status has characters beyond latin-1 (PEP 3333, Unicode Issues)." if WIDE.search(text) else ""


def _environ(key: str, value: str | None) -> str:  # noqa: PLR0911 -- one for each rule
    if key.startswith("wsgi."):
        return f"{key} is an object of the server's or a fixed value (PEP 3333, environ Variables)."
    if value is None:
        needed = {"REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"}
        return f"{key} must be there (PEP 3333, environ Variables)." if key in needed else ""
    if not _is_cgi(key):
        return ""
    if WIDE.search(value):
        return f"{key} has characters beyond latin-1 (PEP 3333, Unicode Issues)."
    if key.startswith("HTTP_") and CONTROL.search(value):
        return f"{key} has a control character, which no header field has (RFC 9110, 5.5)."
    if key == "REQUEST_METHOD" and TOKEN.fullmatch(value) is None:
        return "REQUEST_METHOD is a token and never empty (PEP 3333, environ Variables; RFC 9110, 9.1)."
    if key in {"SCRIPT_NAME", "PATH_INFO"} and value and not value.startswith("/"):
        return f"{key} begins with a slash, or is empty (RFC 3875, 4.1.5)."
    if key == "CONTENT_LENGTH" and value and _DIGITS.fullmatch(value) is None:
        return "CONTENT_LENGTH is a number in digits, or empty (PEP 3333, environ Variables)."
    return ""


def _is_cgi(key: str) -> bool:
    """True for the keys that CGI knows: their values are native strings."""
    return key.isupper() and "." not in key
