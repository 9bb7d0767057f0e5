"""Figures as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wsgitrace.capture.figures import COLUMNS, edges
from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import duration, plural, short_size
from wsgitrace.export.summary_json import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture.figures import Figures, Route, Spread
    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker

__all__ = ["layer_objects", "layer_table", "stats_object", "tables", "times"]

_ROOM: Final = 100
"""Columns of a terminal from which on there is room for histograms and sizes."""

_NARROWEST: Final = 12
_CLASSES: Final = (2, 3, 4, 5)


def stats_object(figures: Figures, sort: str, analysed_to: int, masker: Masker) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "requests": figures.count,
        "open": figures.open,
        "first": timestamp(figures.first) if figures.count else None,
        "last": timestamp(figures.last) if figures.count else None,
        "analysed_to": analysed_to,
        "routes": [
            {
                "method": route.method,
                "route": masker.path(route.path),
                "count": route.durations.count,
                "classes": {f"{kind}xx" if kind else "none": n for kind, n in sorted(route.classes.items())},
                **times(route.durations),
                "response_size": route.size,
                "queries": route.queries,
                "query_ns": route.query_time,
            }
            for route in figures.sorted_routes(sort)
        ],
        "layers": layer_objects(figures),
    }


def layer_objects(figures: Figures) -> list[dict[str, Any]]:
    """Counts and times by layer as ``--json`` has them."""
    return [{"layer": layer, "count": spread.count, **times(spread)} for layer, spread in figures.sorted_layers()]


def tables(figures: Figures, style: Style, sort: str, rows: int, masker: Masker) -> Iterator[str]:
    """The table of routes and that of layers, as wide as the terminal at most."""
    yield style.paint(f"{plural(figures.count, 'request')}, {plural(len(figures.routes), 'route')}", "bold")
    routes = figures.sorted_routes(sort)
    shown = routes[:rows]
    bounds = edges(route.durations for route in shown)
    wide = style.width >= _ROOM
    yield ""
    asks = any(route.queries for route in shown)
    ending = f" {'SQL':>6}" if asks else ""
    ending += f" {'SIZE':>6} {_scale(bounds)}" if wide else ""
    head = f"{'COUNT':>8} {'2xx':>6} {'3xx':>5} {'4xx':>5} {'5xx':>5} {_heads()}{ending}"
    room = max(_NARROWEST, style.width - len(head) - 1)
    yield style.paint(f"{'ROUTE':{room}} {head}", "bold")
    for route in shown:
        name = pad(f"{route.method} {masker.path(route.path)}".strip() or "refused, without a target", room)
        classes = " ".join(_class(route, kind, style) for kind in _CLASSES)
        end = f" {route.queries / route.durations.count:>6.1f}" if asks else ""
        end += f" {short_size(route.size):>6} {route.durations.bars(bounds)}" if wide else ""
        yield f"{name} {route.durations.count:>8,} {classes} {_cells(route.durations)}{end}"
    if len(routes) > rows:
        yield style.paint(f"… {plural(len(routes) - rows, 'more route')}; -n shows more", "dim")
    if figures.layers:
        yield ""
        yield from layer_table(figures, style)


def layer_table(figures: Figures, style: Style) -> Iterator[str]:
    """The table of layers alone: percentiles, share of the time, histogram."""
    wide = style.width >= _ROOM
    layers = figures.sorted_layers()
    bounds = edges(spread for _, spread in layers)
    ending = f" {'SHARE':>6} {_scale(bounds)}" if wide else ""
    head = f"{'COUNT':>8} {_heads()}{ending}"
    room = max(_NARROWEST, style.width - len(head) - 1)
    yield style.paint(f"{'LAYER':{room}} {head}", "bold")
    total = sum(spread.total for _, spread in layers) or 1
    for layer, spread in layers:
        # The end of a dotted name tells layers apart.
        name = layer if len(layer) <= room else f"…{layer[1 - room :]}"
        end = f" {spread.total / total:>6.1%} {spread.bars(bounds)}" if wide else ""
        yield f"{clip(name, room):{room}} {spread.count:>8,} {_cells(spread)}{end}"


def times(spread: Spread) -> dict[str, int | None]:
    """Percentiles, largest and sum in nanoseconds, as ``--json`` has them."""
    found = {f"p{percent}_ns": spread.percentile(percent) for percent in (50, 95, 99)}
    return {**found, "max_ns": spread.largest, "total_ns": spread.total}


def _heads() -> str:
    return " ".join(f"{name:>7}" for name in ("P50", "P95", "P99"))


def _cells(spread: Spread) -> str:
    return " ".join(f"{duration(spread.percentile(percent) or 0):>7}" for percent in (50, 95, 99))


def _class(route: Route, kind: int, style: Style) -> str:
    number = route.classes.get(kind, 0)
    text = f"{number or '·':>{6 if kind == min(_CLASSES) else 5}}"
    return style.status(kind * 100, text) if number else style.paint(text, "dim")


def _scale(bounds: list[int]) -> str:
    """What stands above the histograms: where they begin and end."""
    first, last = duration(bounds[0] // 2), duration(bounds[-1])
    fits = len(first) + len(last) < COLUMNS
    return f"{first}{last:>{COLUMNS - len(first)}}" if fits else f"{'TIME':{COLUMNS}}"
