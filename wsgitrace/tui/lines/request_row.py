"""A request as one row of the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.redact import mask_target
from wsgitrace.tui import units
from wsgitrace.tui.lines.bars import bar, nice_step
from wsgitrace.tui.painting import Line, Run, fit, pad_left

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import Summary

__all__ = ["Columns", "flag", "head_line", "next_scale", "note", "request_line", "status_role"]

SERVER_ERROR = 500
CLIENT_ERROR = 400
REDIRECT = 300


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns of a list; 0: the column is left out."""

    number: int
    time: int
    method: int
    path: int
    bar: int
    layers: int
    note: int

    @classmethod
    def of(cls, cells: int, newest: int) -> Columns:
        """The columns that fit into ``cells``; the path is the last to go."""
        number = max(4, len(str(newest)))
        time = 8 if cells >= 72 else 0  # noqa: PLR2004 -- where the path would get under 16 cells
        layers = 3 if cells >= 90 else 0  # noqa: PLR2004 -- likewise
        fixed = 3 + number + 1 + (time + 1 if time else 0) + 8 + 4 + 8 + 6 + (layers + 1 if layers else 0)
        flexible = cells - fixed
        bars = min(24, flexible // 5) if cells >= 90 else 0  # noqa: PLR2004 -- likewise
        flexible -= bars + 1 if bars else 0
        notes = max(0, min(44, flexible * 3 // 10)) if flexible >= 24 else 0  # noqa: PLR2004 -- likewise
        return cls(number, time, 7, max(1, flexible - (notes + 1 if notes else 0)), bars, layers, notes)


def head_line(columns: Columns, scale: int) -> Line:
    """The line above the rows; ``scale`` is what a full duration bar means, nanoseconds."""
    text = "   " + pad_left("#", columns.number) + " "
    if columns.time:
        text += fit("TIME", columns.time) + " "
    text += fit("METHOD", columns.method) + " " + fit("PATH", columns.path) + "  ST" + "   TOTAL"
    if columns.bar:
        unit = _scale_name(scale)
        text += " 0" + pad_left(unit, columns.bar - 1) if columns.bar > len(unit) + 2 else " " * (columns.bar + 1)
    text += "  SIZE"
    if columns.layers:
        text += " LYR"
    if columns.note:
        text += " " + fit("NOTE", columns.note)
    return (Run(text, "heading"),)


def request_line(row: Summary, columns: Columns, scale: int, now: int, *, revealed: bool) -> Line:
    """One request; ``now`` is the wall clock, for those that are still open."""
    mark, mark_role = flag(row)
    runs = [
        Run("★" if row.pinned else " ", "accent"),
        Run(mark + " ", mark_role),
        Run(pad_left(str(row.number), columns.number) + " ", "dim"),
    ]
    if columns.time:
        runs.append(Run(units.clock(row.wall) + " ", "dim"))
    target = row.target if revealed else mask_target(row.target)
    runs += [
        Run(fit(row.method or "?", columns.method) + " ", "method"),
        Run(fit(target, columns.path), "plain"),
        Run(pad_left("" if row.status is None else str(row.status), 4), status_role(row.status)),
    ]
    runs += _times(row, columns, scale, now)
    runs.append(Run(pad_left(units.size(row.response_size) if row.status is not None else "", 6), "dim"))
    if columns.layers:
        runs.append(Run(pad_left(str(row.layers) if row.layers else "", columns.layers + 1), "dim"))
    if columns.note:
        text, role = note(row)
        runs.append(Run(" " + fit(text, columns.note), role))
    return tuple(runs)


def _times(row: Summary, columns: Columns, scale: int, now: int) -> list[Run]:
    """The total and its bar; for a request still open, how long it has been and why."""
    if row.done:
        runs = [Run(pad_left(units.duration(row.net_duration), 8), "number")]
        if columns.bar:
            slow = row.net_duration > scale
            runs.append(Run(" " + bar(row.net_duration / scale, columns.bar), "warning" if slow else "bar"))
        return runs
    # Summaries of open requests come at most ten times a second; the wall clock goes on in between.
    running = units.elapsed(max(row.duration, now - row.wall))
    role = "held" if row.state == "held" else "accent"
    runs = [Run(" " + pad_left(running + "…", 7), role)]
    if columns.bar:
        runs.append(Run(" " + fit({"held": "‖ held", "streaming": "streaming ›"}.get(row.state, "running"), columns.bar), role))
    return runs


def status_role(status: int | None) -> str:
    """The look of a status; its digits tell the same."""
    if status is None or status < 200:  # noqa: PLR2004 -- informational
        return "dim"
    if status >= SERVER_ERROR:
        return "error"
    if status >= CLIENT_ERROR:
        return "warning"
    return "redirect" if status >= REDIRECT else "good"


def flag(row: Summary) -> tuple[str, str]:
    """One character that says what is remarkable, and its role."""
    if row.state == "held":
        return "‖", "held"
    if row.state == "streaming":
        return "›", "accent"
    if row.state == "running":
        return "…", "accent"
    if (row.exception and not row.swallowed) or (row.status or 0) >= SERVER_ERROR or row.how in {"cut", "worker gone"}:
        return "✗", "error"
    if row.swallowed or not row.closed or row.dropped or row.how in {"refused", "client gone"}:
        return "!", "warning"
    if row.replay_of is not None:
        return "↻", "accent"
    return " ", "dim"


def note(row: Summary) -> tuple[str, str]:
    """What a reader should know first, most important first, and the role of it all."""
    if row.state == "held":
        return "at " + row.held_at, "held"
    found: list[tuple[str, str]] = []
    if row.how in {"cut", "worker gone", "client gone", "refused"}:
        found.append((f"{row.how}: {row.note}" if row.note else row.how, "warning" if row.how == "client gone" else "error"))
    if row.exception:
        name = row.exception.rpartition(".")[2]
        found.append((f"{name} swallowed" if row.swallowed else name, "warning" if row.swallowed else "error"))
    if row.state == "streaming":
        found.append((f"chunk {units.count(row.chunks)}", "accent"))
    if row.replay_of is not None:
        found.append((f"replays {row.replay_of}", "accent"))
    if row.short_circuit:
        found.append((f"answered by {row.short_circuit.rpartition('.')[2]}", "dim"))
    if not row.closed:
        found.append(("never closed", "warning"))
    if row.start_responses > 1:
        found.append((f"start_response ×{row.start_responses}", "dim"))
    if row.input in {"unread", "partial"} and row.done:
        found.append((f"body {'not' if row.input == 'unread' else 'partly'} read", "dim"))
    if row.dropped:
        found.append((f"{units.count(row.dropped)} dropped", "warning"))
    if row.note and row.how == "complete":
        found.append((row.note, "dim"))
    return ", ".join(text for text, _ in found), found[0][1] if found else "dim"


def next_scale(rows: Sequence[Summary], scale: int) -> int:
    """What a full bar means, nanoseconds: room for nine of ten rows, and no change while the old one does.

    Outliers run over the end, marked: one slow request must not flatten all others.
    """
    times = sorted(row.net_duration for row in rows if row.done)
    if not times:
        return scale
    most = times[min(len(times) - 1, len(times) * 9 // 10)]
    if scale / 4 < most <= scale:
        return scale
    return max(units.MILLI, int(nice_step(max(1, most), 1)))


def _scale_name(scale: int) -> str:
    return f"{scale // units.SECOND}s" if scale >= units.SECOND else f"{scale // units.MILLI}ms"
