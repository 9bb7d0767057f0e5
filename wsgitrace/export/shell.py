r"""Words for a POSIX shell that stand for the very bytes they are made of.

What prints is written as it is, in single quotes. Everything else goes through ``printf``, whose octal escapes every
POSIX shell has; ``$'...'`` is not among them. What is written is ASCII or printable UTF-8, so that it survives being
shown, copied and pasted.
"""

from __future__ import annotations

import base64
import shlex
from typing import Final

from wsgitrace.safetext import safe

__all__ = ["LITERAL_LIMIT", "comment", "printable", "printed", "standard_input", "word"]

PRINTF_LIMIT: Final = 2_000
"""Bytes that are written as escapes; more of them are shorter as base64."""

LITERAL_LIMIT: Final = 100_000
"""Bytes of one word at most: Linux takes no argument above 128 KiB."""

_BASE64_LINE: Final = 76


def printable(data: bytes) -> str | None:
    """The text that ``data`` is in UTF-8 where it can be written as it is, on several lines perhaps; else None."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    # A tab would be completion where it is pasted.
    return text if all(safe(line) == line for line in text.split("\n")) else None


def word(data: bytes) -> str:
    """One word of a command. A NUL cannot be in one, nor can line ends be its last bytes: a request head has neither.

    Raises :class:`ValueError` where one is.
    """
    text = printable(data)
    if text is not None:
        return shlex.quote(text)
    if b"\0" in data or data.endswith(b"\n"):
        raise ValueError("no shell can hand that on as an argument")
    return f'"$({printed(data)})"'


def printed(data: bytes) -> str:
    """A ``printf`` that writes ``data``."""
    return f"printf '{''.join(map(_escaped, data))}'"


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char == "%":
        return "%%"
    # "!" would be history in an interactive shell: these quotes stand within others. A "-" may begin an option.
    if " " <= char <= "~" and char not in "\\'\"!-$`":
        return char
    return f"\\{byte:03o}"


def standard_input(data: bytes, reader: str) -> str:
    """A command that reads ``data`` from its standard input."""
    if len(data) <= PRINTF_LIMIT:
        return f"{printed(data)} | {reader}"
    text = base64.b64encode(data).decode()
    lines = [text[start : start + _BASE64_LINE] for start in range(0, len(text), _BASE64_LINE)]
    return "\n".join([f"base64 --decode <<'END' | {reader}", *lines, "END"])


def comment(text: str) -> str:
    """A line that a shell, and Python, skip."""
    return f"# {safe(text)}"
