"""The first line: what runs where, and how it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Line, Run, width
from wsgitrace.tui.units import count, counted, duration
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.strip import Strip

    from wsgitrace.tui.feed import Phase, Status, Totals

__all__ = ["TopBar", "top_line"]

_CHIPS: dict[Phase, tuple[str, str]] = {
    "starting": (" ◌ STARTING ", "chip-busy"),
    "serving": (" ● LIVE ", "chip"),
    "import failed": (" ✗ IMPORT FAILED ", "chip-bad"),
    "reloading": (" ↻ RELOADING ", "chip-busy"),
    "draining": (" ◌ DRAINING ", "chip-busy"),
    "gone": (" ✗ PROCESS GONE ", "chip-bad"),
    "file": (" ■ RECORDING ", "chip-busy"),
}


class TopBar(Panel):
    """One line, painted again only when it says something else."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None
        self._totals: Totals | None = None

    def show(self, status: Status, totals: Totals) -> None:
        """Say how it goes now."""
        if (status, totals) != (self._status, self._totals):
            self._status, self._totals = status, totals
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        cells = self.content_size.width
        if y or self._status is None or self._totals is None:
            return self.paint((), cells)
        return self.paint(top_line(self._status, self._totals, cells), cells)


def top_line(status: Status, totals: Totals, cells: int) -> Line:
    """The bar in ``cells`` cells: what matters least is left out first."""
    chip, chip_role = _CHIPS[status.phase]
    address = " ".join((status.address, *status.others))
    left = [Run(" wsgitrace ", "strong"), Run(f" {status.app}", "plain"), Run(f"  {address}", "dim")]
    right: list[tuple[int, Run]] = []
    if status.held:
        right.append((0, Run(f" ‖ {len(status.held)} HELD ", "chip-held")))
    elif status.hold_next:
        right.append((0, Run(" ‖ HOLDS NEXT ", "chip-held")))
    right += _counters(status, totals)
    if status.others and _length(left) + width(chip) + _length([run for _, run in right]) + 3 > cells:
        left[2] = Run(f"  {status.address} +{len(status.others)}", "dim")
    kept = list(right)
    while kept and _length(left) + width(chip) + sum(width(run.text) for _, run in kept) + 3 > cells:
        least = max(rank for rank, _ in kept)
        if least <= 1 and len(left) > 2:  # noqa: PLR2004 -- name, app and address
            left.pop()
            kept = list(right)
            continue
        if least <= 1:
            break
        kept = [(rank, run) for rank, run in kept if rank != least]
    runs = [*left, Run("  "), Run(chip, chip_role)]
    counters = [run for _, run in kept]
    gap = cells - _length(runs) - _length(counters) - 1
    return (*runs, Run(" " * max(1, gap)), *counters)


def _counters(status: Status, totals: Totals) -> list[tuple[int, Run]]:
    """Counters with the rank in which they are given up; what went wrong is never given up."""
    found = [*_breakpoints(status), (2, Run(f"  {count(totals.requests)} req", "plain"))]
    if status.phase != "file":
        found.append((4, Run(f"  {totals.rate:.0f}/s" if totals.rate >= 1 or not totals.rate else "  <1/s", "plain")))
        if totals.p50 is not None and totals.p95 is not None:
            found.append((5, Run(f"  p50 {duration(totals.p50)}", "dim")))
            found.append((3, Run(f"  p95 {duration(totals.p95)}", "dim")))
        if totals.open:
            found.append((6, Run(f"  open {count(totals.open)}", "dim")))
        found.append(
            (3 if not totals.errors else 1, Run(f"  err {count(totals.errors)}", "error" if totals.errors else "dim"))
        )
    if totals.unclosed:
        found.append((1, Run(f"  {count(totals.unclosed)} never closed", "warning")))
    if status.phase != "file" or totals.dropped:
        rank = 1 if totals.dropped else 7
        found.append((rank, Run(f"  dropped {count(totals.dropped)}", "warning" if totals.dropped else "dim")))
    if totals.evicted:
        found.append((6, Run(f"  evicted {count(totals.evicted)}", "dim")))
    return found


def _breakpoints(status: Status) -> list[tuple[int, Run]]:
    """How many hold, or that all are off: some may be there from the last time."""
    if not status.breakpoints:
        return []
    number = sum(one.on for one in status.breakpoints) if status.breakpoints_on else 0
    if not number:
        return [(5, Run("  breakpoints off", "dim"))]
    return [(3, Run(f"  {counted(number, 'breakpoint')}", "held"))]


def _length(runs: list[Run]) -> int:
    return sum(width(run.text) for run in runs)
