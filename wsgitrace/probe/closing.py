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


class Close:
    """Stands for the ``close`` of a body."""

    __slots__ = ("_inner", "_state")

    def __init__(self, state: State, inner: Any) -> None:
        self._state = state
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Close the body."""
        span: Span = self._state.span
        recording = span.recording
        if not recording.live:
            try:
                return self._inner(*args, **kwargs)
            except BaseException as error:
                drop_frame(error)
                raise
        self._record_began(span, recording)
        previous = current.get()
        current.set(span)
        began = perf_counter_ns()
        try:
            return self._inner(*args, **kwargs)
        except BaseException as error:
            drop_frame(error)
            record_raised(span, "close", error, outermost=self._state.top)
            raise
        finally:
            current.set(previous)
            self._record_ended(span, recording, began)

    def _record_began(self, span: Span, recording: Recording) -> None:
        try:
            if self._state.open:
                self._state.open = False
                recording.unclosed -= 1
            seq = recording.seq()
            recording.add(CloseBegan(seq, span.id, get_ident(), recording.elapsed()))
            if recording.stepping:
                recording.parking.park(span, seq, "close")
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("close", error, recording, span.id)

    def _record_ended(self, span: Span, recording: Recording, began: int) -> None:
        if not recording.live:
            return
        try:
            took = perf_counter_ns() - began
            recording.add(CloseEnded(recording.seq(), span.id, get_ident(), recording.elapsed(), took))
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.faults.contain("close", error, recording, span.id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
