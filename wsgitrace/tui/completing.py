"""What a filter or a breakpoint may say of rules: each with its one line, whatever was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wsgitrace.query import BREAKPOINT_FIELDS, FIELDS, Word
from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.query import Field

__all__ = ["OF_BREAKPOINTS", "OF_FILTERS"]

_RULES: Final = tuple(Word(rule.id, f"{rule.severity}: {rule.text}") for rule in RULES.values() if not rule.blind)


def _with_rules(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The same fields; of that for rules all rules are known by name."""
    return tuple(replace(field, words=(*field.words, *_RULES)) if field.name == "lint" else field for field in fields)


OF_FILTERS: Final = _with_rules(FIELDS)
"""Fields of filters."""

OF_BREAKPOINTS: Final = _with_rules(BREAKPOINT_FIELDS)
"""Fields of breakpoints."""
