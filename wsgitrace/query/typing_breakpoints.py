"""Breakpoints while they are typed: what may come next, and filters that have a name."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wsgitrace.query.completion import Completion, complete
from wsgitrace.query.errors import FilterError
from wsgitrace.query.fields import FIELDS, NAMES, Field, Word, nearest
from wsgitrace.query.glyphs import QUOTES
from wsgitrace.query.moments import KINDS, REQUEST, RESPONSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["BREAKPOINT_FIELDS", "complete_breakpoint", "with_names"]

_OWN: Final = (
    Field("layer", "layer", "where to hold: a layer", "finding"),
    Field("on", "word", "at which events", words=tuple(Word(kind, text) for kind, text in KINDS.items())),
    Field("changed", "changed", "the layer that adds, changes or removes it: vary, status", "finding"),
    Field("adds", "changed", "the layer that adds it", "finding"),
    Field("removes", "changed", "the layer that removes it", "finding"),
    Field("exc", "text", NAMES["exc"].help, NAMES["exc"].known, NAMES["exc"].column),
    NAMES["lint"],
    Field("once", "word", "hold one request and be off then", words=(Word("yes", "one"), Word("no", "all"))),
    Field("after", "count", "let so many pass first, as in after:3"),
)
"""The words that are a breakpoint's own."""

BREAKPOINT_FIELDS: Final = (*_OWN, *(field for field in FIELDS if field.name in REQUEST | RESPONSE))
"""All that a breakpoint may say."""

_NAME: Final = re.compile(r"(?<![^\s(-])@([A-Za-z][\w-]*)(?=[\s()]|$)")
_DEEPEST: Final = 10


def complete_breakpoint(
    text: str,
    cursor: int | None = None,
    seen: Callable[[Field], Iterable[str]] | None = None,
    named: Mapping[str, str] = MappingProxyType({}),
    fields: Sequence[Field] = BREAKPOINT_FIELDS,
) -> list[Completion]:
    """As :func:`~wsgitrace.query.complete`, for a breakpoint."""
    return complete(text, cursor, seen, named, fields)


def with_names(text: str, named: Mapping[str, str]) -> str:
    """A breakpoint with what ``@name`` stands for in its place: whoever looks at it need not know the names.

    Raises :class:`~wsgitrace.query.FilterError` for a name that there is not, and for one that means itself.
    """
    for _ in range(_DEEPEST):
        found = next(_names_in(text), None)
        if found is None:
            return text
        name = found[1]
        if name not in named:
            near = nearest(name, named)
            hint = f"; the nearest is @{near}" if near else ""
            raise FilterError(f"There is no filter named @{name}{hint}.", found.start(), len(found[0]))
        text = f"{text[: found.start()]}({named[name]}){text[found.end() :]}"
    raise FilterError("Names of filters stand for one another without end.", 0)


def _names_in(text: str) -> Iterator[re.Match[str]]:
    """Those outside of quotation marks."""
    quoted = ""
    for position, char in enumerate(text):
        if quoted:
            quoted = "" if char == quoted and text[position - 1] != "\\" else quoted
        elif char in QUOTES:
            quoted = char
        elif char == "@" and (found := _NAME.match(text, position)) is not None:
            yield found
