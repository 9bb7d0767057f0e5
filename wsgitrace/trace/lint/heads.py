"""Status and header fields, at each call of ``start_response``.

A fault that the layer inside had announced already was passed on, not made: it is reported of that one alone.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.events import StartResponse, from_text
from wsgitrace.trace.editing import HOP_BY_HOP
from wsgitrace.trace.head import CONTROL, TOKEN, WIDE, header_list, status_code
from wsgitrace.trace.lint.faults import shown
from wsgitrace.trace.lint.hooks import who_gave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.rules import Severity
    from wsgitrace.trace.span import Span

Fault: TypeAlias = "tuple[str, str, Severity | None]"
"""A rule, a sentence, and a lesser severity than the rule's, or None."""

_STATUS: Final = re.compile(r"[0-9]{3} (?:[!-~\x80-\uffff]|[!-~\x80-\uffff].*[!-~\x80-\uffff])", re.DOTALL)
_NO_REASON: Final = re.compile(r"[0-9]{3} ?")
_DIGITS: Final = re.compile(r"[0-9]+")
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~\x80-\xff]*"')
_UNQUOTED: Final = re.compile(r"[!#-+\--.0-~]+")
_HOP_BY_HOP: Final = HOP_BY_HOP | {"proxy-connection", "trailer"}
_ONCE: Final = frozenset({"content-type", "location", "etag", "date", "last-modified", "content-range", "age"})
_OF_CONTENT: Final = frozenset({"content-encoding", "content-language", "content-range", "content-md5", "allow"})

NO_CONTENT: Final = 204
NOT_MODIFIED: Final = 304
BODILESS: Final = frozenset({NO_CONTENT, NOT_MODIFIED})


def check_heads(faults: Faults) -> None:
    """A08 to A11, A15 to A20, A22, A24, A25 and A27 to A29."""
    for span in faults.layers:
        for event in span.record.of(StartResponse):
            if event.malformed:
                continue  # a rendering; what is wrong with it is an event of its own
            found = faults_of(event)
            if not found:
                continue
            passed_on = {fault for inner in _inner(span, event.seq) for fault in faults_of(inner)}
            for fault in found:
                if fault not in passed_on:
                    rule, text, severity = fault
                    faults.add(rule, _giver(faults, span, event, fault), event.seq, text, severity)


def _giver(faults: Faults, span: Span, event: StartResponse, fault: Fault) -> int:
    """The pass at fault: of a field that one of a framework's layers gave, that one."""
    for name, value in header_list(event.headers):
        if fault in _field(name, value) or fault[1].startswith(f"{name} is given "):
            return who_gave(faults, span, name)
    return span.id


def _inner(span: Span, before: int) -> Iterator[StartResponse]:
    for child in span.children:
        yield from (event for event in child.record.started if event.seq < before and not event.malformed)


def faults_of(event: StartResponse) -> list[Fault]:
    """What is wrong with one status and its fields."""
    status, headers = from_text(event.status), header_list(event.headers)
    found = list(_status(status))
    for name, value in headers:
        found += _field(name, value)
    found += _together(headers)
    code = status_code(status)
    if code in BODILESS:
        found += _without_content(code, headers)
    return found


@lru_cache(256)
def _status(status: str) -> tuple[Fault, ...]:
    found: list[Fault] = []
    if CONTROL.search(status):
        found.append(("A11", f"the status has a control character: {shown(status)}", None))
    if WIDE.search(status):
        found.append(("A08", f"the status has a character beyond U+00FF: {shown(status)}", None))
    code = status_code(status)
    if code is None or (not _STATUS.fullmatch(status) and not found):
        lesser: Severity | None = "should" if _NO_REASON.fullmatch(status) else None
        found.append(("A09", f"the status is {shown(status)}", lesser))
    elif not 200 <= code <= 599:  # noqa: PLR2004 -- RFC 9110, 15
        found.append(("A10", f"the status is {shown(status)}", None))
    return tuple(found)


@lru_cache(1024)
def _field(name: str, value: str) -> tuple[Fault, ...]:
    """What is wrong with one field, whatever others there are."""
    found: list[Fault] = []
    lower = name.lower()
    if WIDE.search(name) or WIDE.search(value):
        found.append(("A17", f"{shown(name)} has a character beyond U+00FF", None))
    elif not TOKEN.fullmatch(name):
        found.append(("A15", f"a field is called {shown(name)}", None))
    if CONTROL.search(value):
        found.append(("A16", f"the value of {name} has a control character", None))
    elif value != value.strip(" \t") and not (lower == "set-cookie" and value[1:] == value.strip(" \t")):
        # Django has written a blank before each cookie for as long as it exists, and it is stripped by everybody.
        found.append(("A18", f"the value of {name} has space around it", None))
    if lower == "status":
        found.append(("A19", f"there is a field Status: {shown(value)}", None))
    elif lower in _HOP_BY_HOP:
        found.append(("A20", f"there is a field {name}: {shown(value)}", None))
    elif lower == "content-length" and not _DIGITS.fullmatch(value.strip(" \t")):
        found.append(("A22", f"Content-Length is {shown(value)}", None))
    elif lower == "etag" and not _ETAG.fullmatch(value.strip(" \t")):
        # Clients send back what they got, so that one without quotes works, as Bottle's do.
        lesser: Severity | None = "should" if _UNQUOTED.fullmatch(value) else None
        found.append(("A29", f"ETag is {shown(value)}", lesser))
    return tuple(found)


def _together(headers: HeaderList) -> Iterator[Fault]:
    """Fields that are there more often than they may be."""
    names = [name.lower() for name, _ in headers]
    if len(set(names)) == len(names):
        return
    for name, times in Counter(names).items():
        if times > 1 and (name in _ONCE or name == "content-length"):
            values = ", ".join(shown(value) for field, value in headers if field.lower() == name)
            spelled = next(field for field, _ in headers if field.lower() == name)
            rule = "A22" if name == "content-length" else "A28"
            yield rule, f"{spelled} is given {times} times: {values}", None


def _without_content(code: int | None, headers: HeaderList) -> Iterator[Fault]:
    """Fields that say something of content where there is none."""
    for name, value in headers:
        lower = name.lower()
        if lower == "content-type":
            yield "A27", f"a {code} has {name}: {shown(value)}", None
        elif lower == "content-length":
            # Many frameworks count the bytes of what is not there; a server leaves it out.
            lesser: Severity | None = "hygiene" if value.strip(" \t") == "0" else None
            yield ("A24" if code == NO_CONTENT else "A25"), f"a {code} has {name}: {shown(value)}", lesser
        elif lower in _OF_CONTENT and code == NOT_MODIFIED:
            yield "A25", f"a {code} has {name}: {shown(value)}", None
