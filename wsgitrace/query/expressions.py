r"""Regular expressions read from a filter: a small tree, and what must stand in every text that they match.

The syntax is that of :mod:`re`, less what needs to look back: groups, alternatives, repeats, classes, ``^ $ \b \B``.
Case does not count, neither in the expression nor in the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.query.errors import FilterError
from wsgitrace.query.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable

REPEAT_LIMIT: Final = 200
"""The highest number in ``{m,n}``."""

DEPTH_LIMIT: Final = 30
"""Groups inside each other."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    singles: frozenset[str]
    """These characters, folded."""
    ranges: tuple[tuple[str, str], ...] = ()
    """From the first to the second, both included."""
    kinds: tuple[str, ...] = ()
    r"""Classes, as in ``\d`` or ``\W``, by their letters; ``.`` is any but the end of a line."""
    negated: bool = False
    """Every character but those."""

    def matches(self, char: str) -> bool:
        """True when the set has this (folded) character in some case."""
        found = (
            char in self.singles
            or any(_KINDS[kind](char) for kind in self.kinds)
            or any(low <= each <= high for low, high in self.ranges for each in (char, char.upper()))
        )
        return found is not self.negated

    @property
    def only(self) -> str:
        """The character, where it can be but one; else empty."""
        if len(self.singles) != 1 or self.ranges or self.kinds or self.negated:
            return ""
        return next(iter(self.singles))


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters."""

    kind: Literal["start", "end", "word", "inside"]
    r"""``^``, ``$``, ``\b``, ``\B``."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same, several times."""

    item: Expression
    low: int
    high: int | None
    """None: any number of times."""


Expression: TypeAlias = Chars | Edge | Sequence | Choice | Repeat


def is_word(char: str) -> bool:
    r"""True for what ``\w`` matches."""
    return char.isalnum() or char == "_"


_KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "d": str.isdecimal,
    "w": is_word,
    "s": str.isspace,
    "D": lambda char: not char.isdecimal(),
    "W": lambda char: not is_word(char),
    "S": lambda char: not char.isspace(),
    ".": lambda char: char != "\n",
}

_CLASSES: Final = frozenset("dwsDWS")
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_EDGES: Final[dict[str, Literal["start", "end", "word", "inside"]]] = {
    "A": "start",
    "Z": "end",
    "b": "word",
    "B": "inside",
}


_SIGNS: Final[dict[str, Expression]] = {
    "^": Edge("start"),
    "$": Edge("end"),
    ".": Chars(frozenset(), kinds=(".",)),
}


def literal(text: str) -> Expression:
    """An expression that matches a text, of which case counts as little as elsewhere."""
    chars = tuple(Chars(frozenset(char)) for char in fold(text))
    return chars[0] if len(chars) == 1 else Sequence(chars)


def read(source: str, offset: int = 0) -> Expression:
    """Read a regular expression that begins at ``offset`` in the filter. Raises :class:`FilterError`."""
    reader = _Reader(source, offset)
    expression = reader.choice(0)
    if reader.position < len(source):
        raise reader.error("this parenthesis closes nothing", reader.position)
    return expression


def must_have(expression: Expression) -> str:
    """The longest text that every match contains, folded; empty where none is certain."""
    runs = [""]
    _collect(expression, runs)
    return max(runs, key=len)


def _collect(expression: Expression, runs: list[str]) -> None:
    """Append what is certain to the last run; begin another where something uncertain comes between."""
    match expression:
        case Chars(only=char) if char:
            runs[-1] += char
        case Sequence(items=items):
            for item in items:
                _collect(item, runs)
        case Choice(items=(item,)):
            _collect(item, runs)
        case Repeat(item=item, low=low) if low:
            _collect(item, runs)
            runs.append("")
        case Edge():
            pass
        case _:
            runs.append("")


class _Reader:
    """A position in the source of an expression."""

    def __init__(self, source: str, offset: int) -> None:
        self.source = source
        self.offset = offset
        self.position = 0

    def error(self, message: str, start: int, length: int = 1) -> FilterError:
        return FilterError(f"In the regular expression: {message}.", self.offset + start, length)

    @property
    def here(self) -> str:
        return self.source[self.position : self.position + 1]

    def accept(self, text: str) -> bool:
        if not self.source.startswith(text, self.position):
            return False
        self.position += len(text)
        return True

    def choice(self, depth: int) -> Expression:
        items = [self.sequence(depth)]
        while self.accept("|"):
            items.append(self.sequence(depth))
        return items[0] if len(items) == 1 else Choice(tuple(items))

    def sequence(self, depth: int) -> Expression:
        items: list[Expression] = []
        while self.here and self.here not in "|)":
            start = self.position
            item = self.atom(depth)
            items.append(self.repeated(item, start))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def repeated(self, item: Expression, start: int) -> Expression:
        times = self.times()
        if times is None:
            return item
        if isinstance(item, Edge):
            raise self.error("a place cannot be repeated", start, self.position - start)
        if self.here == "+":
            raise self.error("a repeat that gives nothing back is not known here", self.position)
        self.accept("?")  # greedy or not: whether there is a match does not depend on it
        again = self.position
        if self.times() is not None:
            raise self.error("a repeat of a repeat: put the inner one in parentheses", again)
        return Repeat(item, *times)

    def times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.accept(sign):
                return times
        if self.here != "{":
            return None
        end = self.source.find("}", self.position)
        low, comma, high = self.source[self.position + 1 : max(end, 0)].partition(",")
        if end < 0 or not (low or high) or not all(_is_number(each) for each in (low, high) if each):
            return None  # as in re, a brace that does not count is a brace
        length = end + 1 - self.position
        least, most = int(low or 0), int(high) if high else None if comma else int(low)
        if least > REPEAT_LIMIT or (most is not None and most > REPEAT_LIMIT):
            raise self.error(f"at most {REPEAT_LIMIT} repeats can be counted", self.position, length)
        if most is not None and most < least:
            raise self.error("the second number is less than the first", self.position, length)
        self.position = end + 1
        return least, most

    def atom(self, depth: int) -> Expression:
        start = self.position
        char = self.here
        self.position += 1
        if char == "(":
            return self.group(start, depth)
        if char == "[":
            return self.set(start)
        if char == "\\":
            return self.escape(start)
        if char in "*+?":
            raise self.error(f"there is nothing for {char} to repeat", start)
        return _SIGNS.get(char) or literal(char)

    def group(self, start: int, depth: int) -> Expression:
        if depth >= DEPTH_LIMIT:
            raise self.error(f"more than {DEPTH_LIMIT} groups inside each other", start)
        if self.here == "?" and not self.accept("?:"):
            raise self.error("groups that look around, name or set something are not known here", start, 3)
        inner = self.choice(depth + 1)
        if not self.accept(")"):
            raise self.error("this parenthesis is not closed", start)
        return Sequence((inner,))

    def escape(self, start: int) -> Expression:
        char = self.here
        if not char:
            raise self.error("a backslash at the end escapes nothing", start)
        if char in _EDGES:
            self.position += 1
            return Edge(_EDGES[char])
        if char in _CLASSES:
            self.position += 1
            return Chars(frozenset(), kinds=(char,))
        return literal(self.escaped(start))

    def escaped(self, start: int) -> str:
        """The character that an escape stands for; the position is behind the backslash."""
        char = self.here
        self.position += 1
        if char in {"x", "u"}:
            width = 2 if char == "x" else 4
            digits = self.source[self.position : self.position + width]
            if len(digits) < width or not set(digits) <= _HEXADECIMAL:
                raise self.error(f"\\{char} wants {width} hexadecimal digits", start, 2)
            self.position += width
            if "d800" <= digits.lower() <= "dfff" and char == "u":
                raise self.error("half of a surrogate pair is no character", start, 6)
            return chr(int(digits, 16))
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isdecimal():
            raise self.error("references to groups are not known here", start, 2)
        if char.isascii() and char.isalpha():
            raise self.error(f"\\{char} is not known", start, 2)
        return char

    def set(self, start: int) -> Expression:
        negated = self.accept("^")
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        kinds: list[str] = []
        first = True
        while first or self.here != "]":
            first = False
            if self.here == "\\" and self.source[self.position + 1 : self.position + 2] in _CLASSES:
                kinds.append(self.source[self.position + 1])
                self.position += 2
                continue
            begin = self.position
            low = self.member(start)
            if self.here == "-" and self.source[self.position + 1 : self.position + 2] not in {"]", ""}:
                self.position += 1
                high = self.member(start)
                if high < low:
                    raise self.error("this range ends before it begins", begin, self.position - begin)
                ranges.append((low, high))
            else:
                # What folds to several characters is never one character of a folded text.
                singles.add(fold(low) if len(fold(low)) == 1 else low)
        self.position += 1
        return Chars(frozenset(singles), tuple(ranges), tuple(kinds), negated)

    def member(self, start: int) -> str:
        """One character of a set, escaped or not."""
        char, begin = self.here, self.position
        if not char:
            raise self.error("this bracket is not closed", start)
        self.position += 1
        if char != "\\":
            return char
        if not self.here:
            raise self.error("this bracket is not closed", start)
        return self.escaped(begin)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 -- far past any limit
