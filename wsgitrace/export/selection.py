"""Exchanges of a capture as they may leave the program, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.export.exchange import take
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.export.exchange import Exchange
    from wsgitrace.query import Filter
    from wsgitrace.redact import Masker

__all__ = ["rows", "taken"]

_PAGE: Final = 500
"""Exchanges read at a time."""

_OUTPUT_LINES: Final = 100_000


def rows(capture: Capture, where: Filter, after: int = 0) -> Iterator[Summary]:
    """The rows of a capture that match, oldest first, those above the number ``after``."""
    while page := capture.page(after=after, limit=_PAGE, where=where):
        page.sort(key=lambda summary: summary.number)
        yield from page
        after = page[-1].number


def taken(capture: Capture, summaries: Iterable[Summary], masker: Masker) -> Iterator[Exchange]:
    """The exchanges of some rows, read as they are asked for."""
    info = capture.info()
    resolved = {worker.number: worker.app for worker in capture.workers()}
    for summary in summaries:
        yield take(
            summary,
            Trace.from_events(capture.events(summary.number)),
            masker,
            app=info.app,
            resolved=resolved.get(summary.worker, ""),
            output=capture.output(exchange=summary.number, limit=_OUTPUT_LINES),
            redacted=info.redacted,
        )
