"""The Console tab: what the application printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Row, Run, pad_left
from wsgitrace.tui.units import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import OutputRow
    from wsgitrace.tui.lines.values import Shown

__all__ = ["console_rows"]


def console_rows(lines: Sequence[OutputRow], shown: Shown, *, with_number: bool) -> list[Row]:
    """One row per line; ``E`` marks standard error. With ``with_number`` each tells its request."""
    rows: list[Row] = []
    for line in lines:
        number = ""
        if with_number:
            number = pad_left("" if line.exchange is None else f"#{line.exchange}", 7) + " "
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
