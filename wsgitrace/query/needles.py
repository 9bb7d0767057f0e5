"""Bytes that the encoded events of every match contain: most recordings need not be decoded to be left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.query.matching import Contains, Equals, Matches, Pair, PairLine
from wsgitrace.query.tree import And, Node, Test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.query.matching import AnyOf, Match

_SEPARATORS: Final = re.compile(r"[:=;\s]+")

# Some characters fold to ASCII letters though they are none ("ß" to "ss"). These are their encodings, or how those
# begin.
_EXPANDING: Final = (
    b"\xc3\x9f", b"\xc4\xb0", b"\xc5\x89", b"\xc5\xbf", b"\xc7\xb0", b"\xe1\xba", b"\xe2\x84\xaa", b"\xef\xac",
)  # fmt: skip

_LEAD: Final = 0x80
_TRAIL: Final = 0x81
_MARK: Final = bytes((_LEAD, _TRAIL))


def _folded(byte: int) -> int:
    if any(byte == each[0] for each in _EXPANDING):
        return _LEAD
    if any(byte == each[1] for each in _EXPANDING):
        return _TRAIL
    return bytes((byte,)).lower()[0] if byte < _LEAD else 0xFF


_FOLD: Final = bytes(map(_folded, range(256)))
"""Lower case, and the first two bytes of such characters marked: one pass over the bytes shows both."""

_BESIDE: Final = frozenset({"body", "req.body", "resp.body", "log"})
"""Fields whose facts are not all in the events."""

_HEAD_END: Final = b"\r\n\r\n"


def needles(node: Node) -> tuple[bytes, ...]:
    """What must be in the events, in lower case, of an exchange that matches; for :func:`may_match`."""
    return tuple(dict.fromkeys(text.encode() for text in _certain(node) if text and text.isascii()))


def needles_in(events: bytes, wanted: tuple[bytes, ...]) -> frozenset[bytes]:
    """Those of the needles that may be in encoded events, be they of one exchange or of many."""
    folded = events.translate(_FOLD)
    at = folded.find(_MARK)
    while at >= 0:
        if events.startswith(_EXPANDING, at):
            return frozenset(wanted)
        at = folded.find(_MARK, at + len(_MARK))
    return frozenset(needle for needle in wanted if needle in folded)


def has_sharp_s(events: bytes) -> bool:
    """Whether there is an "ß" in the head as received of the encoded events of one exchange: latin-1, one byte."""
    return b"\xdf" in events[: events.find(_HEAD_END)]


def may_match(events: bytes, wanted: tuple[bytes, ...]) -> bool:
    """False only when the encoded events of an exchange cannot match what wants these bytes."""
    return needles_in(events, wanted).issuperset(wanted) or has_sharp_s(events)


def _certain(node: Node) -> Iterator[str]:
    match node:
        case And(items=items):
            for item in items:
                yield from _certain(item)
        case Test(field=field, match=match) if field.known == "recording" and field.name not in _BESIDE:
            found = _of(match)
            # A statement has line breaks where a filter has spaces.
            yield from (max(text.split(), key=len, default="") for text in found) if field.name == "sql" else found


def _of(match: Match | AnyOf) -> Iterator[str]:
    match match:
        case Contains(text=text) | Equals(text=text):
            yield text
        case Matches(needle=needle):
            yield needle
        case Pair(name=name, value=value):
            yield from _of(name)
            if value is not None:
                yield from _of(value)
        case PairLine(line=line):
            # Between name and value there may be less on the wire than in the line that is searched.
            yield max(_SEPARATORS.split(line.needle), key=len)
