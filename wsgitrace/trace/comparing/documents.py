"""Two JSON documents: the paths at which they differ."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.trace.comparing.difference import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.comparing.noise import Noise

__all__ = ["DIFFERENCES_LIMIT", "compare_documents", "load", "without_noise"]

DIFFERENCES_LIMIT: Final = 500
"""Paths that are told; beyond, it is only told that there are more."""

_DEPTH: Final = 100
"""Levels that are gone into; what lies deeper is compared as a whole."""

_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")


def load(text: str) -> Any:
    """The document. Raises :class:`ValueError` where it is none, or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def step(path: str, key: str | int) -> str:
    """A path one level deeper."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN.fullmatch(key) else f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def compare_documents(one: Any, other: Any, noise: Noise) -> tuple[tuple[Difference, ...], bool]:
    """The paths that differ, those first that the first document has; and whether that is all of them."""
    found: list[Difference] = []
    for path, before, after in _walk(one, other, "$", 0):
        if len(found) == DIFFERENCES_LIMIT:
            return tuple(found), False
        found.append(Difference("body", path, before, after, noise.path(path)))
    return tuple(found), True


def without_noise(document: Any, noise: Noise, path: str = "$", depth: int = 0) -> Any:
    """The document, what does not count replaced by a sign."""
    if noise.path(path):
        return "…"
    if depth < _DEPTH and isinstance(document, dict):
        return {key: without_noise(value, noise, step(path, key), depth + 1) for key, value in document.items()}
    if depth < _DEPTH and isinstance(document, list):
        return [without_noise(value, noise, step(path, index), depth + 1) for index, value in enumerate(document)]
    return document


def _walk(one: Any, other: Any, path: str, depth: int) -> Iterator[tuple[str, str | None, str | None]]:
    """Path, and both values as JSON; None where there is none."""
    if depth < _DEPTH and isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            where = step(path, key)
            if key not in other:
                yield where, _shown(one[key]), None
            elif key not in one:
                yield where, None, _shown(other[key])
            else:
                yield from _walk(one[key], other[key], where, depth + 1)
    elif depth < _DEPTH and isinstance(one, list) and isinstance(other, list):
        yield from _walk_lists(one, other, path, depth)
    elif not _equal(one, other):
        yield path, _shown(one), _shown(other)


def _walk_lists(
    one: list[Any], other: list[Any], path: str, depth: int
) -> Iterator[tuple[str, str | None, str | None]]:
    """Item by item; where one has more, what begins and ends alike stays together."""
    shorter = min(len(one), len(other))
    start = 0
    while start < shorter and _equal(one[start], other[start]):
        start += 1
    end = 0
    while len(one) != len(other) and end < shorter - start and _equal(one[-1 - end], other[-1 - end]):
        end += 1
    middle = shorter - end
    for index in range(start, middle):
        yield from _walk(one[index], other[index], step(path, index), depth + 1)
    for index in range(max(start, middle), len(one) - end):
        yield step(path, index), _shown(one[index]), None
    for index in range(max(start, middle), len(other) - end):
        yield step(path, index), None, _shown(other[index])


def _equal(one: Any, other: Any) -> bool:
    """Equal as JSON is written: ``1``, ``1.0`` and ``true`` are three."""
    return (
        type(one) is type(other)
        and one == other
        and (not isinstance(one, (dict, list)) or _shown(one) == _shown(other))
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
