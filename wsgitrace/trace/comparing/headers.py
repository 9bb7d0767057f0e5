"""Header fields of two responses, compared as multisets: their order is nobody's promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.trace.comparing.difference import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.trace.comparing.noise import Noise
    from wsgitrace.trace.head import HeaderList

__all__ = ["compare_fields", "follows_from_body"]


def compare_fields(one: HeaderList, other: HeaderList, noise: Noise) -> tuple[Difference, ...]:
    """What differs, in the order of the fields; equal fields first find each other, then those equal but for noise."""
    left, right = _unmatched(one, other, lambda name, value: (name.lower(), value))
    found: list[Difference] = []
    for name, value in left[:]:
        folded, reason = noise.folded(name, value)
        twin = next(
            (each for each in right if each[0].lower() == name.lower() and noise.folded(*each)[0] == folded), None
        )
        if twin is not None and reason:
            left.remove((name, value))
            right.remove(twin)
            found.append(Difference("header", name, value, twin[1], reason))
    for name, value in left:
        twin = next((each for each in right if _subject(*each) == _subject(name, value)), None)
        if twin is not None:
            right.remove(twin)
        found.append(Difference("header", name, value, twin[1] if twin else None, noise.field(name)))
    found += [Difference("header", name, None, value, noise.field(name)) for name, value in right]
    order = {name.lower(): index for index, (name, _) in reversed([*enumerate((*one, *other))])}
    return tuple(sorted(found, key=lambda each: order[each.name.lower()]))


def follows_from_body(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The same where bodies differ by noise alone: then another length is noise, too."""
    return tuple(
        Difference(each.where, each.name, each.one, each.other, "follows from the body")
        if each.name.lower() in {"content-length", "content-md5", "digest"} and None not in {each.one, each.other}
        else each
        for each in differences
    )


def _subject(name: str, value: str) -> tuple[str, str]:
    """What makes two fields the same one with another value: the name; of cookies, theirs."""
    return name.lower(), value.partition("=")[0].strip() if name.lower() == "set-cookie" else ""


def _unmatched(
    one: HeaderList, other: HeaderList, key: Callable[[str, str], tuple[str, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Fields of each that have no equal among those of the other."""
    waiting: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for field in other:
        waiting.setdefault(key(*field), []).append(field)
    left = []
    for field in one:
        twins = waiting.get(key(*field))
        if twins:
            twins.pop()
        else:
            left.append(field)
    free = {field_key: len(fields) for field_key, fields in waiting.items()}
    right = []
    for field in reversed(other):
        if free.get(key(*field), 0):
            free[key(*field)] -= 1
            right.append(field)
    return left, right[::-1]
