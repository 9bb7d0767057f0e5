"""The ``close`` of a response iterable, observed."""

from __future__ import annotations

from _thread import get_ident
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from wsgitrace.events import CloseBegan, CloseEnded
from wsgitrace.probe.exceptions import drop_frame, record_raised
from wsgitrace.probe.spans import current

if TYPE_CHECKING:
    from wsgitrace.probe.bodies import State
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span

_current = current.get
_make_current = current.set


class Close:
    """Stands for the ``close`` of a body."""

    __slots__ = ("_inner", "_state")

    def __init__(self, state: State, inner: Any) -> None:
        self._state = state
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Close the body."""
        state = self._state
        span: Span = state.span
        recording = span.recording
        if not recording.live:
            try:
                return self._inner(*args, **kwargs)
            except BaseException as error:
                drop_frame(error)
                raise
        try:
            if state.open:
                state.open = False
                recording.unclosed -= 1
            seq = recording.seq()
            recording.append(CloseBegan(seq, span.id, get_ident(), perf_counter_ns() - recording.began))
            if recording.stepping:
                recording.parking.park(span, seq, "close")
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("close", error, recording, span.id)
        previous = _current()
        _make_current(span)
        began = perf_counter_ns()
        try:
            return self._inner(*args, **kwargs)
        except BaseException as error:
            drop_frame(error)
            record_raised(span, "close", error, outermost=state.top)
            raise
        finally:
            _make_current(previous)
            if recording.live:
                _record_ended(span, recording, began)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _record_ended(span: Span, recording: Recording, began: int) -> None:
    try:
        now = perf_counter_ns()
        at, took = now - recording.began, now - began
        recording.add(CloseEnded(recording.seq(), span.id, get_ident(), at, took))
    except Exception as error:  # noqa: BLE001 -- promise 2
        recording.faults.contain("close", error, recording, span.id)
