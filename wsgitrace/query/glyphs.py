"""Values as they are typed: characters that know where they stand and whether they were quoted."""

from __future__ import annotations

from typing import Final, NamedTuple

from wsgitrace.query.errors import FilterError

QUOTES: Final = "\"'"


class Glyph(NamedTuple):
    """One character of a value."""

    char: str
    at: int
    """Its offset in the filter."""
    quoted: bool
    """It stands between quotation marks: it means itself."""


class Value(NamedTuple):
    """What stands behind a field's colon, or a part of it."""

    glyphs: tuple[Glyph, ...]
    start: int
    """Offset in the filter of its first character, quotation marks included."""
    end: int
    """Offset behind its last one."""

    @property
    def text(self) -> str:
        """Its characters, quotation marks left out."""
        return "".join(glyph.char for glyph in self.glyphs)

    def error(self, message: str) -> FilterError:
        """An error that points at all of it."""
        return FilterError(message, self.start, self.end - self.start)

    def after(self, count: int) -> Value:
        """It, less so many characters at its beginning."""
        rest = self.glyphs[count:]
        start = self.glyphs[count - 1].at + 1 if count else self.start
        return Value(rest, start, max(self.end, start))

    def starts_with(self, sign: str) -> bool:
        """Whether it begins with these characters, unquoted."""
        start = self.glyphs[: len(sign)]
        return "".join(glyph.char for glyph in start) == sign and not any(glyph.quoted for glyph in start)

    def find(self, signs: str) -> int:
        """Where the first of these characters stands unquoted; -1 where none does."""
        return next((index for index, glyph in enumerate(self.glyphs) if glyph.char in signs and not glyph.quoted), -1)

    def split(self, sign: str) -> list[Value]:
        """Its parts between the unquoted characters ``sign``."""
        parts: list[Value] = []
        first, start = 0, self.start
        for index, glyph in enumerate(self.glyphs):
            if glyph.char == sign and not glyph.quoted:
                parts.append(Value(self.glyphs[first:index], start, glyph.at))
                first, start = index + 1, glyph.at + 1
        return [*parts, Value(self.glyphs[first:], start, self.end)]

    def divide(self, index: int) -> tuple[Value, Value]:
        """What is before the character at ``index``, and what is behind it."""
        at = self.glyphs[index].at
        return Value(self.glyphs[:index], self.start, at), Value(self.glyphs[index + 1 :], at + 1, self.end)


def read_value(text: str, start: int, *, regex: bool) -> Value:
    """The value that begins at ``start`` and ends before a space or a parenthesis that it did not open.

    A quotation mark opens quotes where something begins: at the start, and after ``, = : < >``. In a regular
    expression only at its start, and a backslash takes the next character with it. Raises :class:`FilterError`.
    """
    glyphs: list[Glyph] = []
    position, depth = start, 0
    while position < len(text):
        char = text[position]
        opens = position == start or (not regex and glyphs and glyphs[-1].char in ",=:<>" and not glyphs[-1].quoted)
        if char in QUOTES and opens:
            inside, position = _quoted(text, position)
            glyphs += inside
            continue
        if char.isspace():
            break
        if char == ")":
            if not depth:
                break
            depth -= 1
        depth += char == "("
        glyphs.append(Glyph(char, position, quoted=False))
        position += 1
        if regex and char == "\\" and position < len(text):
            glyphs.append(Glyph(text[position], position, quoted=False))
            position += 1
    return Value(tuple(glyphs), start, position)


def _quoted(text: str, start: int) -> tuple[list[Glyph], int]:
    """The characters between quotation marks, and the offset behind the closing one.

    A backslash before the mark makes it a character; every other backslash is one itself.
    """
    mark = text[start]
    glyphs: list[Glyph] = []
    position = start + 1
    while position < len(text):
        char = text[position]
        if char == mark:
            return glyphs, position + 1
        if char == "\\" and text[position + 1 : position + 2] == mark:
            position += 1
            char = mark
        glyphs.append(Glyph(char, position, quoted=True))
        position += 1
    raise FilterError("This quotation mark is not closed.", start)
