"""What the server refused, explained: the rule and where it is written, and the bytes with the fault marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wsgitrace.events import from_text
from wsgitrace.trace.head import CONTROL, TOKEN, WIDE, header_list
from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Raised, Refused
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

CLAUSES: Final[dict[str, str]] = {rule.id: rule.clause for rule in RULES.values()} | {"TLS": "RFC 8446"}
"""Where each rule by which the server refuses something is written."""

_BEFORE: Final = 12
_AFTER: Final = 4
_LINE: Final = re.compile(r".*?\n|.+\Z", re.DOTALL)
_NAMED: Final = re.compile(r"\(rule ([A-Z][0-9A-Z]+)\)\Z")

_SERVER_ERRORS: Final = frozenset(
    f"wsgitrace.server.errors.{name}" for name in ("ApplicationError", "BrokenResponseError")
)
_STATUS: Final = re.compile(r"[2-5][0-9]{2}( [\t -~\x80-\xff]*)?")
_ANNOUNCED: Final[dict[str, Callable[[str, HeaderList], bool]]] = {
    "A09": lambda status, _: not _STATUS.fullmatch(status),
    "A10": lambda status, _: not _STATUS.fullmatch(status),
    "A15": lambda _, headers: any(not TOKEN.fullmatch(name) for name, _ in headers),
    "A16": lambda _, headers: any(CONTROL.search(value) for _, value in headers),
    "A17": lambda _, headers: any(WIDE.search(value) for _, value in headers),
    "A22": lambda _, headers: _has_wrong_length(headers),
}
"""How a fault shows in what a pass announced."""
_HANDED: Final[dict[str, Callable[[Span], bool]]] = {
    "A02": lambda span: span.returned is not None,
    "A04": lambda span: any(item.length < 0 for item in span.items),
    "A05": lambda span: span.status is None,
    "A06": lambda span: span.status is None,
}
"""How it shows in what else a pass handed to its caller."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines around a fault; their ends are part of them."""

    skipped: int
    """Lines before them."""
    lines: tuple[str, ...]
    marked: int
    """Index of the line with the fault."""
    column: int
    """Index of the first character at fault in that line; its length when something is missing at its end."""
    left: int
    """Lines after them."""


def rule_text(rule: str) -> str:
    """A rule with its clause: ``H12 (RFC 9112, 5.1)``."""
    clause = CLAUSES.get(rule)
    return f"{rule} ({clause})" if clause else rule


def broken_rule(raised: Raised) -> str:
    """The rule by which the server's writer refused the response; empty for every other exception."""
    match = _NAMED.search(from_text(raised.message)) if raised.type in _SERVER_ERRORS else None
    return match[1] if match else ""


def _has_wrong_length(headers: HeaderList) -> bool:
    lengths = [value.strip() for name, value in headers if name.lower() == "content-length"]
    return len(lengths) > 1 or any(not (value.isascii() and value.isdecimal()) for value in lengths)


def maker(trace: Trace, raised: Raised) -> Span:
    """The pass that made what the writer refused: the innermost one that handed the fault to its caller.

    A fault that shows on both sides of a layer was passed on by it, not made.
    """
    rule = broken_rule(raised)
    found = trace.root
    while inner := [span for span in found.children if not span.subrequest and not span.hook]:
        faulty = [span for span in inner if _shows(span, rule, raised.seq)]
        if not faulty:
            break
        found = faulty[-1]
    return found if found is not trace.root else trace.span(raised.span)


def _shows(span: Span, rule: str, before: int) -> bool:
    """Whether a fault shows in what a pass handed to its caller before that event."""
    if rule in _HANDED:
        return _HANDED[rule](span)
    tries = [event for event in span.start_responses if event.seq < before]
    fault = _ANNOUNCED.get(rule)
    return bool(tries and fault and fault(from_text(tries[-1].status), header_list(tries[-1].headers)))


def excerpt(refused: Refused, shown: str) -> Excerpt:
    """The lines around the fault, taken from ``shown``: the bytes as latin-1, with secrets masked.

    Masking changes what stands behind the colon of a line and no number of lines; a fault in what was masked is
    marked where that begins.
    """
    raw = refused.raw.decode("latin-1")
    received = _LINE.findall(raw) or [""]
    lines = _LINE.findall(shown) or [""]
    offset = min(refused.offset, len(raw))
    marked = min(raw.count("\n", 0, offset), len(received) - 1, len(lines) - 1)
    column = offset - sum(map(len, received[:marked]))
    same = next(
        (at for at, (one, other) in enumerate(zip(received[marked], lines[marked], strict=False)) if one != other),
        min(len(received[marked]), len(lines[marked])),
    )
    first = max(0, marked - _BEFORE)
    last = marked + _AFTER + 1
    return Excerpt(
        skipped=first,
        lines=tuple(lines[first:last]),
        marked=marked - first,
        column=min(column, same),
        left=max(0, len(lines) - last),
    )
