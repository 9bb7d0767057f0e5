"""What the list says of requests that are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wsgitrace.replay import Fate, Watch

__all__ = ["watch_text"]

_ROLES: Final[dict[Fate, str]] = {
    "": "dim",
    "waiting": "accent",
    "pass": "good",
    "changed": "warning",
    "failed": "error",
}


def watch_text(watch: Watch) -> tuple[str, str]:
    """What the list says of it, and its role."""
    if watch.fate in {"", "waiting"}:
        return "watched" if not watch.fate else "runs again, watched", _ROLES[watch.fate]
    # What became of it comes first: the column is narrow.
    return f"{watch.fate} #{watch.replay}, watched", _ROLES[watch.fate]
