"""The Console tab: what the application printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.tui.painting import Row, Run, fit, pad_left
from wsgitrace.tui.units import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wsgitrace.capture import OutputRow
    from wsgitrace.tui.lines.values import Shown

__all__ = ["console_rows"]


_NAMES: Final = 18
"""Cells for a layer's name."""


def console_rows(lines: Sequence[OutputRow], shown: Shown, names: Mapping[int, str] | None = None) -> list[Row]:
    """One row per line; ``E`` marks standard error. Each tells its request or, with ``names`` of passes, its pass."""
    rows: list[Row] = []
    width = 0 if names is None else min(_NAMES, max((len(names.get(line.span, "")) for line in lines), default=0))
    for line in lines:
        if names is None:
            number = pad_left("" if line.exchange is None else f"#{line.exchange}", 7) + " "
        else:
            number = f"{fit(names.get(line.span, ''), width)} " if width else ""
        sign, role = ("E ", "warning") if line.stream == "stderr" else ("  ", "plain")
        text = shown.prose(line.text)
        rows.append(
            Row(
                (Run(clock(line.time) + " ", "dim"), Run(number, "dim"), Run(sign, role), Run(text, "plain")),
                key=("line", line.id),
                value=text,
                title=line.stream,
            )
        )
    return rows
