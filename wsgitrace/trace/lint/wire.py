"""The response as it went over the wire, and requests that never became one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import ResponseHead
from wsgitrace.trace.head import status_code
from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.model import Trace

_NO_CONTENT: Final = 204
_RESET: Final = 205


def check_wire(faults: Faults) -> None:
    """H01 to H22, H28, H29, H31 to H34, H36 and H40."""
    trace = faults.trace
    refused = trace.refused
    if refused is not None and refused.rule in RULES:
        faults.add(refused.rule, 0, refused.seq, f"refused with {refused.status}: {refused.reason}", "client")
    for event in trace.root.record.of(ResponseHead)[:1]:
        for rule, text in (*_framing(trace), *_content(trace)):
            faults.add(rule, 0, event.seq, text)


def _framing(trace: Trace) -> Iterator[tuple[str, str]]:
    """What the head of the response says of its end, and what it has to say besides."""
    names = [name.lower() for name, _ in trace.root.headers]
    sized, coded = names.count("content-length"), "transfer-encoding" in names
    if sized > 1 or (sized and coded):
        yield "H34", "the framing of the response is given twice"
    if names.count("date") != 1:
        yield "H32", f"Date was sent {names.count('date')} times"
    if coded and trace.head is not None and trace.head.version == "HTTP/1.0":
        yield "H33", "Transfer-Encoding was sent to HTTP/1.0"
    if (sized or coded) and status_code(trace.root.status or "") == _NO_CONTENT:
        yield "H29", "a 204 was sent with a length"


def _content(trace: Trace) -> Iterator[tuple[str, str]]:
    """Content where there is to be none."""
    if trace.sent and trace.head is not None and trace.head.method == "HEAD":
        yield "H28", f"HEAD was answered with {trace.sent:,} bytes"
    if trace.sent and status_code(trace.root.status or "") == _RESET:
        yield "H31", f"a 205 was sent with {trace.sent:,} bytes"
