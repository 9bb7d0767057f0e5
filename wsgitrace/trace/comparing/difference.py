"""One thing that differs, and whether it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.events import Value

Verdict: TypeAlias = Literal["same", "noise", "differs"]
"""``noise``: all that differs is known to differ each time."""

Where: TypeAlias = Literal[
    "status", "header", "body", "ending", "environ", "framework", "input", "exception", "layer", "close", "request"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. Raw values: masking and safety come later."""

    where: Where
    """What sort of thing it is; ``header`` and ``environ`` say by which name its values are masked."""
    name: str
    """Name of the field, key of the environ, path in the document; empty where there is one such thing."""
    one: Value
    """What the one has; None: nothing."""
    other: Value
    """What the other has; None: nothing."""
    noise: str = ""
    """Why it does not count, in a few words; empty: it does."""


def verdict_of(differences: Iterable[Difference]) -> Verdict:
    """What they come to."""
    verdict: Verdict = "same"
    for difference in differences:
        if not difference.noise:
            return "differs"
        verdict = "noise"
    return verdict


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several verdicts come to."""
    found = set(verdicts)
    return "differs" if "differs" in found else "noise" if "noise" in found else "same"
