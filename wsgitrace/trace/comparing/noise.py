"""What does not count in a comparison: what is known to be volatile, what the user ignores, what was learnt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wsgitrace.events import LongText, Opaque, RawBytes, from_text
from wsgitrace.trace.comparing.volatile import COOKIES, ENVIRON, HEADERS, PATTERNS, reason_of
from wsgitrace.trace.environ import same_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import Value
    from wsgitrace.trace.comparing.rules import Rule, Subject

__all__ = ["Noise"]

_NONCE: Final = re.compile(r"'nonce-[^']*'")

_ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


@dataclass(frozen=True)
class Noise:
    """What does not count."""

    rules: tuple[Rule, ...] = ()
    """Beside what is volatile by its name."""

    def also(self, rules: Iterable[Rule]) -> Noise:
        """The same and further rules; those that are there already are left out."""
        known = {str(rule) for rule in self.rules}
        return Noise((*self.rules, *(rule for rule in rules if str(rule) not in known)))

    def _ruled(self, subject: Subject, name: str) -> str:
        folded = name.lower() if subject != "body" else name
        for rule in self.rules:
            if rule.subject == subject and not rule.of_text and (not rule.name or rule.pattern.fullmatch(folded)):
                return rule.reason
        return ""

    def field(self, name: str) -> str:
        """Why a response header field does not count at all, not even that it is there; empty where it does."""
        return self._ruled("header", name)

    def folded(self, name: str, value: str) -> tuple[str, str]:
        """The value of a response header field without what is volatile in it, and why that is."""
        reason = reason_of(name, HEADERS)
        if reason:
            return "", reason
        if name.lower() == "set-cookie":
            return self._folded_cookie(value)
        if name.lower().startswith("content-security-policy") and _NONCE.search(value):
            return _NONCE.sub("'nonce-…'", value), "a nonce for one response"
        return value, ""

    def _folded_cookie(self, value: str) -> tuple[str, str]:
        """A cookie by its name and attributes; the value where that is not volatile."""
        pair, *attributes = (part.strip() for part in value.split(";"))
        name, _, content = pair.partition("=")
        reason = self._ruled("cookie", name) or reason_of(name, COOKIES)
        kept = [each for each in attributes if not each.lower().startswith("expires=")]
        reason = reason or ("counted from now" if len(kept) < len(attributes) else "")
        content = "…" if self._ruled("cookie", name) or reason_of(name, COOKIES) else content
        return "; ".join([f"{name}={content}", *kept]), reason

    def environ(self, key: str, one: Value, other: Value) -> str:
        """Why two values of an environ key that differ do not count; empty where they do."""
        reason = self._ruled("environ", key)
        if reason or one is None or other is None:
            return reason
        if isinstance(one, float) and isinstance(other, float):
            return "a reading of a clock"
        return reason_of(key.rpartition(".")[2] or key, ENVIRON)

    def path(self, path: str) -> str:
        """Why what differs at a path of a JSON document does not count; empty where it does."""
        return self._ruled("body", path)

    @property
    def whole_body(self) -> str:
        """Why nothing in a body counts; empty where it does."""
        return next((rule.reason for rule in self.rules if rule.subject == "body" and not rule.name), "")

    def text(self, line: str) -> str:
        """A line of a body without what is volatile in it."""
        for pattern, instead in PATTERNS:
            line = pattern.sub(instead, line)
        for rule in self.rules:
            if rule.of_text:
                line = rule.pattern.sub("…", line)
        return line

    @staticmethod
    def message(text: str) -> str:
        """The text of an exception without addresses in memory."""
        return _ADDRESS.sub("0x…", text)


def same_content(one: Value, other: Value) -> bool:
    """True when two values of two exchanges say the same: which object it was says nothing across exchanges."""
    match one, other:
        case Opaque(), Opaque():
            return (one.type, _ADDRESS.sub("", one.text), one.length) == (
                other.type,
                _ADDRESS.sub("", other.text),
                other.length,
            )
        case LongText(), LongText():
            return one.length == other.length and from_text(one.start) == from_text(other.start)
        case RawBytes(), RawBytes():
            return one == other
    return same_value(one, other)
