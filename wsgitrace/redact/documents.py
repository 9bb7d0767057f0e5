"""Secrets in JSON: of whole documents, of parts of them, and of what only nearly is JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.redact.names import Names

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?[0-9][0-9.eE+-]*|[\[\]{},]', re.DOTALL)
_COLON: Final = re.compile(r"\s*:")
_NAMING: Final = frozenset({"name", "key", "field", "header"})
"""Members that tell what the member ``value`` beside them is."""


@dataclass(slots=True)
class _Place:
    """Where in the document we are."""

    secret: bool = False
    """Everything in this object or array is."""
    member: bool = False
    """The value that comes next is."""
    name: str = ""
    """The member it belongs to."""
    named: bool = False
    """A member beside it says that ``value`` is."""


def mask_json(text: str, names: Names, hide: Callable[[str], str], inside: Callable[[str], str], *, quote: bool) -> str:
    """JSON with the strings and numbers of secret members hidden, those in objects and arrays under them, too.

    ``inside`` masks a string that is not a secret as a whole. ``quote``: what stands for a number needs quotation
    marks.
    """
    found: list[str] = []
    done = 0
    places = [_Place()]
    for match in _TOKEN.finditer(text):
        here, piece = places[-1], match[0]
        if piece in "[{":
            places.append(_Place(secret=here.secret or here.member))
            here.member = False
        elif piece in "]}":
            if len(places) > 1:
                places.pop()
        elif piece == ",":
            here.member = False
        elif piece[0] == '"' and _COLON.match(text, match.end()):
            here.name = _plain(piece)
            here.member = names.secret(here.name) or (here.named and here.name.casefold() == "value")
        else:
            masked = _value(piece, here, names, hide, inside, quote=quote)
            if masked != piece:
                found += (text[done : match.start()], masked)
                done = match.end()
    return "".join([*found, text[done:]])


def _value(
    token: str, here: _Place, names: Names, hide: Callable[[str], str], inside: Callable[[str], str], *, quote: bool
) -> str:
    if token[0] != '"':
        if not (here.secret or here.member):
            return token
        return f'"{hide(token)}"' if quote else hide(token)
    content, end = (token[1:-1], '"') if len(token) > 1 and token.endswith('"') else (token[1:], "")
    if here.secret or here.member:
        # A string that was cut off, perhaps within an escape, is closed: none of it shows.
        return f'"{hide(content)}{end or ("" if not quote else chr(34))}'
    if here.name.casefold() in _NAMING and names.secret(_plain(token)):
        here.named = True
    return f'"{inside(content)}{end}'


def _plain(token: str) -> str:
    if "\\" not in token:
        return token.strip('"')
    try:
        return str(json.loads(token))
    except ValueError:
        return token.strip('"')
