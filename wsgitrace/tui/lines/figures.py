"""Figures by route and by layer, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.capture.figures import COLUMNS, OTHER, edges
from wsgitrace.tui import units
from wsgitrace.tui.lines.request_row import status_role
from wsgitrace.tui.painting import Line, Row, Run, fit, pad_left, width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.capture.figures import Figures, Spread
    from wsgitrace.tui.lines.values import Shown

__all__ = ["SORTS", "layer_lines", "route_lines", "scale"]

SORTS: Final = ("count", "p50", "p95", "p99", "total")
"""What routes can be sorted by, in the order of their columns."""

_CLASSES: Final = (2, 3, 4, 5)
_PERCENTS: Final = (50, 95, 99)
_ROUTES: Final = 1_000
"""Routes shown at most."""

_CLASS, _TIME, _COUNT, _SIZE, _SHARE = 6, 8, 9, 7, 7

_WITH_HISTOGRAM: Final = 110
_WITH_TOTAL: Final = 96
"""Cells from which on there is room for columns that one can do without."""


def route_lines(figures: Figures, sort: str, cells: int, shown: Shown) -> tuple[Line, list[Row]]:
    """The heads of the columns, and a row for each route; its key is (method, path)."""
    routes = figures.sorted_routes(sort)[:_ROUTES]
    wide = cells >= _WITH_HISTOGRAM
    bounds = edges(route.durations for route in routes)
    asks = cells >= _WITH_TOTAL and any(route.queries for route in routes)
    ends = _TIME * (cells >= _WITH_TOTAL) + _CLASS * asks + (_SIZE + COLUMNS + 1) * wide
    room = max(8, cells - _COUNT - _CLASS * len(_CLASSES) - _TIME * len(_PERCENTS) - ends)
    heads = [("count", _COUNT), *((f"{kind}xx", _CLASS) for kind in _CLASSES), *((f"p{p}", _TIME) for p in _PERCENTS)]
    heads += [("total", _TIME)] * (cells >= _WITH_TOTAL) + [("sql", _CLASS)] * asks + [("size", _SIZE)] * wide
    head = (Run(fit("ROUTE", room), "heading"), *_heads(heads, sort), Run(scale(bounds) if wide else "", "heading"))
    rows = []
    for route in routes:
        name = f"{route.method} {shown.path(route.path)}".strip()
        runs = [Run(fit(name or "refused, without a target", room), "plain" if name else "dim")]
        runs.append(Run(pad_left(units.count(route.durations.count), _COUNT), "number"))
        for kind in _CLASSES:
            number = route.classes.get(kind, 0)
            text = units.count(number) if number else "·"
            runs.append(Run(pad_left(text, _CLASS), status_role(kind * 100) if number else "faint"))
        runs += _times(route.durations)
        if cells >= _WITH_TOTAL:
            runs.append(Run(pad_left(units.duration(route.durations.total), _TIME), "dim"))
        if asks:
            runs.append(Run(pad_left(f"{route.queries / max(1, route.durations.count):.1f}", _CLASS), "dim"))
        if wide:
            runs.append(Run(pad_left(units.size(route.size), _SIZE), "dim"))
            runs.append(Run(f" {route.durations.bars(bounds)}", "bar"))
        rows.append(Row(tuple(runs), key=None if route.path == OTHER else (route.method, route.path)))
    return head, rows


def layer_lines(figures: Figures, cells: int) -> tuple[Line, list[Row]]:
    """The same for layers, those first that took the most time; a row's key is the layer's dotted name."""
    layers = figures.sorted_layers()
    wide = cells >= _WITH_HISTOGRAM
    bounds = edges(spread for _, spread in layers)
    room = max(8, cells - _COUNT - _TIME * len(_PERCENTS) - _SHARE - (COLUMNS + 1) * wide)
    heads = [("count", _COUNT), *((f"p{percent}", _TIME) for percent in _PERCENTS), ("share", _SHARE)]
    head = (Run(fit("LAYER", room), "heading"), *_heads(heads, ""), Run(scale(bounds) if wide else "", "heading"))
    total = sum(spread.total for _, spread in layers) or 1
    rows = []
    for layer, spread in layers:
        # The end of a dotted name tells layers apart.
        name = layer if width(layer) < room else f"…{layer[2 - room :]}"
        runs = [Run(fit(name, room), "plain"), Run(pad_left(units.count(spread.count), _COUNT), "number")]
        runs += [*_times(spread), Run(pad_left(f"{spread.total / total:.1%}", _SHARE), "dim")]
        runs.append(Run(f" {spread.bars(bounds)}" if wide else "", "bar"))
        rows.append(Row(tuple(runs), key=layer))
    return head, rows


def _heads(heads: Iterable[tuple[str, int]], sort: str) -> list[Run]:
    return [
        Run(
            pad_left(f"▼{name.upper()}" if name == sort else name.upper(), cells),
            "strong" if name == sort else "heading",
        )
        for name, cells in heads
    ]


def _times(spread: Spread) -> list[Run]:
    values = [units.duration(spread.percentile(percent) or 0) for percent in _PERCENTS]
    return [Run(pad_left(value, _TIME), role) for value, role in zip(values, ("number", "plain", "dim"), strict=True)]


def scale(bounds: list[int]) -> str:
    """What stands above the histograms, after a blank: where their columns begin and where they end."""
    step = bounds[1] / bounds[0]
    first, last = units.duration(round(bounds[0] / step)), units.duration(round(bounds[-1] * step))
    if len(first) + len(last) >= COLUMNS:
        first = first.removesuffix("ms") if last.endswith("ms") else first
    fits = len(first) + len(last) < COLUMNS
    return f" {first + pad_left(last, COLUMNS - len(first)) if fits else fit('TIME', COLUMNS)}"
