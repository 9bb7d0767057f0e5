"""What analysis found remarkable about a request, in a few words beside its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.trace.describe import count
from wsgitrace.trace.logs import ERROR, WARNING, level_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Badges", "Gravity", "badge_texts"]

Badges: TypeAlias = Sequence[tuple[str, int]]
"""Kinds of findings, or rules that were broken, and the value of each."""

Gravity: TypeAlias = Literal["error", "warning", "dim"]


def badge_texts(badges: Badges, duration: Callable[[int], str]) -> list[tuple[str, Gravity]]:
    """Each in words, and how grave it is; ``duration``: how nanoseconds are written."""
    return [*_of_layers(badges, duration), *_beside(dict(badges), duration)]


def _of_layers(badges: Badges, duration: Callable[[int], str]) -> list[tuple[str, Gravity]]:
    """``in 812→0``: a layer found the body empty of which others had read so much; how long one held it back; rules."""
    found: list[tuple[str, Gravity]] = []
    for kind, value in badges:
        if kind == "starved":
            found.append((f"in {value}→0", "warning"))
        elif kind == "buffered":
            found.append((f"buffered {duration(value)}", "warning"))
    rules = " ".join(kind for kind, _ in badges if kind.isupper())
    return [*found, (f"breaks {rules}", "warning")] if rules else found


def _beside(badges: dict[str, int], duration: Callable[[int], str]) -> list[tuple[str, Gravity]]:
    """``14 sql 1.3ms, 12 alike``: database queries; ``2 errors``, ``3 logs (error)``: records, and the worst level."""
    found: list[tuple[str, Gravity]] = []
    if "sql" in badges:
        alike, failed = badges.get("repeated", 0), badges.get("sqlfailed", 0)
        text = f"{badges['sql']:,} sql {duration(badges.get('sqltime', 0))}"
        text += f", {alike:,} alike" if alike else ""
        text += f", {failed:,} failed" if failed else ""
        found.append((text, "warning" if alike or failed else "dim"))
    levels = {int(kind.removeprefix("log ")): times for kind, times in badges.items() if kind.startswith("log ")}
    if levels:
        worst, logged = max(levels), sum(levels.values())
        gravity: Gravity = "error" if worst >= ERROR else "warning" if worst >= WARNING else "dim"
        text = f"{count(logged, 'log')} ({level_name(worst)})"
        found.append((text if len(levels) > 1 else count(logged, level_name(worst)), gravity))
    return sorted(found, key=lambda each: each[1] != "error")
