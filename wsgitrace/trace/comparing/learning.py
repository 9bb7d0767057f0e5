"""Noise learnt from replays of one request: what they differ in, nothing about the request explains."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeVar

from wsgitrace.trace.comparing.rules import Rule
from wsgitrace.trace.comparing.texts import common_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wsgitrace.trace.comparing.bodies import BodyComparison
    from wsgitrace.trace.comparing.difference import Difference
    from wsgitrace.trace.comparing.divergence import Way
    from wsgitrace.trace.comparing.noise import Noise
    from wsgitrace.trace.comparing.outcome import OutcomeComparison
    from wsgitrace.trace.comparing.texts import LineDiff

__all__ = ["learn", "learn_steady"]

_T = TypeVar("_T")

_REASON: Final = "two replays differ in it"

_LEAST: Final = 4
"""Characters around what differs in a line of text by which it is known again."""

_INDEX: Final = re.compile(r"\[\d+\]")

_JOINTS: Final = frozenset("_.:+-")
"""What times, numbers and ids have within them, beside letters and digits."""

_ROUNDS: Final = 12
"""Times that three are compared, what was learnt so far left out: of each way only where it parts is known."""


def learn(replays: OutcomeComparison, way: Way | None = None) -> tuple[Rule, ...]:
    """Rules for what two replays differ in, given their comparison. Never about a status, an exception or a layer.

    Two that came to different ends teach nothing: one of them went wrong.
    """
    if replays.status or replays.ending:
        return ()
    found = chain(
        (rule for each in replays.headers for rule in _header(each)),
        (_path(each) for each in replays.body.paths if not each.noise),
        _lines(replays.body.lines) if replays.body.lines is not None and not replays.body.paths else (),
        _whole(replays.body),
        (Rule("environ", each.name, _REASON) for each in _ways(way) if each.where in {"environ", "framework"}),
    )
    return tuple(dict.fromkeys(found))


def learn_steady(
    three: tuple[_T, _T, _T], compare_two: Callable[[_T, _T, Noise], tuple[OutcomeComparison, Way | None]], noise: Noise
) -> tuple[Rule, ...]:
    """Rules for what is another one in each of three exchanges, given how to compare two of them.

    What two of the three have in common is no noise: that the other differs in it may be the very fault that is
    looked for.
    """
    first, second, third = three
    rules: list[Rule] = []
    for _ in range(_ROUNDS):
        known = noise.also(rules)
        pairs = [compare_two(*pair, known) for pair in ((first, second), (second, third), (first, third))]
        found = [{str(rule): rule for rule in learn(outcome, way)} for outcome, way in pairs]
        texts = _three_texts([outcome for outcome, _ in pairs])
        fresh = [
            rule
            for name, rule in {name: rule for each in found for name, rule in each.items()}.items()
            if (_is_steady(rule, texts) if rule.of_text else all(name in each for each in found))
        ]
        if not fresh:
            break
        rules += fresh
    return tuple(rules)


def _three_texts(pairs: Sequence[OutcomeComparison]) -> tuple[Sequence[str], ...]:
    """The lines of the three bodies; none where they are no texts, or two of them are the same."""
    lines = [outcome.body.lines for outcome in pairs]
    if lines[0] is None or lines[1] is None or lines[2] is None:
        return ()
    return lines[0].one, lines[0].other, lines[1].other


def _is_steady(rule: Rule, texts: tuple[Sequence[str], ...]) -> bool:
    """True when all three have what a rule folds, each another one."""
    folded = {tuple(line for line in text if rule.pattern.fullmatch(line)) for text in texts}
    return () not in folded and len(folded) == len(texts) > 0


def _header(difference: Difference) -> Iterator[Rule]:
    if difference.noise:
        return
    if difference.name.lower() != "set-cookie":
        yield Rule("header", difference.name.lower(), _REASON)
    elif None not in {difference.one, difference.other}:
        yield Rule("cookie", str(difference.one).partition("=")[0].strip().lower(), _REASON)


def _path(difference: Difference) -> Rule:
    """The same path of every item: what is in one is in all of them."""
    return Rule("body", _INDEX.sub("[*]", difference.name), _REASON)


def _lines(lines: LineDiff) -> Iterator[Rule]:
    """What two lines in the same place differ in, by what stands before and behind it."""
    for block in lines.changes:
        if len(block.one) != len(block.other):
            continue
        for here, there in zip(block.one, block.other, strict=True):
            mine, theirs = lines.one[here], lines.other[there]
            start = common_start(mine, theirs)
            end = len(mine) - common_start(mine[start:][::-1], theirs[start:][::-1])
            before, behind = _around(mine, start, end)
            if len(before) + len(behind) >= _LEAST:
                yield Rule("body", f"~^{re.escape(before)}.*{re.escape(behind)}$", _REASON)


def _around(line: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind the value of which two lines differ in a part, ``start`` to ``end``.

    Values whole: 104 and 108 have their first digit in common by chance, and two replays within one second most of
    the time that they tell.
    """
    while start and _goes_on(line, start - 1):
        start -= 1
    while end < len(line) and _goes_on(line, end):
        end += 1
    return line[:start], line[end:]


def _goes_on(line: str, index: int) -> bool:
    """Whether a character may be within a value; so may the space between a day and an hour."""
    char = line[index]
    return char.isalnum() or char in _JOINTS or (char == " " and line[index - 1 : index + 2 : 2].isdigit())


def _whole(body: BodyComparison) -> Iterator[Rule]:
    """All of a body that is neither JSON nor text, where it is known whole and of one type."""
    plain = body.verdict == "differs" and body.manner == "bytes" and not body.notes
    if plain and body.one.length and body.other.length and body.one.content_type == body.other.content_type:
        yield Rule("body", "", _REASON)


def _ways(way: Way | None) -> Iterator[Difference]:
    if way is not None and way.divergence is not None:
        yield from way.divergence.differences
