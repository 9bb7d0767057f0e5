r"""Bytes as a text that can be edited, and back: what is not touched is the same bytes again.

Where there is something in them that a terminal would obey or hide, it is shown as Python writes it (``\x1b``,
``\u202e``), a byte that is no UTF-8 as ``\xff``, and then a backslash as two. That the text is such a one is known by
:attr:`Typed.escaped`, and holds for what is typed into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wsgitrace.safetext import safe

__all__ = ["Typed", "written"]

_ESCAPE: Final = re.compile(r"\\(?:\\|n|r|t|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})")
_NAMED: Final = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}
_LATIN: Final = range(0x80, 0x100)
_SURROGATES: Final = range(0xDC80, 0xDD00)


@dataclass(frozen=True, slots=True)
class Typed:
    """A text to edit."""

    text: str
    """What is shown."""
    escaped: bool
    """A backslash begins an escape in it."""
    crlf: bool = False
    """Its lines end in CR LF, each of them."""

    @classmethod
    def of(cls, text: str, *, lines: bool = False, escaped: bool = False) -> Typed:
        """``text`` made fit to be shown; ``lines``: it may have several; ``escaped``: by escapes in any case."""
        if lines and text.count("\r\n") == text.count("\n") == text.count("\r") > 0:
            bare = cls.of(text.replace("\r\n", "\n"), lines=True, escaped=escaped)
            return cls(bare.text, bare.escaped, crlf=True)
        parts = text.split("\n") if lines else [text]
        plain = not escaped and all(safe(part.replace("\t", "")) == part.replace("\t", "") for part in parts)
        if plain and (lines or "\t" not in text):
            return cls(text, escaped=False)
        return cls("\n".join(map(written, parts)), escaped=True)

    def read(self, text: str) -> str:
        """What is meant by ``text``, which became of this one."""
        text = text.replace("\n", "\r\n") if self.crlf else text
        return _ESCAPE.sub(_meant, text) if self.escaped else text


def written(text: str) -> str:
    """One line by escapes."""
    return "".join(_written(char) for char in text)


def _written(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char == "\t":
        return "\\t"
    # Half of a pair, by which Python keeps a byte that is no UTF-8, is shown as that byte.
    if ord(char) in _SURROGATES:
        return f"\\x{ord(char) - 0xDC00:02x}"
    # ``\\x85`` is that byte: the character of this number is written otherwise.
    return f"\\u{ord(char):04x}" if ord(char) in _LATIN and safe(char) != char else safe(char)


def _meant(match: re.Match[str]) -> str:
    escape = match[0]
    if escape in _NAMED:
        return _NAMED[escape]
    code = int(escape[2:], 16)  # noqa: FURB166 -- \u and \U are no prefixes of numbers
    if escape[1] == "x" and code in _LATIN:
        return chr(0xDC00 + code)
    return chr(code) if code <= 0x10FFFF else escape  # noqa: PLR2004 -- the last of Unicode
