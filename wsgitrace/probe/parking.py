"""Holding exchanges: the thread of one waits at a boundary event until it is told to go on."""

from __future__ import annotations

# Bound now: an application that patches the threading module later must not change how its own threads are held.
from _thread import allocate_lock as _allocate_lock
from _thread import get_ident as _get_ident
from time import perf_counter_ns
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

from wsgitrace.events import Held, Released

if TYPE_CHECKING:
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span

By = Literal["step", "continue", "timeout", "shutdown", "debugger gone"]


class _Ticket:
    """One parked thread."""

    __slots__ = ("by", "lock")

    def __init__(self) -> None:
        self.lock = _allocate_lock()
        self.lock.acquire()
        self.by: By = "timeout"

    def release(self, by: By) -> None:
        self.by = by
        self.lock.release()


class Parking:
    """Knows who is held. Commands may come from any thread."""

    def __init__(self, timeout: float, faults: Faults) -> None:
        self._timeout = timeout if timeout > 0 else -1
        self._faults = faults
        self._lock = _allocate_lock()
        self._parked: dict[int, tuple[Recording, list[_Ticket]]] = {}
        self._stepped: WeakValueDictionary[int, Recording] = WeakValueDictionary()
        """Exchanges that were parked once: they are, or they are on their way to the next boundary event."""
        self._closed = False
        self._armed = False

    @property
    def held(self) -> tuple[int, ...]:
        """The exchanges that are parked, by the worker's own numbers."""
        with self._lock:
            return tuple(self._parked)

    def arm(self, *, on: bool) -> None:
        """Hold the next exchange at its first layer, or take that back."""
        self._armed = on and not self._closed

    def take(self) -> bool:
        """Whether the exchange that begins now is the one to be held; the order is used up by it."""
        if not self._armed:
            return False
        with self._lock:
            armed, self._armed = self._armed, False
            return armed

    def step(self, exchange: int) -> None:
        """Let a held exchange go on to its next boundary event."""
        with self._lock:
            _, tickets = self._parked.pop(exchange, (None, []))
            for ticket in tickets:
                ticket.release("step")

    def resume(self, exchange: int | None, by: By) -> None:
        """Let a held exchange, or all, go on; after a shutdown nothing is held any more.

        One that is on its way after a step is not stopped at the next boundary event: the order came after the step's.
        """
        with self._lock:
            if by in {"shutdown", "debugger gone"}:
                self._closed, self._armed = True, False
            for number in (exchange,) if exchange is not None else tuple(self._stepped.keys()):
                recording = self._stepped.pop(number, None)
                if recording is not None:
                    recording.stepping = False
                for ticket in self._parked.pop(number, (None, []))[1]:
                    ticket.release(by)

    def park(self, span: Span, seq: int, kind: str) -> None:
        """Hold the calling thread at the event ``seq`` of ``span``. Never raises."""
        recording = span.recording
        try:
            ticket = self._enter(recording)
            if ticket is None:
                recording.stepping = False
                return
            with recording.handle.blocking():
                self._wait(span, seq, kind, ticket)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.stepping = False
            self._faults.contain("parking", error, recording, span.id)
            self._forget(recording)

    def _enter(self, recording: Recording) -> _Ticket | None:
        with self._lock:
            if self._closed or not recording.stepping:
                return None
            self._stepped[recording.number] = recording
            ticket = _Ticket()
            _, tickets = self._parked.setdefault(recording.number, (recording, []))
            tickets.append(ticket)
            return ticket

    def _wait(self, span: Span, seq: int, kind: str, ticket: _Ticket) -> None:
        recording = span.recording
        began = perf_counter_ns()
        recording.add(Held(recording.seq(), span.id, _get_ident(), began - recording.began, seq))
        recording.flush()
        recording.progress("held", f"{kind} {span.layer.name}", seq)
        if not ticket.lock.acquire(timeout=self._timeout):
            self._time_out(recording, ticket)
        if ticket.by != "step":
            recording.stepping = False
        held = perf_counter_ns() - began
        recording.held += held
        recording.add(Released(recording.seq(), span.id, _get_ident(), recording.elapsed(), held, ticket.by))
        recording.parked_at = None
        recording.progress()

    def _time_out(self, recording: Recording, ticket: _Ticket) -> None:
        with self._lock:
            # Between the end of the wait and here it may have been released after all.
            if ticket.lock.locked():
                _, tickets = self._parked.get(recording.number, (None, []))
                if ticket in tickets:
                    tickets.remove(ticket)
                if not tickets:
                    self._parked.pop(recording.number, None)

    def _forget(self, recording: Recording) -> None:
        with self._lock:
            self._parked.pop(recording.number, None)
