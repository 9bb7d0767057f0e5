"""Findings, worked out a slice at a time: what needs a whole trace is known before anybody filters by it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from wsgitrace.capture import CaptureError
from wsgitrace.trace import Trace, findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.capture import Capture
    from wsgitrace.events import Event, LayerFound

SLICE = 16
"""Exchanges read at a time."""


class Analysed(msgspec.Struct, frozen=True):
    """What one slice gave, for :meth:`wsgitrace.capture.Writer.add_findings`."""

    found: dict[int, list[tuple[str, str, str, int]]]
    """By number: kind, layer, name, value."""
    passed: tuple[int, ...]
    """Those that were passed over because they are open."""
    upto: int
    """How far analysis has come."""


class Analysis:
    """Follows a capture that somebody writes, from where its analysis ends; what it finds is for others to store."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._position = capture.analysed_to()
        self._version: int | None = None
        self._told: frozenset[int] = frozenset()
        """What was left behind and is found by now; until that is stored, the file does not say so."""

    def step(self) -> Analysed | None:
        """Analyse the next slice; None where there is nothing new. Raises :class:`CaptureError`."""
        version = self._capture.data_version()
        if version == self._version:
            return None
        left = frozenset(self._capture.left_behind(SLICE))
        late = sorted(left - self._told)
        backlog = self._capture.backlog(self._position, SLICE)
        if not late and backlog.upto == self._position:
            self._version = version
            return None
        self._told = left
        self._position = backlog.upto
        return Analysed(_find(self._capture, [*late, *backlog.ended]), backlog.open, backlog.upto)


def analyse(
    capture: Capture,
    *,
    seconds: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Analyse what nobody has analysed of a file, in memory: the view ``finding`` of this :class:`Capture` has it.

    Ends when all is done, after ``seconds``, or when ``stopped`` says so; ``progress`` is told how far it has come.
    Returns that. May be called again to go on. Raises :class:`CaptureError` for a damaged file.
    """
    until = float("inf") if seconds is None else time.monotonic() + seconds
    position = capture.analysed_to()
    while time.monotonic() < until and not stopped():
        backlog = capture.backlog(position, SLICE)
        if backlog.upto <= position:
            break
        capture.note_findings(_find(capture, backlog.ended), backlog.upto)
        position = backlog.upto
        progress(position)
    return position


def _find(capture: Capture, numbers: Sequence[int]) -> dict[int, list[tuple[str, str, str, int]]]:
    return {number: list(findings(Trace.from_events(events))) for number, events in _read(capture, numbers).items()}


def _read(capture: Capture, numbers: Sequence[int]) -> dict[int, list[LayerFound | Event]]:
    """The events of exchanges; of those whose record makes no sense, none."""
    try:
        found = capture.events_of(numbers)
    except CaptureError:
        found = {}
        for number in numbers:
            try:
                found.update(capture.events_of([number]))
            except CaptureError:
                found[number] = []
    return found
