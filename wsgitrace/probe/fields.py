"""Header fields as breakpoints look at them: as strings, and what one layer did to those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import from_text

if TYPE_CHECKING:
    from wsgitrace.events import Headers, Text
    from wsgitrace.query import Verb


def plain(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Header fields as strings."""
    return tuple((from_text(name), from_text(value)) for name, value in headers)


def header_changes(before: Headers, after: Headers) -> list[tuple[Verb, str]]:
    """What a layer did to the header fields that it was given: names folded, each once."""
    old, new = _by_name(before), _by_name(after)
    found: list[tuple[Verb, str]] = [("removes", name) for name in old if name not in new]
    for name, values in new.items():
        if name not in old:
            found.append(("adds", name))
        elif values != old[name]:
            # One more Set-Cookie is one that is added, whoever set the others.
            found.append(("adds" if len(values) > len(old[name]) else "changed", name))
    return found


def _by_name(headers: Headers) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    for name, value in headers:
        found.setdefault(from_text(name).casefold(), []).append(value)
    return found
