"""Figures over many exchanges: how often, how long, how they ended, by route and by layer. Flat in memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wsgitrace.capture.reader import Capture
    from wsgitrace.capture.summary import Summary

ROUTES_LIMIT: Final = 2_000
"""Routes told apart. Paths come from traffic: what comes after as many is counted as one more."""

OTHER: Final = "(other)"
"""The route of those."""

_DETAIL: Final = 5
"""A spread tells values apart that differ by more than one part in 2 ** _DETAIL."""

_STEPS: Final = 1 << _DETAIL

_NUMBER: Final = re.compile(r"[0-9]+")
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX: Final = re.compile(r"(?=[^0-9]*[0-9])[0-9a-f]{8,}", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])[\w~=-]{20,}", re.IGNORECASE)

_LONGEST: Final = 200

_BARS: Final = " ▁▂▃▄▅▆▇█"

COLUMNS: Final = 12
"""Columns of a histogram."""

_GAP: Final = 64
"""Exchanges that are read for nothing rather than asked for apart."""


class Spread:
    """How values are spread: exact to three percent, whatever their number."""

    __slots__ = ("_buckets", "count", "largest", "total")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.total = 0
        self.largest = 0

    def add(self, value: int) -> None:
        """One more value; not negative."""
        shift = value.bit_length() - _DETAIL - 1
        self._buckets[value if shift <= 0 else (shift << _DETAIL) + (value >> shift)] += 1
        self.count += 1
        self.total += value
        self.largest = max(self.largest, value)

    def percentile(self, percent: float) -> int | None:
        """The value that so many percent do not exceed; None where there is none."""
        wanted = self.count * percent / 100
        for bucket, so_far in self._ascending():
            if so_far >= wanted:
                return min(_middle(bucket), self.largest)
        return None

    def columns(self, edges: Iterable[int]) -> list[int]:
        """How many values lie below each edge and not below the one before; the last column has all the rest."""
        bounds = list(edges)
        columns = [0] * (len(bounds) + 1)
        for bucket, number in self._buckets.items():
            value = _middle(bucket)
            columns[next((index for index, edge in enumerate(bounds) if value < edge), len(bounds))] += number
        return columns

    def bars(self, edges: Iterable[int]) -> str:
        """:meth:`columns` as block characters of different height, one each; blank only where there is nothing."""
        columns = self.columns(edges)
        highest = max(columns) or 1
        steps = len(_BARS) - 1
        return "".join(_BARS[-(-number * steps // highest)] for number in columns)

    def _ascending(self) -> Iterator[tuple[int, int]]:
        so_far = 0
        for bucket in sorted(self._buckets):
            so_far += self._buckets[bucket]
            yield bucket, so_far


def _middle(bucket: int) -> int:
    if bucket < 2 * _STEPS:
        return bucket
    shift = (bucket >> _DETAIL) - 1
    return (bucket - (shift << _DETAIL) << shift) + (1 << shift >> 1)


@lru_cache(8_192)
def route_of(path: str) -> str:
    """A path, its ids folded: ``/users/{n}/files/{uuid}.pdf``, ``/commits/{hex}``, ``/reset/{token}``."""
    return "/".join(map(_folded, path[:_LONGEST].split("/")))


def _folded(segment: str) -> str:
    name, dot, ending = segment.partition(".")
    for kind, pattern in (("n", _NUMBER), ("uuid", _UUID), ("hex", _HEX), ("token", _TOKEN)):
        if pattern.fullmatch(name):
            return f"{{{kind}}}{dot}{ending}"
    return segment


def edges(spreads: Iterable[Spread]) -> list[int]:
    """Upper bounds of the histograms' columns, the same for all rows, each at least twice the one before."""
    known = list(spreads)
    fastest = min((spread.percentile(1) or 1 for spread in known), default=1)
    slowest = max((spread.largest for spread in known), default=1)
    step = max(2.0, (max(slowest, 2) / max(fastest, 1)) ** (1 / COLUMNS))
    return [int(fastest * step**column) for column in range(1, COLUMNS)]


def pattern_of(route: str) -> str:
    """A regular expression that the paths of a route match, from begin to end; empty for :data:`OTHER`."""
    if route == OTHER:
        return ""
    ending = "$" if len(route) < _LONGEST else ""
    return f"^{'/'.join(map(_pattern, route.split('/')))}{ending}"


def _pattern(segment: str) -> str:
    for kind, source in _PATTERNS.items():
        if segment.startswith(kind):
            return source + re.escape(segment[len(kind) :])
    return re.escape(segment)


_PATTERNS: Final = {
    "{n}": "[0-9]+",
    "{uuid}": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "{hex}": "[0-9a-f]{8,}",
    "{token}": r"[\w~=-]{20,}",
}


@dataclass(slots=True)
class Route:
    """Figures of the exchanges of one method and route."""

    method: str
    """The method; empty for :data:`OTHER`."""
    path: str
    """The path, its ids folded."""
    classes: Counter[int] = field(default_factory=Counter)
    """How many by the hundreds of their status, 0 where there was none."""
    durations: Spread = field(default_factory=Spread)
    """Nanoseconds, time held left out."""
    size: int = 0
    """Bytes of response bodies."""
    queries: int = 0
    """Database queries of those that analysis has come by."""
    query_time: int = 0
    """Nanoseconds of them."""


@dataclass(slots=True)
class Figures:
    """Figures of the exchanges that were counted."""

    routes: dict[tuple[str, str], Route] = field(default_factory=dict)
    """By method and folded path."""
    layers: dict[str, Spread] = field(default_factory=dict)
    """By dotted name: nanoseconds in it alone, one value per exchange that passed it."""
    count: int = 0
    """Exchanges counted."""
    open: int = 0
    """Exchanges left out because they have not ended."""
    first: int = 0
    """Wall clock at the begin of the earliest, nanoseconds since the epoch."""
    last: int = 0
    """The same of the latest."""

    def add(self, summary: Summary) -> None:
        """Count one exchange."""
        if not summary.done:
            self.open += 1
            return
        self.count += 1
        self.first = min(self.first or summary.wall, summary.wall)
        self.last = max(self.last, summary.wall)
        route = self._route(summary.method, route_of(summary.path))
        route.classes[(summary.status or 0) // 100] += 1
        route.durations.add(max(summary.net_duration, 0))
        route.size += summary.response_size

    def add_layer(self, layer: str, nanoseconds: int) -> None:
        """Count the time of one exchange in one layer."""
        spread = self.layers.get(layer)
        if spread is None:
            spread = self.layers[layer] = Spread()
        spread.add(max(nanoseconds, 0))

    def add_queries(self, method: str, path: str, kind: str, value: int) -> None:
        """Count the database queries of one exchange (``sql``), or their time (``sqltime``)."""
        route = self._route(method, route_of(path))
        if kind == "sql":
            route.queries += value
        else:
            route.query_time += value

    def sorted_routes(self, sort: str) -> list[Route]:
        """The routes with the most of something first: ``count``, ``total`` (time), ``p50``, ``p95``, ``p99``."""
        keys: dict[str, Callable[[Route], int]] = {
            "count": lambda route: route.durations.count,
            "total": lambda route: route.durations.total,
        }
        key = keys.get(sort) or (lambda route: route.durations.percentile(float(sort[1:])) or 0)
        return sorted(self.routes.values(), key=lambda route: (-key(route), route.path, route.method))

    def sorted_layers(self) -> list[tuple[str, Spread]]:
        """The layers that took the most time first."""
        return sorted(self.layers.items(), key=lambda item: (-item[1].total, item[0]))

    def _route(self, method: str, path: str) -> Route:
        found = self.routes.get((method, path))
        if found is None:
            if len(self.routes) >= ROUTES_LIMIT:
                method, path = "", OTHER
            found = self.routes.setdefault((method, path), Route(method, path))
        return found


def count(capture: Capture, pages: Iterable[list[Summary]]) -> Iterator[Figures]:
    """Figures of the exchanges in ``pages``, each ascending; given after every page, the same object growing.

    Layers are those that analysis has come by. Raises :class:`~wsgitrace.capture.CaptureError` for a damaged file.
    """
    figures = Figures()
    yield figures
    for page in pages:
        for summary in page:
            figures.add(summary)
        add_layers(figures, capture, [summary.number for summary in page if summary.done])
        yield figures


def add_layers(figures: Figures, capture: Capture, numbers: Sequence[int]) -> None:
    """Count the times of some exchanges, ascending, in layers, and their database queries."""
    chosen = set(numbers)
    for first, last in _runs(numbers):
        for number, layer, took in capture.layer_times(first, last):
            if number in chosen:
                figures.add_layer(layer, took)
        for number, method, path, kind, value in capture.query_totals(first, last):
            if number in chosen:
                figures.add_queries(method, path, kind, value)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as (first, last) of runs without a large gap."""
    begin = 0
    for index in range(1, len(numbers) + 1):
        if index == len(numbers) or numbers[index] - numbers[index - 1] > _GAP:
            yield numbers[begin], numbers[index - 1]
            begin = index
