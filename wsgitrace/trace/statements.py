"""SQL as far as it has to be understood: what makes two statements alike, and which column a parameter is for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["mask_literals", "normalised", "one_line", "parameter_names"]

_TEXT: Final = r"'(?:[^'\\]|\\.|'')*'"
_MARK: Final = r"\?|%s|%\(\w+\)s|\$[0-9]+|(?<![\w:]):\w+"
_NUMBER: Final = r"(?<![\w.\"`$])[0-9][0-9.]*\b"

_VALUE: Final = re.compile(
    rf"(?P<text>{_TEXT})"
    r"|(?P<name>\"[^\"]*\"|`[^`]*`|\[[^\]?:%]*\])"
    r"|(?P<comment>--[^\n]*|/\*.*?\*/)"
    rf"|(?P<mark>{_MARK})|(?P<number>{_NUMBER})",
    re.DOTALL,
)
"""What differs from one run of a statement to the next, names, which do not, and comments."""

_PLAIN: Final = re.compile(
    r"['?%$:0-9](?:(?<=')(?:[^'\\]|\\.|'')*'|(?<=\?)|(?<=%)(?:s|\(\w+\)s)|(?<=\$)[0-9]+|(?<=:)(?<![\w:]:)\w+"
    r"|(?<=[0-9])(?<![\w.$][0-9])[0-9.]*\b)",
    re.DOTALL,
)
"""The same where there is nothing beside that could look like it: begun by a set, it is many times faster."""

_BESIDE: Final = re.compile(r"[\"`\[]|--|/\*")
"""What names and comments begin with."""

_LIST: Final = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_ROWS: Final = re.compile(r"(\(\?\))(?:\s*,\s*\(\?\))+")

_COMPARED: Final = re.compile(
    r"(?P<column>\w+)[\"`\]]?\s*(?:=|<>|!=|<=?|>=?|\b(?:i?like|in|is|between)\b)\s*(?:\w+\s*)?\(*\s*$", re.IGNORECASE
)
"""The column that what follows is compared with, or that it is assigned to."""

_INSERT: Final = re.compile(
    r"^\s*(?:insert|replace)\b[^(]{0,400}\((?P<columns>[^()]{1,4000})\)\s*values\s*\(", re.IGNORECASE
)

_SAME: Final = re.compile(r"\s*,\s*$")
_TAIL: Final = 160
"""Characters before a parameter in which its column is looked for."""


def one_line(statement: str) -> str:
    """The statement without its line breaks and indentation."""
    return " ".join(statement.split())


@lru_cache(2_048)
def normalised(statement: str) -> str:
    """The statement with ``?`` for each value, however many a list has: alike for all runs of one line of code."""
    if _BESIDE.search(statement) is None:
        bare = _PLAIN.sub("?", statement)
    else:
        bare = _VALUE.sub(lambda found: found[0] if found["name"] else " " if found["comment"] else "?", statement)
    bare = one_line(bare)
    return _ROWS.sub(r"\1", _LIST.sub("(?)", bare)) if "(" in bare else bare


@lru_cache(2_048)
def parameter_names(statement: str) -> tuple[str, ...]:
    """What each parameter is for, in order: the column it is compared with or put into; empty where it is not told."""
    return tuple(column for column, found in _values(statement) if found["mark"])


def mask_literals(statement: str, mask: Callable[[str, str], str]) -> str:
    """The statement, the values that are written into it as ``mask(column, value)`` gives them."""
    parts: list[str] = []
    done = 0
    for column, found in _values(statement):
        if found["text"] or found["number"]:
            quote = "'" if found["text"] else ""
            before, _, text = found[0].removesuffix("'").partition("'") if quote else ("", "", found[0])
            parts += [statement[done : found.start()], before, quote, mask(column, text), quote]
            done = found.end()
    return "".join([*parts, statement[done:]])


def _values(statement: str) -> Iterator[tuple[str, re.Match[str]]]:
    """The values in a statement, written into it or given apart, each with its column as far as that is told."""
    insert = _INSERT.match(statement)
    columns = [] if insert is None else [name.strip(' \t\n"`[]').lower() for name in insert["columns"].split(",")]
    done, name, index = 0, "", 0
    for found in _VALUE.finditer(statement):
        before = statement[max(done, found.start() - _TAIL) : found.start()]
        if insert is not None and found.start() >= insert.end():
            name = columns[index % len(columns)]
            index += bool(found["mark"] or found["text"] or found["number"])
        elif not _SAME.fullmatch(before):
            column = _COMPARED.search(before)
            name = "" if column is None else column["column"].lower()
        if found["name"] is None:
            done = found.end()
        if found["mark"] or found["text"] or found["number"]:
            yield name, found
