"""What the server refused, explained: the rule and where it is written, and the bytes with the fault marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wsgitrace.events import from_text
from wsgitrace.trace.head import header_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Raised, Refused
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

CLAUSES: Final[dict[str, str]] = {
    "A02": "PEP 3333, The Application/Framework Side",
    "A04": "PEP 3333, Buffering and Streaming",
    "A05": "PEP 3333, The start_response() Callable",
    "A06": "PEP 3333, The start_response() Callable",
    "A08": "PEP 3333, A Note On String Types",
    "A09": "PEP 3333, The start_response() Callable; RFC 9112, 4",
    "A10": "RFC 9110, 15",
    "A13": "PEP 3333, The start_response() Callable",
    "A14": "PEP 3333, A Note On String Types",
    "A15": "RFC 9110, 5.1",
    "A16": "PEP 3333, The start_response() Callable; RFC 9110, 5.5",
    "A17": "PEP 3333, Unicode Issues",
    "A22": "RFC 9110, 8.6",
    "A23": "PEP 3333, Handling the Content-Length Header",
    "A28": "RFC 9110, 5.3",
    "A32": "PEP 3333, The start_response() Callable",
    "A36": "PEP 3333, The write() Callable",
    "A49": "PEP 3333, Input and Error Streams",
    "H01": "RFC 9112, 3",
    "H02": "RFC 9112, 2.2",
    "H03": "RFC 9112, 2.2",
    "H04": "RFC 9112, 2.2",
    "H05": "RFC 9110, 2.5 and 15.6.6",
    "H06": "RFC 9112, 3.2",
    "H07": "RFC 9112, 3",
    "H08": "RFC 9110, 5.4; RFC 6585, 5",
    "H11": "RFC 9112, 3.2; RFC 9110, 7.2",
    "H12": "RFC 9112, 5.1",
    "H13": "RFC 9112, 5.2",
    "H14": "RFC 9112, 2.2",
    "H15": "RFC 9110, 5.5",
    "H17": "RFC 9112, 6.1",
    "H18": "RFC 9112, 6.3",
    "H19": "RFC 9112, 6.3; RFC 9110, 8.6",
    "H20": "RFC 9112, 7.1",
    "H21": "RFC 9112, 7.1.2; RFC 9110, 6.5.1",
    "H22": "RFC 9112, 8",
    "H36": "RFC 9110, 10.1.1",
    "H40": "RFC 9110, 2.3: a limit of this server",
    "S19": "RFC 9110, 5.3",
    "TLS": "RFC 8446",
}
"""Where each rule by which the server refuses something is written."""

_BEFORE: Final = 12
_AFTER: Final = 4
_LINE: Final = re.compile(r".*?\n|.+\Z", re.DOTALL)
_NAMED: Final = re.compile(r"\(rule ([A-Z][0-9A-Z]+)\)\Z")

_SERVER_ERRORS: Final = frozenset(
    f"wsgitrace.server.errors.{name}" for name in ("ApplicationError", "BrokenResponseError")
)
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WIDE: Final = re.compile(r"[^\x00-\xff]")
_STATUS: Final = re.compile(r"[2-5][0-9]{2}( [\t -~\x80-\xff]*)?")
_ANNOUNCED: Final[dict[str, Callable[[str, HeaderList], bool]]] = {
    "A09": lambda status, _: not _STATUS.fullmatch(status),
    "A10": lambda status, _: not _STATUS.fullmatch(status),
    "A15": lambda _, headers: any(not _TOKEN.fullmatch(name) for name, _ in headers),
    "A16": lambda _, headers: any(_CONTROL.search(value) for _, value in headers),
    "A17": lambda _, headers: any(_WIDE.search(value) for _, value in headers),
    "A22": lambda _, headers: any(name.lower() == "content-length" for name, _ in headers),
    "A28": lambda _, headers: any(name.lower() == "date" for name, _ in headers),
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
