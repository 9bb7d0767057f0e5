"""Places in a JSON text, by a path as in ``$.items[0].qty``: set, added to, removed. All the rest stays as it is."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Final, NoReturn

__all__ = ["JsonError", "Path", "PathError", "json_added", "json_flaw", "json_removed", "json_set", "read_path"]

Path = tuple[str | int, ...]
"""Names of members, and positions from 0; negative ones count from the end."""

_STEP: Final = re.compile(r'\.((?:[^.\[\]="+-]|\+(?!=)|-(?!\Z))+)|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class PathError(ValueError):
    """A path leads nowhere: one sentence, and the number of the step that does not exist."""

    def __init__(self, message: str, step: int) -> None:
        super().__init__(message)
        self.step = step


class JsonError(ValueError):
    """A text is no JSON: one sentence that begins with the place."""


def read_path(text: str) -> tuple[Path, tuple[int, ...], int]:
    """The path that ``text`` begins with: its steps, the offset of each, and the offset behind the last.

    ``+`` before ``=``, and ``-`` at the very end, are no part of a name: they say what is done.

    Raises :class:`ValueError`, its argument the offset of what is no step.
    """
    if not text.startswith("$"):
        raise ValueError(0)
    path: list[str | int] = []
    starts: list[int] = []
    at = 1
    while match := _STEP.match(text, at):
        starts.append(at)
        name, index, quoted = match.groups()
        path.append(int(index) if index is not None else str(json.loads(quoted)) if quoted is not None else name)
        at = match.end()
    return tuple(path), tuple(starts), at


def json_flaw(text: str) -> str:
    """Why a text is no JSON, with line and column, without a stop; empty where it is."""
    try:
        _load(text)
    except JsonError as problem:
        return str(problem)
    return ""


def _load(text: str) -> None:
    """Raises :class:`JsonError`."""
    try:
        # Numbers are only looked at: how long they are is nobody's business here.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except JSONDecodeError as problem:
        what = f"{problem.msg[:1].lower()}{problem.msg[1:]}".removesuffix(" starting at")
        raise JsonError(f"line {problem.lineno}, column {problem.colno}: {what}") from None
    except RecursionError:
        raise JsonError("line 1, column 1: nested too deeply to be looked at") from None


def _no_constant(name: str) -> NoReturn:
    raise JsonError(f"line 1, column 1: {name} is a number in Python, and nothing in JSON")


_decoder: Final = JSONDecoder(parse_int=str, parse_float=str)


@dataclass(frozen=True, slots=True)
class _Item:
    """One member of an object or element of an array."""

    key: str | int
    start: int
    """Where it begins, its name included."""
    value: int
    """Where its value begins."""
    end: int
    """Behind its value."""


@dataclass(frozen=True, slots=True)
class _Holder:
    """An object or an array in the text."""

    start: int
    """Of its first bracket."""
    end: int
    """Behind its last one."""
    items: tuple[_Item, ...]
    named: bool
    """True for an object."""


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _holder(text: str, start: int) -> _Holder | None:
    """The object or array that begins at an offset; None where there is another value."""
    named = text[start] == "{"
    if not named and text[start] != "[":
        return None
    items: list[_Item] = []
    at = _skip(text, start + 1)
    while text[at] not in "]}":
        begin = at
        key: str | int = len(items)
        if named:
            key, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        value = at
        _, at = _decoder.raw_decode(text, at)
        items.append(_Item(key, begin, value, at))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return _Holder(start, at + 1, tuple(items), named)


def _find(holder: _Holder, key: str | int) -> _Item | None:
    if holder.named != isinstance(key, str):
        return None
    if isinstance(key, int):
        return holder.items[key] if -len(holder.items) <= key < len(holder.items) else None
    return next((item for item in reversed(holder.items) if item.key == key), None)


def _walk(text: str, path: Path) -> tuple[int, _Holder | None, _Item | None]:
    """Where the value at a path begins (-1: a member that is not there yet), and what holds it.

    Raises :class:`PathError`.
    """
    at, holder, item = _skip(text, 0), None, None
    for step, key in enumerate(path):
        holder = _holder(text, at)
        if holder is None or holder.named != isinstance(key, str):
            raise PathError(_not_held(path, step, holder), step)
        item = _find(holder, key)
        if item is None:
            if step < len(path) - 1 or isinstance(key, int):
                raise PathError(_not_there(path, step, holder), step)
            return -1, holder, None
        at = item.value
    return at, holder, item


def _not_held(path: Path, step: int, holder: _Holder | None) -> str:
    what = "an object" if holder is not None and holder.named else "an array" if holder is not None else "no container"
    wanted = "name" if isinstance(path[step], str) else "position"
    return f"{_shown(path[:step])} is {what}: nothing in it has a {wanted}"


def _not_there(path: Path, step: int, holder: _Holder) -> str:
    key, inside = path[step], _shown(path[:step])
    if isinstance(key, int):
        return f"{inside} has {len(holder.items)} elements, and none at {key}"
    names = [str(item.key) for item in holder.items]
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    return f"{inside} has no {key!r}" + (f"; the nearest is {near[0]!r}" if near else "")


def _shown(path: Path) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def json_set(text: str, path: Path, value: str) -> str:
    """``text`` with ``value``, JSON itself, at a path; a member that is not there is added to its object.

    Raises :class:`JsonError` and :class:`PathError`.
    """
    _load(text)
    at, holder, _ = _walk(text, path)
    if at < 0 and holder is not None:
        return _appended(text, holder, str(path[-1]), value)
    _, end = _decoder.raw_decode(text, at)
    return text[:at] + value + text[end:]


def json_added(text: str, path: Path, value: str) -> str:
    """``text`` with one more element at the end of the array at a path. Raises as :func:`json_set` does."""
    _load(text)
    at, holder, _ = _walk(text, path)
    if at < 0 and holder is not None:
        raise PathError(_not_there(path, len(path) - 1, holder), len(path) - 1)
    array = _holder(text, at)
    if array is None or array.named:
        raise PathError(f"{_shown(path)} is no array: nothing can be added to it", max(0, len(path) - 1))
    return _appended(text, array, None, value)


def json_removed(text: str, path: Path) -> str:
    """``text`` without what is at a path. Raises as :func:`json_set` does."""
    _load(text)
    _, holder, item = _walk(text, path)
    if holder is None:
        raise PathError("$ is all of it: body- sends none", 0)
    if item is None:
        raise PathError(_not_there(path, len(path) - 1, holder), len(path) - 1)
    at = holder.items.index(item)
    if at + 1 < len(holder.items):
        return text[: item.start] + text[holder.items[at + 1].start :]
    if at:
        return text[: holder.items[at - 1].end] + text[item.end :]
    return text[: holder.start + 1] + text[holder.end - 1 :]


def _appended(text: str, holder: _Holder, name: str | None, value: str) -> str:
    """One more item, spaced as those before it are."""
    items = holder.items
    lead, gap, between = "", " ", " "
    if items:
        lead = text[holder.start + 1 : items[0].start]
        if name is not None:
            colon = text[items[-1].start : items[-1].value]
            gap = colon[colon.rindex(":") + 1 :]
        between = lead if "\n" in lead else gap if name is not None else " "
    if len(items) > 1:
        comma = text[items[-2].end : items[-1].start]
        between = comma[comma.index(",") + 1 :]
    new = value if name is None else f"{json.dumps(name)}:{gap}{value}"
    if not items:
        return f"{text[: holder.start + 1]}{new}{text[holder.end - 1 :]}"
    return f"{text[: items[-1].end]},{between}{new}{text[items[-1].end :]}"
