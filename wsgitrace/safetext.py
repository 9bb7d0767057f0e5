r"""Traffic made safe to show: the only way a string of an application or a client reaches a terminal.

Paths, headers and bodies are chosen by whoever sends them. A terminal obeys control bytes wherever they come from
(an OSC 52 in a path writes the clipboard), bidirectional marks reorder what surrounds them, and characters without
width or glyph hide what is there and break columns. All of these become visible escapes as Python writes them:
``\x1b``, ``\u202e``. What remains is one line that moves nothing but itself.

A backslash that was already in the text stays as it is: the result is for reading, not for parsing back.
:func:`safe` of a safe text is that text.
"""

from __future__ import annotations

import re

__all__ = ["TAB", "safe", "safe_bytes", "safe_lines"]

TAB = "    "
"""What a tab becomes: a tab's width depends on the column, and columns here are cells of a table."""

_HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: obeyed by terminals
    "\xad"  # soft hyphen: shown by some terminals, not by others
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # joiners and fillers without glyph, Arabic letter mark
    "\u200b-\u200f"  # zero width space, non-joiner, joiner; left-to-right and right-to-left marks
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2060-\u206f"  # bidirectional embeddings, overrides, isolates; word joiner, invisible operators
    "\u3164\ufe00-\ufe0f\ufeff\uffa0"  # fillers, variation selectors (they change widths), byte order mark
    "\ufff0-\uffff"  # specials and noncharacters: U+FFFD, the replacement character, is put back below
    "\ud800-\udfff"  # lone surrogates: no terminal encoding can carry them
    "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # format controls of scripts and music
    "\U000e0000-\U000e0fff"  # tags and variation selectors: invisible text inside text
)

_UNSAFE = re.compile(f"(?!\ufffd)[{_HIDDEN}]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NAMED = {"\t": TAB, "\n": "\\n", "\r": "\\r"}


def _escape(match: re.Match[str]) -> str:
    """The visible escape of one character."""
    char = match.group()
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004 -- where Python's two-digit escapes end
        return f"\\x{code:02x}"
    if code <= 0xFFFF:  # noqa: PLR2004 -- where Python's four-digit escapes end
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def safe(text: str) -> str:
    """``text`` as one line without anything that a terminal would obey or hide. Never raises."""
    return _UNSAFE.sub(_escape, text)


def safe_bytes(data: bytes) -> str:
    r"""``data`` as one safe line: UTF-8 where it is UTF-8, ``\xNN`` for every other byte. Never raises."""
    return safe(data.decode("utf-8", "backslashreplace"))


def safe_lines(text: str) -> list[str]:
    """``text`` split at CR LF, CR or LF, each line safe; the end of the last line adds no empty one."""
    lines = _LINE_END.split(text)
    if lines and not lines[-1]:
        del lines[-1]
    return [safe(line) for line in lines]
