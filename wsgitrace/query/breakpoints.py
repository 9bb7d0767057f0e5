"""Breakpoints: where to hold a request, in the words of the filter language and a few more.

::

    layer:Session on:start_response path~^/cart
    changed:vary            the layer that adds, changes or removes it
    adds:set-cookie         removes: and changed: are the others
    exc:KeyError            swallowed ones included
    lint:must               a rule that is broken: lint:A23, lint:M*, lint:should
    once:yes after:3        modifiers: hold one request; let the first three pass

What is left, when these words are taken out, is a filter: the condition. Pure: nothing here knows a live request but by
:class:`Moment`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from wsgitrace.query.errors import FilterError
from wsgitrace.query.fields import NAMES, Fields, nearest
from wsgitrace.query.filter import Filter, parse
from wsgitrace.query.glyphs import QUOTES, Value, read_value
from wsgitrace.query.moments import KINDS, LATE, REQUEST, RESPONSE, known_at
from wsgitrace.query.tree import And, Change, Node, Not, Or, Test
from wsgitrace.query.values import now_ns, read_match

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.query.fields import Field
    from wsgitrace.query.matching import AnyOf, Match

__all__ = ["Breakpoint", "Moment", "Verb", "never_matches", "read_breakpoint"]

Verb: TypeAlias = Literal["adds", "changed", "removes"]
"""What was done to a key or header field; in a breakpoint ``changed`` is any of the three."""

WORDS: Final = ("layer", "on", "changed", "adds", "removes", "exc", "lint", "once", "after")
"""The words that are a breakpoint's own."""

_WORD: Final = re.compile(r"(?<![^\s])(" + "|".join(WORDS) + r")(:|~)")
_MOST: Final = 10**9
_CHANGES: Final = ("changed", "adds", "removes")
_SUBJECTS: Final = (*_CHANGES, "lint")
"""Words for what may be seen at any event: each makes a breakpoint of its own."""
_FRAMEWORK_HAS: Final = frozenset({"called", "returned", "raised", "input", "errors", "log", "code"})
"""Events that layers of a framework have; the others are of WSGI alone."""


class Moment(Fields, Protocol):
    """What a breakpoint looks at: one event of a live request."""

    @property
    def kind(self) -> str:
        """The kind of the event: one of :data:`~wsgitrace.query.moments.KINDS`."""

    @property
    def layer(self) -> str:
        """Dotted name of the layer that it happened in."""

    def through(self) -> Sequence[str]:
        """Names of the layers around that one that it passes without their doing: they handed on what they had."""

    @property
    def exception(self) -> str:
        """Type of the exception that leaves the layer for the first time; empty where none does."""

    def changes(self) -> Sequence[tuple[str, Verb, str]]:
        """What is seen here to have been changed: by which layer, how, and what, as ``resp.header:vary``."""

    def broken(self) -> Sequence[tuple[str, str]]:
        """Rules that are seen here to have been broken: by which layer, and how grave it is, as ``must:a23``."""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One breakpoint. Make one with :func:`read_breakpoint`."""

    text: str
    """As it was typed."""
    kinds: frozenset[str]
    """Kinds of events."""
    layer: Match | AnyOf | None
    """Which layers; None: any."""
    verb: Verb | None
    """What is done to :attr:`changed`."""
    changed: Match | AnyOf | None
    """Of a breakpoint on a change: what is changed."""
    exception: Match | AnyOf | None
    """Of a breakpoint on an exception: its type."""
    broken: Match | AnyOf | None
    """Of a breakpoint on a rule: which rules, or how grave."""
    condition: Filter
    """What else must be so."""
    anywhere: bool
    """It is a condition and nothing else: it holds a request once, where that is first so."""
    once: bool
    """It holds one request, and is off then."""
    after: int
    """So many times it is met without holding."""

    def matches(self, moment: Moment) -> bool:
        """Whether it is met."""
        if moment.kind not in self.kinds:
            return False
        if self.changed is not None:
            if not self._is_changed(moment, self.changed):
                return False
        elif self.broken is not None:
            if not self._is_broken(moment, self.broken):
                return False
        elif self.layer is not None and not self._is_in(moment, self.layer):
            return False
        if self.exception is not None and not (moment.exception and self.exception.test(moment.exception)):
            return False
        return self.condition.everything or self.condition.matches(moment)

    @staticmethod
    def _is_in(moment: Moment, layer: Match | AnyOf) -> bool:
        return layer.test(moment.layer) or any(map(layer.test, moment.through()))

    def _is_changed(self, moment: Moment, changed: Match | AnyOf) -> bool:
        return any(
            (self.verb in {"changed", verb}) and changed.test(what) and (self.layer is None or self.layer.test(layer))
            for layer, verb, what in moment.changes()
        )

    def _is_broken(self, moment: Moment, broken: Match | AnyOf) -> bool:
        return any(
            broken.test(rule) and (self.layer is None or self.layer.test(layer)) for layer, rule in moment.broken()
        )


def read_breakpoint(text: str, *, now: int | None = None) -> Breakpoint:
    """Understand a breakpoint. Raises :class:`~wsgitrace.query.errors.FilterError`, and nothing else.

    ``now``: as for :func:`~wsgitrace.query.filter.parse`.
    """
    own, rest = _taken_apart(text)
    if not own and not rest.strip():
        ways = "layer:NAME, on:EVENT, changed:NAME, exc:TYPE, lint:RULE"
        raise FilterError(f"A breakpoint says where to hold: {ways}.", 0)
    condition = Filter(rest, parse(rest, now=now).tree)
    verb: Verb | None = next((word for word in _CHANGES if word in own), None)
    subjects = [word for word in _SUBJECTS if word in own]
    if len(subjects) > 1:
        raise own[subjects[1]].error(f"{subjects[0]}: and {subjects[1]}: are two breakpoints.")
    wanted = _asked(own, condition)
    kinds = _kinds(own.get("on"), wanted, any_event=bool(subjects))
    _check(condition.tree, kinds, text, own)
    moment = now_ns() if now is None else now
    return Breakpoint(
        text,
        kinds,
        _match("layer", own, moment),
        verb,
        None if verb is None else read_match(NAMES["changed"], own[verb], moment),
        _match("exc", own, moment),
        _match("lint", own, moment),
        condition,
        anywhere=not own.keys() & {"layer", "on", "exc", *_SUBJECTS},
        once=_yes(own.get("once")),
        after=_number(own.get("after")),
    )


def _taken_apart(text: str) -> tuple[dict[str, Value], str]:
    """The breakpoint's own words, and the text with spaces where they were: offsets stay true."""
    own: dict[str, Value] = {}
    rest = text
    for start, word, sign in _words_in(text):
        end = start + len(word) + 1
        if sign == "~":
            raise FilterError(f"{word}: takes a name, with * for any part of it.", start, len(word) + 1)
        value = read_value(text, end, regex=False)
        if not value.glyphs:
            raise FilterError(f"{word}: has no value.", end)
        if word in own:
            raise FilterError(f"{word}: is there already: a list has commas, as in {word}:a,b.", start, len(word) + 1)
        own[word] = value
        rest = rest[:start] + " " * (value.end - start) + rest[value.end :]
    return own, rest


def _words_in(text: str) -> Iterator[tuple[int, str, str]]:
    """The own words outside of quotation marks and parentheses."""
    position = depth = 0
    while position < len(text):
        char = text[position]
        found = None if depth else _WORD.match(text, position)
        if found is not None:
            yield position, found[1], found[2]
            position = read_value(text, found.end(), regex=False).end
            continue
        if char in QUOTES:
            end = text.find(char, position + 1)
            position = len(text) if end < 0 else end + 1
            continue
        depth += (char == "(") - (char == ")")
        position += 1


def _asked(own: dict[str, Value], condition: Filter) -> frozenset[str]:
    """The kinds of events to hold at where nobody says: the first at which all that is asked for is known."""
    if "exc" in own:
        return frozenset({"raised"})
    if any(word in own for word in _SUBJECTS):
        return frozenset(KINDS)
    fields = {field.name for field in _fields(condition.tree)}
    return frozenset({"start_response"} if fields & RESPONSE else {"called"})


def _kinds(value: Value | None, otherwise: frozenset[str], *, any_event: bool) -> frozenset[str]:
    if value is None:
        return otherwise
    kinds: set[str] = set()
    for part in value.split(","):
        name = part.text.lower().replace("-", "_").removesuffix("()")
        if name in {"any", "*"}:
            kinds |= set(KINDS)
        elif name in KINDS:
            kinds.add(name)
        else:
            raise part.error(f'on: knows no event "{part.text}"; {_instead_of(name)}.')
    if otherwise == {"raised"} and not any_event and "raised" not in kinds:
        raise value.error("exc: is about exceptions: on: can only be raised then, or be left out.")
    return frozenset(kinds)


def _instead_of(event: str) -> str:
    if event in {"rule", "lint", "broken"}:
        return "lint:RULE holds where a rule is broken, lint:* where any is"
    near = nearest(event, KINDS)
    return f"the nearest is {near}" if near else f"there are {', '.join(KINDS)}"


def _check(condition: Node, kinds: frozenset[str], text: str, own: dict[str, Value]) -> None:
    """Refuse what cannot be known where it shall hold."""
    for field in _fields(condition):
        start, length = _place(text, field)
        if field.name not in REQUEST | RESPONSE:
            why = LATE.get(field.name, f"{field.name} is known only when the request is over")
            raise FilterError(f"{why}.", start, length)
        if "on" in own and not any(field.name in known_at(kind) for kind in kinds):
            early = min(kinds)
            raise FilterError(
                f"{field.name} is known from start_response on, and on:{early} comes before that.", start, length
            )


def _fields(node: Node) -> Iterator[Field]:
    match node:
        case Test(field=field):
            yield field
        case Change():
            yield NAMES["by"]
        case Not(item=item):
            yield from _fields(item)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _fields(item)


def _place(text: str, field: Field) -> tuple[int, int]:
    """Where a field stands in the text."""
    for name in (field.name, *field.aliases):
        found = re.search(rf"(?<![\w.]){re.escape(name)}(?=[:~@])", text)
        if name and found is not None:
            return found.start(), len(name)
    return 0, max(1, len(text))


def _match(word: str, own: dict[str, Value], now: int) -> Match | AnyOf | None:
    value = own.get(word)
    if value is None or (word == "layer" and value.text == "*"):
        return None
    return read_match(NAMES[word], value, now)


def _yes(value: Value | None) -> bool:
    if value is None:
        return False
    if value.text.lower() not in {"yes", "no"}:
        raise value.error("once: is yes or no.")
    return value.text.lower() == "yes"


def _number(value: Value | None) -> int:
    if value is None:
        return 0
    if not (value.text.isascii() and value.text.isdigit()) or int(value.text) > _MOST:
        raise value.error("after: is how many times it is met without holding, as in after:3.")
    return int(value.text)


def never_matches(breakpoint_: Breakpoint, layers: Sequence[tuple[str, str]]) -> str:
    """Why a breakpoint can never be met by these layers, (name, kind) of each; empty when it can.

    A sentence without its full stop. Layers that are found later may change it.
    """
    if breakpoint_.layer is None or not layers:
        return ""
    kinds = {kind for name, kind in layers if breakpoint_.layer.test(name)}
    if not kinds:
        return f"none of {len(layers)} layers known so far is called so"
    if breakpoint_.broken is not None and kinds == {"framework"}:
        return "the rules are those of WSGI: layers of a framework need not keep them"
    if breakpoint_.changed is None and kinds == {"framework"} and not breakpoint_.kinds & _FRAMEWORK_HAS:
        return (
            f"layers of a framework are called, return and raise: they have no {', '.join(sorted(breakpoint_.kinds))}"
        )
    return ""
