"""Rows put together: the many items of a body as one row, and time in which nothing happened as a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.flow.model import Part, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.trace.flow.model import Kind

TRAFFIC: Final[frozenset[Kind]] = frozenset({"chunk", "write", "sent", "read", "log", "query"})
"""What may come in any number."""

FEW: Final = 6
"""As many rows of traffic in a row are shown one by one."""

GAP_NS: Final = 500_000
"""Time between two rows that is worth a row: at least as much …"""

GAP_PART: Final = 50
"""… and one part in so many of the exchange."""


def gather_traffic(rows: Sequence[Row]) -> list[Row]:
    """Of many items in a row the first and the last of each kind are shown, with what changed; the rest is one row."""
    found: list[Row] = []
    run: list[Row] = []
    for row in rows:
        if row.kind in TRAFFIC:
            run.append(row)
            continue
        found += _settled(run)
        run = []
        found.append(row)
    return found + _settled(run)


def _settled(run: list[Row]) -> list[Row]:
    if len(run) <= FEW:
        return run
    first: dict[tuple[Kind, int, int], int] = {}
    last: dict[tuple[Kind, int, int], int] = {}
    for index, (kind, _, _, _, start, end, *_) in enumerate(run):
        first.setdefault((kind, start, end), index)
        last[kind, start, end] = index
    kept = {*first.values(), *last.values()}
    found: list[Row] = []
    rest: list[Row] = []
    for index, row in enumerate(run):
        if index in kept or row.changes:
            found += _as_one(rest)
            rest = []
            found.append(row)
        else:
            rest.append(row)
    return found + _as_one(rest)


def _as_one(rest: list[Row]) -> list[Row]:
    if len(rest) < 2:  # noqa: PLR2004 -- one row as one row
        return rest
    sums: dict[tuple[Kind, int, int], list[int]] = {}
    for row in rest:
        found = sums.setdefault((row.kind, row.start, row.end), [0, 0])
        found[0] += 1
        found[1] += row.length
    parts = tuple(Part(*key, times, length) for key, (times, length) in sums.items())
    columns = [column for part in parts for column in (part.start, part.end)]
    first, last = rest[0], rest[-1]
    length = sum(part.length for part in parts)
    return [
        Row("more", first.seq, first.at, first.by, max(columns), min(columns), (), length, last.at, parts),
    ]


def with_gaps(rows: Sequence[Row], whole: int) -> Iterator[Row]:
    """The rows, and between them the time that is left out of the picture, each time with who had it.

    ``whole``: nanoseconds that the exchange took.
    """
    least = max(GAP_NS, whole // GAP_PART)
    before = rows[0].at if rows else 0
    for row in rows:
        waited = row.at - before
        if waited >= least:
            yield Row("gap", row.seq, before, row.by, row.by, row.by, (), waited, row.at)
        yield row
        before = max(before, row.until)
