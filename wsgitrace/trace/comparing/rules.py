"""Rules that say what does not count: ``header:x-request-id``, ``body:$.time``, ``environ:shop.began``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["FORMS", "Rule", "RuleError", "read_rule"]

Subject: TypeAlias = Literal["header", "cookie", "environ", "body"]

_SUBJECTS: Final[dict[str, Subject]] = {subject: subject for subject in get_args(Subject)}

FORMS: Final = "header:NAME, cookie:NAME, environ:KEY, body:$.PATH, body~REGEX or body"
"""What can be written."""

_STEP: Final = re.compile(r"\.\.(?P<deep>[^.\[\]]+)|\.(?P<name>[^.\[\]]+)|\[(?P<index>\*|\d+)\]")

_ANY_KEY: Final = r"(?:\.[^.\[\]]+|\[\"(?:[^\"\\]|\\.)*\"\])"


class RuleError(ValueError):
    """A rule cannot be read; the text is one sentence for the user."""


@dataclass(frozen=True)
class Rule:
    """One thing that does not count."""

    subject: Subject
    """What it is about."""
    name: str
    """A name in which ``*`` stands for anything; of a body a path from ``$``, or ``~`` and an expression; empty: all
    of it."""
    reason: str = "ignored"
    """Why it does not count, in a few words."""

    def __str__(self) -> str:
        """As it is written."""
        if self.subject == "body" and self.name.startswith("~"):
            return f"body{self.name}"
        return f"{self.subject}:{self.name}" if self.name else self.subject

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it matches whole: names in lower case, paths, or pieces of a text."""
        if self.subject != "body":
            return re.compile(translate(self.name.lower()))
        if self.name.startswith("~"):
            return re.compile(self.name[1:])
        return re.compile(_path_pattern(self.name))

    @property
    def of_text(self) -> bool:
        """True where it is about pieces of a text."""
        return self.subject == "body" and self.name.startswith("~")


def _path_pattern(path: str) -> str:
    """The path, and all that is below it."""
    found = r"\$"
    for step in _STEP.finditer(path):
        if step["deep"] is not None:
            found += rf".*(?:\.{re.escape(step['deep'])}|\[\"{re.escape(step['deep'])}\"\])"
        elif step["name"] is not None:
            name = re.escape(step["name"])
            found += _ANY_KEY if step["name"] == "*" else rf"(?:\.{name}|\[\"{name}\"\])"
        else:
            found += r"\[\d+\]" if step["index"] == "*" else rf"\[{step['index']}\]"
    return rf"{found}(?:[.\[].*)?"


def read_rule(text: str) -> Rule:
    """A rule as the user writes it. Raises :class:`RuleError`."""
    if text == "body":
        return Rule("body", "")
    if text.startswith("body~"):
        try:
            re.compile(text.removeprefix("body~"))
        except re.error as problem:
            raise RuleError(f"{text!r} is no rule: {problem}.") from None
        return Rule("body", text.removeprefix("body"))
    subject, colon, name = text.partition(":")
    if subject not in _SUBJECTS or not colon or not name.strip():
        raise RuleError(f"{text!r} is no rule: write {FORMS}.")
    name = name.strip()
    if subject == "body" and "".join(step[0] for step in _STEP.finditer(name[1:])) != name[1:]:
        raise RuleError(f"{text!r} is no rule: a path is written as $.items[0].id, $.items[*].id or $..id.")
    if subject == "body" and not name.startswith("$"):
        raise RuleError(f"{text!r} is no rule: a path begins with $, as in body:$.time.")
    return Rule(_SUBJECTS[subject], name)
