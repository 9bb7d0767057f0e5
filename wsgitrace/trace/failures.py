"""Which exception left a pass, and which ones a pass kept from leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import Chunk, IterationEnded, Raised, Returned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.trace.build import Pass

LEAVING = {"call", "next", "close"}
"""``start_response`` and ``write`` raise into the pass that calls them."""


def same_exception(outer: Raised, inner: Raised) -> bool:
    """True when ``outer`` is the exception ``inner``, further out.

    An ``id()`` may be given to another exception once the first is gone; that one brings a traceback of its own.
    """
    return outer.identity == inner.identity and outer.type == inner.type and not outer.frames


def came_from(passes: Iterable[Pass], raised: Raised) -> bool:
    """True when it was one of these passes that ``raised`` left before."""
    return any(event.seq < raised.seq and same_exception(raised, event) for one in passes for event in one.of(Raised))


def left_by(record: Pass, owner: Pass) -> Raised | None:
    """The first exception that left a pass, or the iterable it returned where ``owner`` made that."""
    for event in record.of(Raised):
        if event.during in LEAVING:
            return event
    if owner is not record:
        for event in owner.of(Raised):
            if event.during in {"next", "close"}:
                return event
    return None


def caught_by(record: Pass, inner: Iterable[Raised | None]) -> tuple[Raised, ...]:
    """Those of ``inner`` after which the pass went on, or left by another exception.

    What a pass does next tells: until it returns, hands out an item or raises, it has not caught anything yet.
    """
    left = [raised for raised in inner if raised is not None]
    if not left:
        return ()
    exits = sorted(
        (
            *record.of(Returned),
            *record.of(Chunk),
            *record.of(IterationEnded),
            *(event for event in record.of(Raised) if event.during in LEAVING),
        ),
        key=lambda event: event.seq,
    )
    caught = []
    for raised in left:
        after = next((event for event in exits if event.seq > raised.seq), None)
        if after is None or (isinstance(after, Raised) and same_exception(after, raised)):
            continue
        caught.append(raised)
    return tuple(caught)
