"""A recorded file as the verbs read it: opened with one clear sentence when it cannot be, paged in flat memory."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.cli.ignoring import ignored
from wsgitrace.cli.refusal import Refusal
from wsgitrace.export.selection import rows
from wsgitrace.query import Filter, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wsgitrace.capture import Summary
    from wsgitrace.trace.badges import Badges

__all__ = ["EVERYTHING", "badged", "heed", "opened", "refusing", "summaries"]

PAGE: Final = 500
"""Exchanges read at a time."""


@contextmanager
def opened(path: Path, hide: Callable[[str, str], bool] | None = None) -> Iterator[Capture]:
    """The capture in ``path``. Raises :class:`Refusal` when there is none, also while it is read.

    ``hide``: which rules that were broken are left out; None: those that the project ignores.
    """
    with refusing():
        capture = Capture.open(path)
        try:
            heed(capture, hide)
            yield capture
        finally:
            capture.close()


def heed(capture: Capture, hide: Callable[[str, str], bool] | None = None) -> None:
    """Have a capture leave out what the project ignores."""
    if hide is None and (pairs := ignored()):
        from wsgitrace.trace.lint import Ignores  # noqa: PLC0415 -- few projects need it

        hide = Ignores(pairs).hide
    if hide is not None:
        capture.leave_out(hide)


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


def badged(capture: Capture, summaries: Iterator[Summary]) -> Iterator[tuple[Summary, Badges]]:
    """Each with what analysis, where it has come so far, found remarkable about it."""
    while some := list(islice(summaries, PAGE)):
        found = capture.badges([summary.number for summary in some])
        yield from ((summary, found.get(summary.number, ())) for summary in some)


def _before_last(capture: Capture, where: Filter, last: int) -> int:
    """The number after which there are ``last`` exchanges. Remembers one number at a time, not the exchanges."""
    before: int | None = None
    left = last
    while left > 0 and (page := capture.page(before=before, limit=min(left, PAGE), where=where)):
        before = page[-1].number
        left -= len(page)
    return capture.newest() if before is None else before - 1
