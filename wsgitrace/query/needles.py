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

# Some characters fold to ASCII letters though they are none ("ß" to "ss"). These are the bytes that their encodings
# begin with, and those that follow: where one stands behind the other, such a character may be, and is looked for.
_EXPANDING: Final = bytes(
    ord("(") if byte in b"\xc3\xc4\xc5\xc7\xe1\xe2\xef" else ord(")") if byte in b"\x9f\xb0\x89\xbf\xba\x84\xac" else 0
    for byte in range(256)
)

_EXPANDS: Final = re.compile(rb"\xc3\x9f|\xc4\xb0|\xc5[\x89\xbf]|\xc7\xb0|\xe1\xba|\xe2\x84\xaa|\xef\xac")

_BESIDE: Final = frozenset({"body", "req.body", "resp.body", "log"})
"""Fields whose facts are not all in the events."""

_HEAD_END: Final = b"\r\n\r\n"


def needles(node: Node) -> tuple[bytes, ...]:
    """What must be in the events, in lower case, of an exchange that matches; for :func:`may_match`."""
    return tuple(dict.fromkeys(text.encode() for text in _certain(node) if text and text.isascii()))


def may_match(events: bytes, wanted: tuple[bytes, ...]) -> bool:
    """False only when the encoded events of an exchange cannot match what wants these bytes."""
    lowered = events.lower()
    if all(needle in lowered for needle in wanted):
        return True
    if b"()" in events.translate(_EXPANDING) and _EXPANDS.search(events):
        return True
    # In a head as received, latin-1, "ß" is one byte.
    return b"\xdf" in events[: events.find(_HEAD_END)]


def _certain(node: Node) -> Iterator[str]:
    match node:
        case And(items=items):
            for item in items:
                yield from _certain(item)
        case Test(field=field, match=match) if field.known == "recording" and field.name not in _BESIDE:
            yield from _of(match)


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
