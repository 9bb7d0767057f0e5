"""Edits of a request as they are written: ``method=POST``, ``header:X-Debug=1``, ``query:page-``, ``body:$.qty=3``."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.query import PlacedError
from wsgitrace.replay.json_places import Path, json_flaw, read_path

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EDIT_FORMS", "EditError", "RequestEdit", "read_edit"]

Action: TypeAlias = Literal["set", "add", "remove"]

_WHOLE: Final = ("method", "target", "path", "version", "body", "peer", "scheme")
_NAMED: Final = ("header", "cookie", "query", "form")

EDIT_FORMS: Final = (
    ("method=POST", "another method"),
    ("target=/cart?page=2", "another target; path=/cart leaves the query as it is"),
    ("header:NAME=VALUE", "a header field; header:NAME+=VALUE one more, header:NAME- none"),
    ("cookie:NAME=VALUE", "one cookie among the others; cookie:NAME- without it"),
    ("query:NAME=VALUE", "a parameter of the query, quoted by itself; += and - as above"),
    ("form:NAME=VALUE", "a field of a form, urlencoded or multipart; form:NAME=@FILE a file; += and - as above"),
    ("body:$.PATH=JSON", "a place in a JSON body, as in body:$.items[0].qty=3; +=JSON appends to an array, - removes"),
    ("body=TEXT", "another body; body=@FILE that of a file, body- none"),
    ("peer=HOST:PORT", "another address of the client; scheme=https another scheme; version=HTTP/1.0"),
)
"""What can be written, each with what it means."""

_OPERATION: Final = re.compile(r"(?P<name>[^=]*?)(?P<operation>\+?=)(?P<value>.*)", re.DOTALL)

_NEAR: Final = {
    "json": "body:$.PATH=JSON",
    "url": "target=",
    "data": "body=",
    "headers": "header:NAME=",
    "host": "header:Host=",
}
"""What is meant by names that other tools have."""


class EditError(PlacedError):
    """An edit cannot be understood, or not be made."""


@dataclass(frozen=True, slots=True)
class RequestEdit:
    """One edit of a request."""

    text: str
    """As it was written."""
    what: str
    """What it is about: one of the words before ``:``, ``=`` or ``-``; ``json`` for a place in a JSON body."""
    name: str
    """Which one; empty where there is but one."""
    action: Action
    """``set``: it has this value; ``add``: one more; ``remove``: none."""
    value: bytes = b""
    """The value; of a place in JSON, JSON."""
    filename: str | None = None
    """The file that the value was read from."""
    path: Path = ()
    """The place in a JSON body."""
    steps: tuple[int, ...] = ()
    """Where in ``text`` each step of the path begins."""


def read_edit(text: str, read_file: Callable[[str], bytes]) -> RequestEdit:
    """Understand one edit; ``read_file`` reads what ``=@FILE`` names. Raises :class:`EditError`."""
    word = re.match(r"[^:=+-]*", text)
    what = "" if word is None else word[0]
    after = text[len(what) : len(what) + 1]
    if what not in {*_WHOLE, *_NAMED} or (after == ":" and what in _WHOLE and what != "body"):
        raise EditError(_unknown(what, after), 0, len(what))
    if what == "body" and after == ":":
        return _json_edit(text, read_file)
    start = len(what) + (after == ":")
    if what in _NAMED and after != ":":
        raise EditError(f"Which {what}? Write {what}:NAME=VALUE.", len(what))
    name, action, at = _operation(text, start)
    if what in _NAMED and not name:
        raise EditError(f"Which {what}? Write {what}:NAME=VALUE.", start)
    if what in _WHOLE and (name or action == "add" or (action == "remove" and what != "body")):
        raise EditError(f"Write {what}=VALUE.", len(what), len(text) - len(what))
    value, filename = (b"", None) if action == "remove" else _value(what, text[at:], at, read_file)
    return RequestEdit(text, what, name, action, value, filename)


def _unknown(what: str, after: str) -> str:
    if what in _WHOLE and after == ":":
        return f"There is one {what}: write {what}=VALUE."
    if what in _NEAR:
        return f"There is nothing called {what!r}: write {_NEAR[what]}."
    known = ", ".join((*_WHOLE, *_NAMED))
    if not what:
        return f"What is edited? There are {known}."
    near = difflib.get_close_matches(what, (*_WHOLE, *_NAMED), n=1, cutoff=0.5)
    hint = f"the nearest is {near[0]}" if near else f"there are {known}"
    return f"There is nothing called {what!r}; {hint}."


def _operation(text: str, start: int) -> tuple[str, Action, int]:
    """The name that begins at an offset, what is done, and where the value begins."""
    match = _OPERATION.match(text, start)
    if match is not None:
        return match["name"], "add" if match["operation"] == "+=" else "set", match.start("value")
    if text.endswith("-"):
        return text[start:-1], "remove", len(text)
    raise EditError("What becomes of it? =VALUE sets it, - behind it removes it.", len(text))


def _value(what: str, text: str, at: int, read_file: Callable[[str], bytes]) -> tuple[bytes, str | None]:
    """What a value says, and the file that it was read from; ``@@`` begins a text that begins with ``@``."""
    if what not in {"body", "form"} or not text.startswith("@"):
        return text.encode("utf-8", "surrogateescape"), None
    if text.startswith("@@"):
        return text[1:].encode("utf-8", "surrogateescape"), None
    try:
        return read_file(text[1:]), text[1:]
    except OSError as problem:
        raise EditError(f"{text[1:]}: {problem.strerror or problem}.", at + 1, len(text) - 1) from None


def _json_edit(text: str, read_file: Callable[[str], bytes]) -> RequestEdit:
    start = len("body:")
    try:
        path, steps, end = read_path(text[start:])
    except ValueError:
        raise EditError("A path begins with $, as in body:$.items[0].qty=3.", start, len(text) - start) from None
    end += start
    starts, rest, name = tuple(start + step for step in steps), text[end:], text[start:end]
    if rest == "-":
        return RequestEdit(text, "json", name, "remove", path=path, steps=starts)
    operation = next((each for each in ("+=", "=") if rest.startswith(each)), "")
    if not operation:
        raise EditError('Here = and a value is wanted; steps are .name, [0] and ["name"].', end, len(rest))
    value = _json(text, end + len(operation), read_file)
    return RequestEdit(text, "json", name, "set" if operation == "=" else "add", value, path=path, steps=starts)


def _json(text: str, at: int, read_file: Callable[[str], bytes]) -> bytes:
    """JSON, or else a text that is meant as a string: ``body:$.name=Ann``."""
    value, filename = _value("body", text[at:], at, read_file)
    written = value.decode("utf-8", "surrogateescape")
    problem = json_flaw(written)
    if not problem:
        return value
    if filename is None and written and written[0] not in '{["':
        return json.dumps(written).encode()
    where = re.match(r"line 1, column (\d+)", problem)
    offset = int(where[1]) - 1 if where is not None and filename is None else 0
    raise EditError(f"That is no JSON: {problem}.", at + offset)
