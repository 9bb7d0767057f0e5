"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["must", "should", "hygiene", "client"]
"""How much it matters: the standards demand it, advise it, or do neither; ``client``: the other side broke it."""

SEVERITIES: Final[tuple[Severity, ...]] = ("must", "should", "hygiene", "client")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that programs on one side of WSGI or HTTP keep."""

    id: str
    """As in ``A23``: a letter for who has to keep it (Server, Application, Middleware, HTTP), and a number."""
    severity: Severity
    """How much it matters."""
    clause: str
    """Where it is written."""
    text: str
    """The rule, one sentence without a full stop."""
    mend: str = ""
    """How who breaks it mends that; empty for rules that are never reported."""
    blind: str = ""
    """Why no recording shows whether it was kept; empty: it is observed."""
