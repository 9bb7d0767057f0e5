"""What can be typed next: fields, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wsgitrace.query.fields import ALIASES, FIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LIMIT: Final = 50
"""Completions given at most."""

_SPECIAL: Final = frozenset(" \t()\"',*")


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on."""

    start: int
    """Offset in the filter's text of what it replaces."""
    end: int
    """Offset behind that: where the cursor is."""
    text: str
    """What it is replaced with. It may be traffic: not safe to show as it is."""
    help: str
    """What that means; may be empty."""


def complete(
    text: str,
    cursor: int | None = None,
    seen: Callable[[Field], Iterable[str]] | None = None,
    named: Mapping[str, str] = MappingProxyType({}),
    fields: Sequence[Field] = FIELDS,
) -> list[Completion]:
    """What the word that ends at ``cursor`` (None: the end) may become.

    ``seen`` gives values that a field has had, the most likely first; it is asked only for fields of which there may be
    any. ``named`` are the filters that ``@name`` may name, ``fields`` those that there are. Never raises for what the
    text is.
    """
    cursor = len(text) if cursor is None else max(0, min(cursor, len(text)))
    start = _word_start(text, cursor)
    word = text[start:cursor]
    if word.startswith("-"):
        start, word = start + 1, word[1:]
    if word.startswith("~"):
        return [
            Completion(start, cursor, name, f"the same as {meaning}" if meaning else "everything")
            for name, meaning in ALIASES.items()
            if name.startswith(word)
        ]
    if word.startswith("@"):
        names = [name for name in named if name.casefold().startswith(word[1:].casefold())]
        return [Completion(start, cursor, f"@{name}", named[name]) for name in names][:LIMIT]
    name, colon, value = word.partition(":")
    if colon:
        folded = name.lower()
        field = next((each for each in fields if folded in {each.name, *each.aliases}), None)
        return [] if field is None else _values(field, start + len(name) + 1, value, cursor, seen)
    return _names(start, cursor, word, fields)


def _names(start: int, cursor: int, word: str, fields: Sequence[Field]) -> list[Completion]:
    folded = word.lower()
    begins = [field for field in fields if field.name.startswith(folded)]
    has = [field for field in fields if folded and folded in field.name and field not in begins]
    return [Completion(start, cursor, f"{field.name}:", field.help) for field in (*begins, *has)]


def _values(
    field: Field, start: int, value: str, cursor: int, seen: Callable[[Field], Iterable[str]] | None
) -> list[Completion]:
    """Values of a field: those known by name, then those seen. Of a list the last item is completed."""
    given = value.rpartition(",")[2]
    start += len(value) - len(given)
    quoted = given[:1] in {'"', "'"}
    folded = given[quoted:].casefold()
    found: dict[str, str] = {word.value: word.help for word in field.words if word.value.casefold().startswith(folded)}
    if seen is not None and not (field.kind == "flag" or (field.kind == "word" and not field.open)):
        values = list(seen(field))
        for each in (*_starting(values, folded), *_containing(values, folded)):
            if len(found) >= LIMIT:
                break
            found.setdefault(each, "")
    return [Completion(start, cursor, _written(each), text) for each, text in found.items()][:LIMIT]


def _starting(values: Iterable[str], folded: str) -> list[str]:
    return [value for value in values if value and value.casefold().startswith(folded)]


def _containing(values: Iterable[str], folded: str) -> list[str]:
    return [value for value in values if folded and folded in value.casefold()]


def _written(value: str) -> str:
    """A value as it has to be typed."""
    plain = not _SPECIAL.intersection(value) and value[:1] not in {"=", "<", ">"} and value.isprintable()
    return value if plain else '"' + value.replace('"', '\\"') + '"'


def _word_start(text: str, cursor: int) -> int:
    """Where the word that ends at the cursor begins: behind the last space or parenthesis that is not in quotes."""
    start, quote = 0, ""
    for index, char in enumerate(text[:cursor]):
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "\"'" and (index == start or text[index - 1] in ":,=~"):
            quote = char
        elif char.isspace() or char in "()":
            start = index + 1
    return start
