"""Lines of the application at which it is to be held because they say so themselves, or because pdb stops there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from wsgitrace.events import Reached, to_text
from wsgitrace.probe.spans import current
from wsgitrace.probe.standing import caller
from wsgitrace.probe.unpatched import get_ident

if TYPE_CHECKING:
    from types import FrameType

    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.spans import Span

__all__ = ["hold_for_pdb", "hold_in_code", "hold_in_pdb"]

_By: TypeAlias = Literal["wsgitrace.breakpoint()", "breakpoint()", "pdb"]


def hold_in_code(parking: Parking) -> None:
    """``wsgitrace.breakpoint()`` was called: hold the request that the calling code runs for."""
    span, frame = current.get(), caller()
    if frame is not None and _can_hold(span, parking):
        _hold(parking, frame, span, "wsgitrace.breakpoint()")


def hold_for_pdb(parking: Parking, frame: FrameType) -> str:
    """``breakpoint()`` was called in ``frame``: hold the request until pdb has been there.

    Returns why it was passed over, without a full stop; empty where it was not.
    """
    span = current.get()
    if not _can_hold(span, parking):
        return "it is not in a request that is watched"
    session = None if span.recording.watch is None else span.recording.watch.session
    if session is not None:
        return session.stop_at(frame)
    _hold(parking, frame, span, "breakpoint()", asks=True)
    watch = span.recording.watch
    if watch is None or not watch.asks:
        return ""
    watch.asks = False
    return "no more requests can be held"


def hold_in_pdb(parking: Parking, frame: FrameType) -> None:
    """A line of ``frame`` was stepped to: hold the request while the user is asked."""
    span = current.get()
    if _can_hold(span, parking):
        _hold(parking, frame, span, "pdb")


def _can_hold(span: Span | None, parking: Parking) -> TypeGuard[Span]:
    return span is not None and span.recording.live and not parking.closed


def _hold(parking: Parking, frame: FrameType, span: Span, by: _By, *, asks: bool = False) -> None:
    recording = span.recording
    try:
        watch = parking.watch(recording)
        watch.demanded, watch.asks = frame, asks
        file, line = to_text(frame.f_code.co_filename), frame.f_lineno or 0
        recording.add(Reached(recording.seq(), span.id, get_ident(), recording.elapsed(), file, line, by))
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("breakpoint", error, recording, span.id)
