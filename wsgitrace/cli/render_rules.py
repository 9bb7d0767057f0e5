"""The rules of the linter, as text and as JSON."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.trace.rules import Rule

__all__ = ["rule_lines", "rules_object"]


def rule_lines(rules: Iterable[Rule], width: int, *, mend: bool) -> Iterator[str]:
    """Each rule: observed, or why not; ``mend``: and how who breaks it mends that."""
    for rule in rules:
        lead = f"{rule.id}  {rule.severity:7}  "
        about = [f"{rule.text} ({rule.clause})", f"not observable: {rule.blind}" if rule.blind else "observed"]
        if mend and rule.mend:
            about.append(f"To mend it: {rule.mend}")
        lines = [line for text in about for line in wrap(text, max(30, width - len(lead)))]
        yield f"{lead}{lines[0]}"
        yield from (f"{' ' * len(lead)}{line}" for line in lines[1:])


def rules_object(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """The same for ``--json``."""
    return [
        {
            "rule": rule.id,
            "severity": rule.severity,
            "clause": rule.clause,
            "text": rule.text,
            "mend": rule.mend,
            "observed": not rule.blind,
            "reason": rule.blind,
        }
        for rule in rules
    ]
