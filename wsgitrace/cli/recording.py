"""A recorded file as the verbs read it: opened with one clear sentence when it cannot be, paged in flat memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.cli.refusal import Refusal
from wsgitrace.export.selection import rows
from wsgitrace.query import Filter, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wsgitrace.capture import Summary

__all__ = ["EVERYTHING", "opened", "refusing", "summaries"]

PAGE: Final = 500
"""Exchanges read at a time."""


@contextmanager
def opened(path: Path) -> Iterator[Capture]:
    """The capture in ``path``. Raises :class:`Refusal` when there is none, also while it is read."""
    with refusing():
        capture = Capture.open(path)
        try:
            yield capture
        finally:
            capture.close()


@contextmanager
def refusing() -> Iterator[None]:
    """While inside, what is wrong with a capture is a :class:`Refusal`."""
    try:
        yield
    except CaptureError as problem:
        raise Refusal(str(problem)) from None


EVERYTHING: Final = parse("")
"""The filter that lets everything through."""


def summaries(capture: Capture, *, where: Filter = EVERYTHING, last: int | None = None) -> Iterator[Summary]:
    """Exchanges that match ``where``, oldest first; only the ``last`` so many when that is given."""
    position = 0 if last is None else _before_last(capture, where, last)
    yield from rows(capture, where, position)


def _before_last(capture: Capture, where: Filter, last: int) -> int:
    """The number after which there are ``last`` exchanges. Remembers one number at a time, not the exchanges."""
    before: int | None = None
    left = last
    while left > 0 and (page := capture.page(before=before, limit=min(left, PAGE), where=where)):
        before = page[-1].number
        left -= len(page)
    return capture.newest() if before is None else before - 1
