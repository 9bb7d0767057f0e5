"""Breakpoints as lines, and the breakpoint that fits what the cursor stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.safetext import safe
from wsgitrace.trace.stepping import KINDS
from wsgitrace.tui.painting import Row, Run

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from wsgitrace.supervisor.breakpoints import Breakpoint
    from wsgitrace.trace import Trace

__all__ = ["breakpoint_rows", "suggested"]

_NEEDS_QUOTES = frozenset(" \t\"'(),:=<>*")


def breakpoint_rows(breakpoints: Sequence[Breakpoint], *, on: bool) -> list[Row]:
    """The list: ``●`` holds, ``○`` does not."""
    rows = []
    for one in breakpoints:
        holds = one.on and on
        said = f"{one.hits:,} hits" if one.hits != 1 else "1 hit"
        why = f"  never: {one.never}" if one.never else "  has held its one" if one.used_up else ""
        rows.append(
            Row(
                (
                    Run("● " if holds else "○ ", "held" if holds else "dim"),
                    Run(safe(one.text), "strong" if holds else "dim"),
                    Run(f"   {said}", "dim"),
                    Run(why, "warning"),
                ),
                key=("breakpoint", one.id),
                value=one.text,
                title="Breakpoint",
            )
        )
    return rows


def suggested(key: Hashable, title: str, trace: Trace | None, layer: str) -> str:
    """The breakpoint for a row: its layer, its event, the header or environ key that it shows; else the layer."""
    where = _exactly(layer) if layer else ""
    if not isinstance(key, tuple) or not key:
        return where
    kind = key[0]
    if kind == "event" and trace is not None:
        event = next((each for each in trace.events if each.seq == key[1]), None)
        span = None if event is None else trace.by_id.get(event.span)
        name = KINDS.get(type(event), "") if event is not None else ""
        of = "" if span is None or span.layer is None else f"{_exactly(span.layer.name)} "
        return f"{of}on:{name}" if name else of.strip()
    if kind == "header" and title:
        return f"changed:{quoted(title.lower())}"
    if kind == "status":
        return "changed:status"
    if kind in {"key", "since", "change", "in", "gone"} and title:
        return f"changed:environ:{quoted(title)}"
    return where


def _exactly(layer: str) -> str:
    """That layer and no other: a part of its name may be a part of all names, as the package's is."""
    return f"layer:={quoted(layer)}"


def quoted(text: str) -> str:
    """A text as a value of the filter language."""
    if not text or not _NEEDS_QUOTES.isdisjoint(text):
        return '"' + text.replace('"', '\\"') + '"'
    return text
