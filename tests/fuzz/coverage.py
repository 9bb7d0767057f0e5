"""Which lines follow which: the edges that a call takes through some modules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


class Edges:
    """Traces calls and keeps the edges seen, by file."""

    def __init__(self, *files: str) -> None:
        self._files = frozenset(files)
        self.seen: set[tuple[str, int, int]] = set()
        """(file, line, line after it) of all calls so far."""
        self._now: set[tuple[str, int, int]] = set()

    def run(self, call: Callable[[], Any]) -> tuple[Any, bool]:
        """What ``call`` returns, and whether it went where none did before."""
        self._now = set()
        sys.settrace(self._enter)
        try:
            result = call()
        finally:
            sys.settrace(None)
        fresh = not self._now <= self.seen
        self.seen |= self._now
        return result, fresh

    def _enter(self, frame: FrameType, event: str, _: object) -> Callable[[FrameType, str, Any], Any] | None:
        file = frame.f_code.co_filename
        if event != "call" or file not in self._files:
            return None
        before = frame.f_lineno
        edges = self._now

        def step(frame: FrameType, event: str, _: object) -> Any:
            nonlocal before
            if event == "line":
                edges.add((file, before, frame.f_lineno))
                before = frame.f_lineno
            elif event == "return":
                edges.add((file, before, -1))
            return step

        return step
