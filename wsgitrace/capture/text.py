"""The one line by which text is searched, and how a search over it is asked."""

from __future__ import annotations

from wsgitrace.query import fold
from wsgitrace.query.targets import readable_path

__all__ = ["LINE_LIMIT", "TARGET_LIMIT", "line_of", "line_start", "match_expression", "readable_path"]

TARGET_LIMIT = 4_096
"""Characters of a request target that a summary keeps; the whole is in the recorded head."""

LINE_LIMIT = 1_024
"""Characters of ``path?query`` that text is searched in."""

GRAM = 3
"""Characters of the shortest text that the index can find."""

_TERMS = 12  # each further term costs time; what they leave is compared with the whole text anyway


def line_start(method: str, path: str, target: str) -> str:
    """The folded ``METHOD path?query``, bounded, that an exchange is searched by before its status is known."""
    query = target.partition("?")[2]
    shown = f"{path}?{query}" if query else path
    return fold(f"{method} {shown[:LINE_LIMIT]}")


def line_of(start: str, status: int | None) -> str:
    """The whole line that an exchange is searched by."""
    return start if status is None else f"{start} {status}"


def match_expression(folded: str) -> str:
    """An FTS5 expression that every line with ``folded`` in it matches (and a few more: compare them).

    The index knows which trigrams a line has, not where; so non-overlapping ones, joined by AND, say nearly as much
    as all. ``folded`` has at least :data:`GRAM` characters.
    """
    last = len(folded) - GRAM
    starts = [*range(0, last, GRAM), last][-_TERMS:]
    terms = (folded[start : start + GRAM].replace('"', '""') for start in starts)
    return " ".join(f'"{term}"' for term in terms)
