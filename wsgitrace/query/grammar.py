"""The grammar of filters: text in, tree out.

::

    filter := [or]
    or     := and {"OR" and}
    and    := not {["AND"] not}
    not    := {"NOT" | "-"} atom
    atom   := "(" or ")" | field ":" value | field "~" regex | alias [value] | @name | "quoted" | /regex/ | word

``AND``, ``OR`` and ``NOT`` are upper case; in lower case they are words to look for. What begins and ends with a
slash is a regular expression only when it has a character that means something in one, and no space: ``/shop/`` is a
path, and so is ``/a`` in ``/a (b OR path:/)``.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from wsgitrace.query.errors import FilterError
from wsgitrace.query.fields import ALIASES, AT, LINE, NAMES, SLOW, Field, nearest
from wsgitrace.query.folding import fold
from wsgitrace.query.glyphs import QUOTES, Glyph, Value, read_value
from wsgitrace.query.matching import Contains
from wsgitrace.query.sorts import SORTS, read_sorts
from wsgitrace.query.tree import And, Node, Not, Test, all_of, any_of, size
from wsgitrace.query.values import now_ns, read_match, read_regex, regex_of, unknown_word

if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTH_LIMIT: Final = 4_096
"""Characters of a filter."""

TESTS_LIMIT: Final = 250
"""Comparisons in a filter: SQLite takes so many parameters, and nests so deep."""

DEPTH_LIMIT: Final = 50
"""Parentheses, or negations, inside each other."""

EVERYTHING: Final = And(())

_FIELD: Final = re.compile(r"([A-Za-z][\w.-]*)(?:(@)([^\s:~()\"']+))?([:~])")
_NAME: Final = re.compile(r"@[A-Za-z][\w-]*(?=[\s()]|$)")
_ALIAS: Final = re.compile(r"~[A-Za-z]*")
_SPECIAL: Final = re.compile(r"[\\^$*+?\[\]{}|(]")
_KEYWORDS: Final = frozenset({"AND", "OR", "NOT"})


def read_filter(
    text: str, now: int | None = None, slow: int = SLOW, named: Mapping[str, str] = MappingProxyType({})
) -> Node:
    """The tree of a filter; of an empty one: everything.

    ``now``: nanoseconds since the epoch, from which ``since:5m`` counts; ``named``: what ``@name`` stands for. Raises
    :class:`FilterError`, nothing else.
    """
    if len(text) > LENGTH_LIMIT:
        raise FilterError(f"A filter has {LENGTH_LIMIT:,} characters at most.", LENGTH_LIMIT, len(text) - LENGTH_LIMIT)
    for index, char in enumerate(text):
        if "\ud800" <= char <= "\udfff":
            raise FilterError("Half of a surrogate pair is in no request.", index)
    parser = _Parser(text, now_ns() if now is None else now, slow, named)
    node = parser.either(0) if parser.more() else EVERYTHING
    if parser.more():
        raise FilterError("This parenthesis closes nothing.", parser.position)
    if size(node) > TESTS_LIMIT:
        raise FilterError(f"A filter compares {TESTS_LIMIT} times at most.", 0, len(text))
    return node


class _Parser:
    """A position in the text of a filter."""

    def __init__(self, text: str, now: int, slow: int, filters: Mapping[str, str]) -> None:
        self.text = text
        self.now = now
        self.slow = slow
        self.filters = filters
        self.position = 0

    def more(self) -> bool:
        """Skip spaces; False at the end."""
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1
        return self.position < len(self.text)

    def keyword(self) -> str:
        """The keyword that comes next, not taken yet; empty when none does."""
        if not self.more():
            return ""
        for word in _KEYWORDS:
            end = self.position + len(word)
            if self.text.startswith(word, self.position) and (end == len(self.text) or self._ends_word(end)):
                return word
        return ""

    def _ends_word(self, position: int) -> bool:
        return self.text[position].isspace() or self.text[position] in "()"

    def either(self, depth: int) -> Node:
        items = [self.every(depth)]
        while self.keyword() == "OR":
            self.operand("OR")
            items.append(self.every(depth))
        return any_of(items)

    def every(self, depth: int) -> Node:
        if self.keyword() in {"AND", "OR"}:
            raise FilterError(f"{self.keyword()} stands between two filters.", self.position, len(self.keyword()))
        items = [self.negated(depth)]
        while self.more() and self.text[self.position] != ")" and self.keyword() != "OR":
            if self.keyword() == "AND":
                self.operand("AND")
            items.append(self.negated(depth))
        return all_of(items)

    def operand(self, word: str) -> None:
        """Take a keyword, behind which something must come."""
        start = self.position
        self.position += len(word)
        if not self.more() or self.text[self.position] == ")":
            raise FilterError(f"Behind {word} a filter is missing.", start, len(word))
        if self.keyword() in {"AND", "OR"}:
            raise FilterError(
                f"Between {word} and {self.keyword()} a filter is missing.", self.position, len(self.keyword())
            )

    def negated(self, depth: int) -> Node:
        if self.keyword() == "NOT":
            self._deeper(depth)
            self.operand("NOT")
            return Not(self.negated(depth + 1))
        if self.text[self.position] == "-":
            self._deeper(depth)
            self.position += 1
            if self.position == len(self.text) or (self._ends_word(self.position) and self.text[self.position] != "("):
                raise FilterError('"-" wants right behind it what it excludes.', self.position - 1)
            return Not(self.negated(depth + 1))
        return self.atom(depth)

    def _deeper(self, depth: int) -> None:
        if depth >= DEPTH_LIMIT:
            raise FilterError(f"More than {DEPTH_LIMIT} parentheses or negations inside each other.", self.position)

    def atom(self, depth: int) -> Node:
        char = self.text[self.position]
        if char == "(":
            return self.group(depth)
        if char == ")":
            raise FilterError("This parenthesis closes nothing.", self.position)
        if char == "~":
            return self.alias()
        if char in QUOTES:
            return self.quoted()
        if char == "@" and (name := _NAME.match(self.text, self.position)) is not None:
            return self.named(name)
        if char == "/":
            found = self.expression()
            if found is not None:
                return found
        found = self.test()
        return self.word() if found is None else found

    def group(self, depth: int) -> Node:
        self._deeper(depth)
        start = self.position
        self.position += 1
        if not self.more():
            raise FilterError("This parenthesis is not closed.", start)
        if self.text[self.position] == ")":
            raise FilterError("There is nothing between these parentheses.", start, self.position + 1 - start)
        node = self.either(depth + 1)
        if not self.more():
            raise FilterError("This parenthesis is not closed.", start)
        self.position += 1
        return node

    # -- atoms -------------------------------------------------------------------------------------------------------

    def quoted(self) -> Node:
        start = self.position
        mark = self.text[start]
        value = read_value(self.text, start, regex=False)
        end = value.end
        closing = next((index for index, glyph in enumerate(value.glyphs) if not glyph.quoted), None)
        if closing is not None:
            end = value.glyphs[closing].at
            value = Value(value.glyphs[:closing], start, end)
        if not value.glyphs:
            raise FilterError(f"There is nothing between these quotation marks: {mark}{mark}.", start, end - start)
        self.position = end
        return Test(LINE, Contains(fold(value.text)))

    def expression(self) -> Node | None:
        """A regular expression between slashes; None when it is a path."""
        start = self.position
        end = start + 1
        while end < len(self.text) and self.text[end] != "/" and not self.text[end].isspace():
            end += 2 if self.text[end] == "\\" else 1
        source = self.text[start + 1 : end]
        if end >= len(self.text) or self.text[end] != "/" or not _SPECIAL.search(source):
            return None
        if end + 1 < len(self.text) and not (self.text[end + 1].isspace() or self.text[end + 1] == ")"):
            return None
        self.position = end + 1
        return Test(LINE, regex_of(_raw(self.text, start + 1, end)))

    def named(self, found: re.Match[str]) -> Node:
        """A filter that has a name."""
        name, start = found.group()[1:], self.position
        self.position = found.end()
        if name not in self.filters:
            near = nearest(name, self.filters)
            hint = f"the nearest is @{near}" if near else "to look for the text, put it in quotation marks"
            raise FilterError(f"There is no filter named @{name}; {hint}.", start, found.end() - start)
        # Without itself: a name that comes back to itself means nothing.
        others = {each: text for each, text in self.filters.items() if each != name}
        try:
            return read_filter(self.filters[name], self.now, self.slow, others)
        except FilterError as problem:
            raise FilterError(f"In @{name}: {problem.message}", start, found.end() - start) from None

    def alias(self) -> Node:
        """What mitmproxy's users type."""
        found = _ALIAS.match(self.text, self.position)
        start = self.position
        name = found.group() if found is not None else "~"
        meaning = ALIASES.get(name)
        if meaning is None:
            near = nearest(name, ALIASES)
            hint = f"; the nearest is {near}" if near and name != "~" else ""
            raise FilterError(f'There is no "{name}"{hint}.', start, len(name))
        self.position += len(name)
        if not meaning.endswith((":", "~")):
            return read_filter(meaning, self.now)
        field = NAMES[meaning[:-1]]
        regex = meaning.endswith("~")
        if not self.more() or self.text[self.position] == ")":
            raise FilterError(f"{name} wants a value behind it.", start, len(name))
        value = self.value(regex=regex)
        return Test(field, read_regex(field, value) if regex else read_match(field, value, self.now))

    def value(self, *, regex: bool) -> Value:
        value = read_value(self.text, self.position, regex=regex)
        self.position = value.end
        return value

    def test(self) -> Node | None:
        """A field and its value; None for a word without a field."""
        found = _FIELD.match(self.text, self.position)
        if found is None:
            return None
        start = self.position
        name, at, _, sign = found.groups()
        field = NAMES.get(name.lower())
        if field is None:
            raise FilterError(_unknown_field(name, self.text[found.end() :]), start, len(name))
        self.position = found.end()
        if at:
            return self.at(field, found)
        if sign == "~":
            if field.kind == "flag":
                raise FilterError(f"{field.name} takes words: write {field.name}:WORD.", found.end() - 1)
            return Test(field, read_regex(field, self.value(regex=True)))
        value = self.value(regex=False)
        if field.kind == "flag":
            return self.flags(field, value)
        if field.name in SORTS:
            return read_sorts(field, value, self.now)
        return Test(field, read_match(field, value, self.now))

    def at(self, field: Field, found: re.Match[str]) -> Node:
        """``dur@LAYER:``."""
        if field.name != "dur":
            raise FilterError(f"Only dur can be asked of one layer, as in dur@{found[3]}:>10ms.", found.start(2), 1)
        if found[4] == "~":
            raise FilterError("A time is no text: write dur@LAYER:>10ms.", found.end() - 1)
        layer = _raw(self.text, found.start(3), found.end(3), plain=False)
        return Test(AT, read_match(AT, self.value(regex=False), self.now), read_match(NAMES["layer"], layer, self.now))

    def flags(self, field: Field, value: Value) -> Node:
        """A field whose values are filters themselves."""
        nodes: list[Node] = []
        for item in value.split(","):
            if not item.glyphs:
                raise FilterError(f"{field.name}: wants a word here.", item.start)
            meaning = next((word.meaning for word in field.words if word.value == item.text.lower()), None)
            if meaning is not None:
                nodes.append(read_filter(meaning.replace("{slow}", str(self.slow)), self.now))
            elif field.open:
                nodes.append(self.has_header(item))
            else:
                raise unknown_word(field, item)
        return any_of(nodes)

    def has_header(self, item: Value) -> Node:
        """``has:req.x-id``: header fields by name."""
        side = next((side for side in ("req.", "resp.") if item.text.lower().startswith(side)), "")
        name, rest = f"{side}header", item.after(len(side))
        if not rest.glyphs:
            raise item.error("The name of a header is missing.")
        if rest.find("=:") >= 0:
            raise item.error(f"has: wants a name alone; for values write {name}:NAME=VALUE.")
        return Test(NAMES[name], read_match(NAMES[name], rest, self.now))

    def word(self) -> Node:
        """Text to look for as it is."""
        start, depth = self.position, 0
        while self.position < len(self.text):
            char = self.text[self.position]
            if char.isspace() or (char == ")" and not depth):
                break
            depth += (char == "(") - (char == ")")
            self.position += 1
        return Test(LINE, Contains(fold(self.text[start : self.position])))


def _raw(text: str, start: int, end: int, *, plain: bool = True) -> Value:
    """A part of a filter as a value: ``plain``, every character means itself."""
    return Value(tuple(Glyph(text[index], index, plain) for index in range(start, end)), start, end)


def _unknown_field(name: str, rest: str) -> str:
    near = nearest(name, NAMES)
    if near and not rest.startswith("//"):
        return f'There is no field "{name}"; the nearest is {near}.'
    return f'There is no field "{name}"; to look for the text, put it in quotation marks.'
