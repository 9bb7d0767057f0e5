"""Where the time of a request goes: functions timed while they run, each without what it calls of the others."""

from __future__ import annotations

import contextlib
import gc
from _thread import get_ident
from functools import wraps
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 30
REQUESTS = 64
_CALLS = 20_000


class Pieces:
    """Functions that are timed, under a label each, in the thread that made this."""

    def __init__(self) -> None:
        self.own: dict[str, int] = {}
        """Nanoseconds by label, what was timed inside under another label left out."""
        self._thread = get_ident()
        self._inner = 0
        """Nanoseconds of what was timed inside the function that runs now, its timing included."""
        self._undo: list[tuple[Any, str, Any]] = []
        self._inside = self._outside = 0
        self._calibrate()

    def watch(self, label: str, owner: Any, *names: str) -> None:
        """Time the functions of these names that ``owner``, a class or a module, has."""
        for name in names:
            function = owner.__dict__[name]
            if isinstance(function, (staticmethod, classmethod)):
                raise TypeError(f"{name} cannot be timed")
            self._undo.append((owner, name, function))
            setattr(owner, name, self.timed(label, function))

    def timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, timed."""
        own = self.own
        own.setdefault(label, 0)

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if get_ident() != self._thread:
                return function(*args, **kwargs)
            around, self._inner = self._inner, 0
            began = perf_counter_ns()
            try:
                return function(*args, **kwargs)
            finally:
                took = perf_counter_ns() - began - self._inside
                own[label] += took - self._inner
                self._inner = around + took + self._outside

        return timed

    def restore(self) -> None:
        """Have every function be what it was."""
        for owner, name, function in reversed(self._undo):
            setattr(owner, name, function)
        self._undo.clear()

    def _calibrate(self) -> None:
        """Learn what the timing itself costs: the part that is seen inside, and the part that its caller pays."""

        def nothing() -> None:
            pass

        plain = min(_each(nothing) for _ in range(5))
        timed = self.timed("", nothing)
        totals = []
        for _ in range(5):
            self.own[""] = 0
            totals.append((_each(timed), self.own[""] / _CALLS))
        total, seen = min(totals)
        self._inside = round(seen - plain)
        self._outside = round(total - seen)
        self.own.clear()
        self._inner = 0


def _each(function: Callable[[], Any]) -> float:
    began = perf_counter_ns()
    for _ in range(_CALLS):
        function()
    return (perf_counter_ns() - began) / _CALLS


@contextlib.contextmanager
def watching(*watched: tuple[Any, ...]) -> Iterator[Pieces]:
    """Time what is given as label, owner and names."""
    pieces = Pieces()
    try:
        for label, owner, *names in watched:
            pieces.watch(label, owner, *names)
        yield pieces
    finally:
        pieces.restore()


def per_request(pieces: Pieces, request: Callable[[], object]) -> dict[str, float]:
    """Microseconds of each piece in one ``request``: the least of some rounds, for others use the machine, too."""
    rounds: dict[str, list[float]] = {label: [] for label in pieces.own}
    for _ in range(ROUNDS):
        gc.collect()
        for label in pieces.own:
            pieces.own[label] = 0
        for _ in range(REQUESTS):
            request()
        for label, nanoseconds in pieces.own.items():
            rounds[label].append(nanoseconds / REQUESTS / 1_000)
    return {label: min(costs) for label, costs in rounds.items()}
