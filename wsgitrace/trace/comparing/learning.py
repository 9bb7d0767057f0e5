"""Noise learnt from two replays of one request: what they differ in, nothing about the request explains."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.comparing.rules import Rule
from wsgitrace.trace.comparing.texts import common_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.comparing.difference import Difference
    from wsgitrace.trace.comparing.divergence import Way
    from wsgitrace.trace.comparing.outcome import OutcomeComparison
    from wsgitrace.trace.comparing.texts import LineDiff

__all__ = ["learn"]

_REASON: Final = "two replays differ in it"

_LEAST: Final = 4
"""Characters around what differs in a line of text by which it is known again."""

_INDEX: Final = re.compile(r"\[\d+\]")


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
        (Rule("environ", each.name, _REASON) for each in _ways(way) if each.where in {"environ", "framework"}),
    )
    return tuple(dict.fromkeys(found))


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
            end = common_start(mine[start:][::-1], theirs[start:][::-1])
            if start + end >= _LEAST:
                before, behind = re.escape(mine[:start]), re.escape(mine[len(mine) - end :])
                yield Rule("body", f"~^{before}.*{behind}$", _REASON)


def _ways(way: Way | None) -> Iterator[Difference]:
    if way is not None and way.divergence is not None:
        yield from way.divergence.differences
