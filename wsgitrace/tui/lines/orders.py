"""Orders of layers that are known to go wrong: a line below the layers, and why in the ledger tab."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.naming import short_name
from wsgitrace.trace.ordering import advise
from wsgitrace.tui.lines.rules import nothing
from wsgitrace.tui.lines.values import heading, text_row
from wsgitrace.tui.painting import Row, Run, fit
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from wsgitrace.trace import Trace
    from wsgitrace.tui.lines.values import Shown

__all__ = ["order_marks", "order_rows"]

_FOLD: Final = ("ledger", "order")
_INDENT: Final = 5


def order_marks(trace: Trace, cells: int, leaves_out: Callable[[str], bool] = nothing) -> list[Row]:
    """One line for each pair of layers, to stand below all of them."""
    return [
        Row(
            (
                Run("! ", "warning"),
                Run(fit(f"{short_name(one.inner)} inside {short_name(one.outer)}: the ledger says why not", cells - 2)),
            ),
            value=one.reason,
            title="Order of layers",
        )
        for one in advise(trace)
        if not leaves_out(one.order.id)
    ]


def order_rows(
    trace: Trace, cells: int, toggled: Collection[object], shown: Shown, leaves_out: Callable[[str], bool] = nothing
) -> list[Row]:
    """What is wrong, why, what shows it, how to mend it; nothing where the order is not known to go wrong."""
    found = [one for one in advise(trace) if not leaves_out(one.order.id)]
    if not found:
        return []
    folded = _FOLD in toggled
    note = f"{counted(len(found), 'pair')} known to go wrong"
    rows = [heading("Order of layers", _FOLD, fold=_FOLD, note=note, folded=folded)]
    if folded:
        return rows
    room = max(20, cells - _INDENT)
    for one in found:
        said = f"{short_name(one.inner)} inside {short_name(one.outer)}"
        runs = (Run(f" {said}  ", "strong"), Run(one.order.id, "warning"))
        rows.append(Row(runs, key=("fault", "order", one.order.id, one.outer, one.inner), value=one.reason, title=said))
        rows += [text_row(f"     {line}") for line in wrap(one.reason, room)]
        for text in (shown.prose(one.evidence), f"To mend it: {one.order.mend}"):
            rows += [text_row(f"     {line}", "dim") for line in wrap(text, room)]
    return [*rows, Row(())]
