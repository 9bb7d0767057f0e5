"""Values read by the kind of their field: numbers with units, moments, words, texts with wildcards."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from wsgitrace.query.errors import FilterError
from wsgitrace.query.fields import RULES_OF, nearest
from wsgitrace.query.folding import fold, fold_key
from wsgitrace.query.matching import (
    AnyOf,
    Between,
    Contains,
    Equals,
    Key,
    Match,
    Matches,
    Missing,
    Pair,
    PairLine,
    Present,
    TextMatch,
    Truth,
    compiled,
)
from wsgitrace.query.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.query.fields import Field
    from wsgitrace.query.glyphs import Value

ANY: Final = "(?:.|\n)*"
"""What ``*`` is as a regular expression."""

LARGEST: Final = 2**62
"""Numbers beyond are refused: SQLite has 64 bits."""

ITEMS_LIMIT: Final = 100
"""Items of one list."""

UNITS: Final[dict[str, dict[str, int]]] = {
    "count": {"": 1, "k": 1_000, "M": 1_000_000},
    "size": {"": 1, "B": 1, "k": 2**10, "kB": 2**10, "M": 2**20, "MB": 2**20, "G": 2**30, "GB": 2**30},
    "duration": {
        "": 10**6, "ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    },
    "status": {"": 1},
}  # fmt: skip
"""Units by kind of field; the empty one is what a number alone is in."""

_AGO: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

_NUMBER: Final = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?([^0-9.]*)")
_AGO_FORM: Final = re.compile(r"([0-9]{1,9})([smhdw])")
_TIME_FORM: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_OPERATORS: Final = (">=", "<=", ">", "<", "=")
_YES: Final = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def read_match(field: Field, value: Value, now: int) -> Match | AnyOf:
    """What a field must be, as its value says; ``now`` in nanoseconds since the epoch. Raises :class:`FilterError`."""
    items = value.split(",")
    if len(items) > ITEMS_LIMIT:
        raise value.error(f"A list has {ITEMS_LIMIT} items at most.")
    for item in items:
        if not item.glyphs:
            what = f"{field.name}: has no value." if len(items) == 1 else "Something is missing beside this comma."
            raise FilterError(what, item.start)
    matches = tuple(_READERS[field.kind](field, item, now) for item in items)
    return matches[0] if len(matches) == 1 else AnyOf(matches)


def read_regex(field: Field, value: Value) -> Match:
    """What a field must be, as the regular expression behind ``~`` says. Raises :class:`FilterError`."""
    if not value.glyphs:
        raise FilterError(f"{field.name}~ has no regular expression.", value.start)
    match = regex_of(value)
    if field.kind in {"text", "word", "layer"}:
        return match
    if field.kind in {"changed", "rule"}:
        return Key(match)
    if field.kind == "pairs":
        return PairLine(match, "=" if "cookie" in field.name else ": ")
    raise FilterError(f"{field.name} is no text: write {field.name}:VALUE.", value.start, value.end - value.start)


def regex_of(value: Value) -> Matches:
    """A regular expression. Raises :class:`FilterError`."""
    source = value.text
    pattern(source, value.glyphs[0].at)  # for its errors, which point into the filter
    return Matches(source)


def escaped(text: str) -> str:
    """A regular expression that matches a text."""
    return "".join(char if char.isalnum() or not char.isascii() else f"\\{char}" for char in text)


def _text_match(value: Value, *, whole: bool, name: Callable[[str], str] = fold) -> TextMatch:
    """A text: part of it or, if ``whole``, all of it; an unquoted ``*`` stands for anything."""
    if all(glyph.char == "*" and not glyph.quoted for glyph in value.glyphs):
        return Present()
    if value.find("*") < 0:
        return Equals(name(value.text)) if whole else Contains(name(value.text))
    parts = [escaped(name(part.text)) for part in value.split("*")]
    source = ANY.join(parts)
    source = f"^{source}$" if whole else source
    try:
        compiled(source)
    except FilterError:
        raise value.error("This text is too long.") from None
    return Matches(source)


def _read_text(field: Field, value: Value, now: int) -> Match:
    del now
    if value.starts_with("="):
        rest = value.after(1)
        if not rest.glyphs:
            return Equals("")
        return _text_match(rest, whole=True)
    if value.glyphs[0].char in "<>" and not value.glyphs[0].quoted:
        raise FilterError(f"{field.name} is a text, it is not more or less than another.", value.start)
    return _text_match(value, whole=False)


def _read_word(field: Field, value: Value, now: int) -> Match:
    del now
    value = value.after(1) if value.starts_with("=") else value
    if not value.glyphs:
        raise FilterError(f"{field.name}: has no value.", value.start)
    if not field.open:
        word = fold(value.text)
        known = [each.value for each in field.words]
        if word not in known:
            raise value.error(_unknown_word(field, value.text, known))
        return Equals(word)
    return _text_match(value, whole=True)


def _unknown_word(field: Field, given: str, known: list[str]) -> str:
    near = nearest(given, known)
    if near:
        return f'{field.name}: is never "{given}"; the nearest is {near}.'
    return f'{field.name}: is never "{given}"; it is one of {", ".join(known)}.'


def unknown_word(field: Field, value: Value) -> FilterError:
    """The error for a value that a field does not have."""
    return value.error(_unknown_word(field, value.text, [word.value for word in field.words]))


def _read_yes(field: Field, value: Value, now: int) -> Match:
    del now
    truth = _YES.get(value.text.lower())
    if truth is None:
        raise value.error(f"{field.name}: is yes or no.")
    return Truth(truth)


def _read_changed(field: Field, value: Value, now: int) -> Match:
    del now
    value = value.after(1) if value.starts_with("=") else value
    if not value.glyphs:
        raise FilterError(f"{field.name}: has no value.", value.start)
    return Key(_text_match(value, whole=True, name=fold_key))


def _read_rule(field: Field, value: Value, now: int) -> Match:
    """A rule, ``A23``, all of one side, ``A*``, or how grave they are."""
    text = fold(value.text).removeprefix("=")
    side, number = text[:1].upper(), text[1:]
    last = RULES_OF.get(side, 0)
    if last and number == "*":
        # Not also those that must be kept, as m* would say.
        return Key(Matches(f"^{side.lower()}[0-9]+$"))
    words = [word.value for word in field.words]
    if not text or "*" in text or text in words or text in {f"{side.lower()}{each:02}" for each in range(1, last + 1)}:
        return _read_changed(field, value, now)
    near = nearest(text, words)
    hint = f"the nearest is {near}" if near else "'wsgitrace lint --rules' lists all"
    if last and number.isdigit():
        hint = f"there are {side}01 to {side}{last}"
    raise value.error(f'There is no rule "{value.text}"; {hint}.')


def _read_pair(field: Field, value: Value, now: int) -> Match:
    del now
    index = value.find("=:")
    if index < 0:
        return Pair(_text_match(value, whole=True), None)
    name, rest = value.divide(index)
    if not name.glyphs:
        raise FilterError(f"{field.name}: wants a name before this.", value.glyphs[index].at)
    exact = value.glyphs[index].char == "="
    if not rest.glyphs:
        if exact:
            return Pair(_text_match(name, whole=True), Equals(""))
        raise FilterError("The part of the value that is looked for is missing.", rest.start)
    return Pair(_text_match(name, whole=True), _text_match(rest, whole=exact))


# -- numbers --------------------------------------------------------------------------------------------------------


def _read_number(field: Field, value: Value, now: int) -> Match:
    del now
    if field.kind == "status":
        match = _read_class(value)
        if match is not None:
            return match
    elif value.text == "none":
        return Missing()
    for operator in _OPERATORS:
        if value.starts_with(operator):
            low, step = _number(field, value.after(len(operator)))
            return {
                ">=": Between(low, None),
                "<=": Between(None, low),
                ">": Between(low + 1, None),
                "<": Between(None, low - 1),
                "=": Between(low, low + step - 1),
            }[operator]
    dots = next(
        (
            index
            for index in range(len(value.glyphs) - 1)
            if value.glyphs[index].char == value.glyphs[index + 1].char == "." and not value.glyphs[index].quoted
        ),
        -1,
    )
    if dots >= 0:
        return _read_range(field, value, dots)
    low, step = _number(field, value)
    return Between(low, low + step - 1)


def _read_range(field: Field, value: Value, dots: int) -> Match:
    first, rest = value.divide(dots)
    last = rest.after(1)
    if not first.glyphs and not last.glyphs:
        raise value.error("A range has a number on at least one side.")
    low = _number(field, first)[0] if first.glyphs else None
    high = _number(field, last)[0] if last.glyphs else None
    if low is not None and high is not None and low > high:
        raise value.error("This range ends before it begins.")
    return Between(low, high)


def _read_class(value: Value) -> Match | None:
    """``5xx``, or ``none``."""
    text = value.text.lower()
    if text == "none":
        return Missing()
    if len(text) == 3 and text[0] in "123456789" and text[1:] == "xx":  # noqa: PLR2004 -- 5xx
        return Between(int(text[0]) * 100, int(text[0]) * 100 + 99)
    return None


def _number(field: Field, value: Value) -> tuple[int, int]:
    """A number in the field's smallest unit, and how much its last digit counts: ``1.5s`` is 1.5 s up to 1.6 s."""
    units = UNITS[field.kind]
    if not value.glyphs:
        raise FilterError("A number is missing here.", value.start)
    found = _NUMBER.fullmatch(value.text)
    if found is None:
        raise value.error(f"{field.name}: wants {_wanted(field)}.")
    whole, decimals, unit = found.groups()
    factor = units.get(unit)
    known = ", ".join(name for name in units if name)
    if factor is None and not known:
        raise value.error(f"{field.name}: wants {_wanted(field)}.")
    if factor is None:
        raise FilterError(
            f'"{unit}" is no unit of {field.name}: there are {known}.',
            value.glyphs[found.start(3)].at,
            len(unit),
        )
    decimals = decimals or ""
    number = Fraction(int(whole + decimals), 10 ** len(decimals)) * factor
    if number > LARGEST:
        raise value.error("This number is too large.")
    step = max(Fraction(factor, 10 ** len(decimals)), Fraction(1))
    if not unit and not decimals and field.kind != "duration":
        step = Fraction(1)
    return int(number), int(step)


def _wanted(field: Field) -> str:
    return {
        "status": "a status: 404, 5xx, 300..399, >=400, none",
        "duration": "a time: >100ms, 1.5s, 10ms..2s",
        "size": "a size: >10k, 1.5M, 0",
    }.get(field.kind, "a number: 3, >3, 3..5")


# -- moments --------------------------------------------------------------------------------------------------------


def _read_since(field: Field, value: Value, now: int) -> Match:
    return Between(_moment(field, value, now), None)


def _read_before(field: Field, value: Value, now: int) -> Match:
    return Between(None, _moment(field, value, now) - 1)


def _moment(field: Field, value: Value, now: int) -> int:
    """Nanoseconds since the epoch. A time of day without a date is the last one that was."""
    text = value.text
    ago = _AGO_FORM.fullmatch(text)
    if ago is not None:
        return max(0, now - int(ago[1]) * _AGO[ago[2]] * 10**9)
    try:
        at = _TIME_FORM.fullmatch(text)
        if at is not None:
            local = datetime.fromtimestamp(now / 10**9).astimezone()
            moment = local.replace(hour=int(at[1]), minute=int(at[2]), second=int(at[3] or 0), microsecond=0)
            if moment > local:
                moment -= timedelta(days=1)
        else:
            # A date alone is its midnight, here.
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo is not None else moment.astimezone()
        seconds = moment.timestamp()
    except (ValueError, OverflowError, OSError):
        raise value.error(
            f"{field.name}: wants how long ago (30s, 5m, 2h, 1d), a time of day (14:05)"
            f" or a date ({date.today().isoformat()}T14:05)."  # noqa: DTZ011 -- an example, as the user reads clocks
        ) from None
    return max(0, min(LARGEST, int(seconds * 1000) * 10**6))


def now_ns() -> int:
    """The clock by which ``since:5m`` is understood when nobody gives another."""
    return time.time_ns()


_READERS: Final[dict[str, Callable[[Field, Value, int], Match]]] = {
    "text": _read_text,
    "word": _read_word,
    "status": _read_number,
    "count": _read_number,
    "size": _read_number,
    "duration": _read_number,
    "since": _read_since,
    "before": _read_before,
    "yes": _read_yes,
    "pairs": _read_pair,
    "layer": _read_text,
    "changed": _read_changed,
    "rule": _read_rule,
}
