"""Holding exchanges: the thread of one waits at an event until it is told to go on."""

from __future__ import annotations

from time import monotonic, perf_counter_ns
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from wsgitrace.events import Breakpoint, Held, Parked, Released, Replay, Skip, to_text
from wsgitrace.events.stepping import Progress
from wsgitrace.probe.bodies import has_more
from wsgitrace.probe.clock import wall_ns
from wsgitrace.probe.environ import NOTHING, difference, same
from wsgitrace.probe.inward import Inward
from wsgitrace.probe.standing import place, why_not_replace_input
from wsgitrace.probe.ticket import By, Order, Ticket
from wsgitrace.probe.unpatched import allocate_lock, get_ident

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Edit, End, Way
    from wsgitrace.link import Sender
    from wsgitrace.probe.armed import Armed
    from wsgitrace.probe.arranging import Arrangement
    from wsgitrace.probe.debugging import Session
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.layers import Layers
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.watching import Watch

__all__ = ["By", "Parking"]

LOOK: Final = 0.5
"""Seconds between two looks at the client of an exchange that is held."""

_GO_ON: Final = Order("continue")
"""What was not held goes on as it was."""


class Parking:
    """Knows who is held. Commands may come from any thread."""

    def __init__(self, timeout: float, limit: int, sender: Sender, faults: Faults, layers: Layers) -> None:
        self._timeout = timeout if timeout > 0 else None
        self._limit = limit
        self._sender = sender
        self._faults = faults
        self._lock = allocate_lock()
        self._parked: dict[int, tuple[Recording, list[Ticket]]] = {}
        self._watched: WeakValueDictionary[int, Recording] = WeakValueDictionary()
        """Exchanges that may be held, by the worker's numbers."""
        self.inward = Inward(layers)
        """What layers call, so that they can be skipped."""
        self._closed = False
        self._next = False
        """The next exchange is to be held at its first layer."""
        self._armed: Armed | None = None
        self.watching = False
        """True while an exchange that begins is to be watched: the one test that an exchange pays."""

    @property
    def held(self) -> tuple[int, ...]:
        """The exchanges that are parked, by the worker's own numbers."""
        with self._lock:
            return tuple(self._parked)

    @property
    def deadline(self) -> float | None:
        """When what is held from now on goes on by itself, by the monotonic clock; None: never."""
        return None if self._timeout is None else monotonic() + self._timeout

    @property
    def closed(self) -> bool:
        """True once nothing is held any more: the application or the debugger ends."""
        return self._closed

    # Commands.

    def hold_next(self, *, on: bool) -> None:
        """Hold the next exchange at its first layer, or take that back."""
        with self._lock:
            self._next = on and not self._closed
            self.watching = self._next or self._armed is not None
        if on:
            _watch_class()  # imported now, so that the exchange need not wait for it

    def arm(self, breakpoints: tuple[Breakpoint, ...], now: tuple[Recording, ...] = ()) -> None:
        """These are the breakpoints from now on, for the open exchanges ``now``, too."""
        armed: Armed | None = None
        if breakpoints:
            # Not imported before somebody debugs: the application's process stays small.
            from wsgitrace.probe.armed import Armed  # noqa: PLC0415 -- see above

            armed = Armed(breakpoints, self._sender, self._armed)
        with self._lock:
            self._armed = None if self._closed else armed
            self.watching = self._next or self._armed is not None
        if self._armed is not None:
            for recording in now:
                if recording.live:
                    self.watch(recording)

    def begin(self, recording: Recording, origin: object, arranged: Arrangement | None = None) -> None:
        """An exchange begins, and :attr:`watching` is true or it is the replay of another: ``origin``."""
        hold_at = origin.hold_at if isinstance(origin, Replay) else None
        differs = arranged is not None and (arranged.breakpoints or arranged.skips)
        if not self.watching and hold_at is None and not differs:
            return
        with self._lock:
            first, self._next = self._next, False
            self.watching = self._armed is not None
        watch = self.watch(recording, whole=True)
        watch.first, watch.hold_at = first, hold_at
        if arranged is not None:
            watch.skips, watch.armed = arranged.skips, self._armed_for(arranged.breakpoints)

    def step(self, exchange: int, how: Way = "into", layer: int = 0, edits: tuple[Edit, ...] = ()) -> None:
        """Let a held exchange go on to another event."""
        with self._lock:
            recording, tickets = self._parked.pop(exchange, (None, []))
            if recording is None or recording.watch is None or not tickets:
                return
            ticket = tickets[-1]
            recording.watch.go(how, ticket.span, layer, _progress(ticket))
            recording.stepping = True
            for each in tickets:
                each.go(Order("step", edits if each is ticket else ()))

    def resume(
        self, exchange: int | None, by: By, edits: tuple[Edit, ...] = (), end: End | None = None, delay: float = 0.0
    ) -> None:
        """Let a held exchange, or all, go on; after a shutdown nothing is held any more.

        One that is on its way after a step is not stopped at the next event: the order came after the step's.
        """
        with self._lock:
            if by in {"shutdown", "debugger gone"}:
                self._closed, self._next, self._armed, self.watching = True, False, None, False
            for number in (exchange,) if exchange is not None else tuple(self._watched.keys()):
                recording = self._watched.get(number)
                if recording is not None and recording.watch is not None:
                    recording.watch.step = None
                    recording.stepping = self._goes_on_looking(recording.watch)
                if delay > 0 and number in self._parked:
                    self._delay(number, Order("delay", edits, end), delay)
                    continue
                for ticket in self._parked.pop(number, (None, []))[1]:
                    ticket.go(Order(by, edits, end))

    def extend(self, exchange: int, seconds: float | None) -> None:
        """Change how long an exchange stays held; None: until it is told to go on."""
        with self._lock:
            _, tickets = self._parked.get(exchange, (None, []))
            for ticket in tickets:
                if seconds is None:
                    ticket.deadline = None
                else:
                    ticket.deadline = max(ticket.deadline or 0.0, monotonic()) + seconds
                ticket.jobs.append(lambda: None)
                ticket.wake()

    def have_done(self, exchange: int, job: Callable[[Ticket], Any]) -> bool:
        """Have the thread of a held exchange do something while it waits; False when it is not held."""
        with self._lock:
            _, tickets = self._parked.get(exchange, (None, []))
            if not tickets:
                return False
            ticket = tickets[-1]
            ticket.jobs.append(lambda: job(ticket))
            ticket.wake()
            return True

    def _delay(self, number: int, order: Order, seconds: float) -> None:
        """Under the lock: what is held goes on by itself, soon, and as ordered."""
        for ticket in self._parked[number][1]:
            ticket.deadline = monotonic() + seconds
            ticket.late = order
            ticket.jobs.append(lambda: None)
            ticket.wake()

    # The thread of a request.

    def park(self, span: Span, seq: int, kind: str, hand: Any = None, body: Any = None) -> Any:
        """The event ``seq`` of ``span``: hold the calling thread there, if it is to be.

        ``hand`` is what goes on from here: (status, headers) of a ``start_response``, a chunk, what was returned, an
        exception; ``body``: the iterable that a chunk comes from. Returns what is to go on instead. Raises nothing but
        what the user has asked for.
        """
        recording = span.recording
        watch = recording.watch
        if watch is None:
            return hand
        try:
            arrived = watch.arrive(seq)
            reason = self._reason(watch, span, kind, pending=has_more(hand, span), arrived=arrived)
            ticket = None if reason is None else self._enter(recording, span, kind)
            order = _GO_ON
            if ticket is not None and reason is not None:
                ticket.pending = has_more(hand, span)
                ticket.ordinal, ticket.previous = watch.ordinal, watch.previous
                with recording.handle.blocking():
                    order = self._wait(ticket, seq, reason, hand if body is None else body)
        except Exception as error:  # noqa: BLE001 -- promise 2
            recording.stepping = False
            self._faults.contain("parking", error, recording, span.id)
            self._forget(recording)
            return hand
        if kind == "called" and order.end is None and span.layer.id in watch.skips:
            order = order._replace(end=Skip())
        if not (order.edits or order.end):
            return hand
        from wsgitrace.probe.intervening import intervene  # noqa: PLC0415 -- only when something is changed

        return intervene(order, span, kind, hand)

    def session(self, exchange: int) -> Session | None:
        """The pdb that is at work in an exchange."""
        with self._lock:
            recording = self._watched.get(exchange)
        return None if recording is None or recording.watch is None else recording.watch.session

    def park_last(self, span: Span, kind: str, hand: Any) -> Any:
        """The same for the event that this thread has recorded last."""
        watch = span.recording.watch
        event = None if watch is None else watch.last.get(get_ident())
        return hand if event is None else self.park(span, event.seq, kind, hand)

    def watch(self, recording: Recording, *, whole: bool = False) -> Watch:
        """Look at every event of an exchange from now on; ``whole``: those are all."""
        watch = recording.watch
        if watch is None:
            watch = recording.watch = _watch_class()(recording, self, whole=whole)
        recording.stepping = True
        with self._lock:
            self._watched[recording.number] = recording
        return watch

    def _reason(self, watch: Watch, span: Span, kind: str, *, pending: bool, arrived: bool) -> int | None:
        """Why an exchange is to be held here: the number of the breakpoint, 0 for an order; None: it is not."""
        armed = self._armed
        met = None if armed is None else armed.met(watch, span, kind)
        if watch.armed is not None and watch.armed.met(watch, span, kind) is not None:
            arrived = True
        arrived = watch.goes_by(span, kind, pending=pending) or arrived
        if watch.first and span.id:
            watch.first, arrived = False, True
        if watch.demanded is not None and kind == "code":
            watch.demanded, arrived = None, True
        if met is None and not arrived:
            if not self._goes_on_looking(watch):
                watch.recording.stepping = False
            return None
        return met or 0

    def _enter(self, recording: Recording, span: Span, kind: str) -> Ticket | None:
        """A place to wait in; None where nothing is held any more, or as many are as may be."""
        watch: Watch = recording.watch  # type: ignore[assignment]  # it is watched
        with self._lock:
            watch.step = None
            full = recording.number not in self._parked and len(self._parked) >= self._limit
            if self._closed or full:
                if self._armed is not None and full:
                    self._armed.tell_full(recording.number)
                return None
            ticket = Ticket(span, kind, wall_ns())
            ticket.asks, watch.asks = watch.asks and kind == "code", False
            ticket.broken = tuple(to_text(text) for _, _, text in watch.broken)
            if not ticket.asks:
                ticket.deadline = self.deadline
            _, tickets = self._parked.setdefault(recording.number, (recording, []))
            tickets.append(ticket)
            return ticket

    def _wait(self, ticket: Ticket, seq: int, breakpoint_: int, hand: Any) -> Order:
        span, recording = ticket.span, ticket.span.recording
        began = perf_counter_ns()
        where = place(ticket.kind, hand)
        ticket.frame, ticket.traceback = where.frame, where.traceback
        added = NOTHING
        removed: tuple[str, ...] = ()
        if span.environ is not None and not same(span.environ, span.snapshot):
            added, removed = difference(span.snapshot, span.environ)
        recording.add(
            Held(
                recording.seq(), span.id, get_ident(), began - recording.began, seq, breakpoint_, where.file,
                where.line, where.function, where.variables, where.no_frame, added, removed,
                self.inward.why_not_skip(span.layer.id) if ticket.kind == "called" else "", why_not_replace_input(span),
                ticket.ordinal, ticket.previous,
            )
        )  # fmt: skip
        recording.flush()
        recording.progress("held", f"{ticket.kind} {span.layer.name}", seq)
        self._tell(ticket, seq, breakpoint_)
        session = recording.watch.session  # type: ignore[union-attr]  # it is watched
        if session is not None:
            session.held(ticket)
        order = self._sleep(ticket, seq, breakpoint_)
        ticket.frame = ticket.traceback = None
        held = perf_counter_ns() - began
        recording.held += held
        recording.add(Released(recording.seq(), span.id, get_ident(), recording.elapsed(), held, order.by))
        recording.parked_at = None
        recording.progress()
        return order

    def _sleep(self, ticket: Ticket, seq: int, breakpoint_: int) -> Order:
        """Wait; meanwhile look after the client, and do what is asked for."""
        gone = _is_gone(ticket)
        while ticket.order is None:
            if not ticket.wait(LOOK):
                return self._time_out(ticket)
            told = gone
            gone = _is_gone(ticket)
            changed = gone != told or bool(ticket.jobs)
            while ticket.jobs:
                ticket.jobs.pop(0)()
            if changed and ticket.order is None:
                self._tell(ticket, seq, breakpoint_)
        return ticket.order

    def _tell(self, ticket: Ticket, seq: int, breakpoint_: int) -> None:
        deadline = ticket.deadline
        until = 0 if deadline is None else wall_ns() + max(0, int((deadline - monotonic()) * 1e9))
        span = ticket.span
        gone = _is_gone(ticket)
        self._sender.send(
            Parked(
                span.recording.number, seq, ticket.kind, span.layer.id, ticket.since, until, breakpoint_, gone,
                ticket.asks, ticket.broken,
            )
        )  # fmt: skip

    def _time_out(self, ticket: Ticket) -> Order:
        recording = ticket.span.recording
        with self._lock:
            # Between the end of the wait and here it may have been released after all.
            if ticket.order is None:
                _, tickets = self._parked.get(recording.number, (None, []))
                if ticket in tickets:
                    tickets.remove(ticket)
                if not tickets:
                    self._parked.pop(recording.number, None)
                recording.stepping = recording.watch is not None and self._goes_on_looking(recording.watch)
                ticket.order = ticket.late or Order("timeout")
            return ticket.order

    def _armed_for(self, texts: tuple[str, ...]) -> Armed | None:
        """Breakpoints of one exchange alone: their numbers are none of the debugger's."""
        if not texts:
            return None
        from wsgitrace.probe.armed import Armed  # noqa: PLC0415 -- as in arm

        return Armed(tuple(Breakpoint(-place, text) for place, text in enumerate(texts, 1)), self._sender)

    def _goes_on_looking(self, watch: Watch) -> bool:
        """Whether something may still happen to an exchange that goes on."""
        waits = watch.step is not None or watch.hold_at is not None or watch.first
        return waits or self._armed is not None or watch.armed is not None or bool(watch.skips)

    def _forget(self, recording: Recording) -> None:
        with self._lock:
            self._parked.pop(recording.number, None)


def _watch_class() -> type[Watch]:
    """Not imported before somebody debugs: the application's process stays small."""
    from wsgitrace.probe.watching import Watch  # noqa: PLC0415 -- see above

    return Watch


def _progress(ticket: Ticket) -> Progress:
    """How far the pass is that a thread is parked in."""
    if ticket.kind in {"chunk", "iteration"}:
        return Progress.PENDING
    return Progress.INSIDE.after(ticket.kind, pending=ticket.pending)


def _is_gone(ticket: Ticket) -> bool:
    """Whether the client has hung up, as far as the server knows."""
    return bool(getattr(ticket.span.recording.handle, "hung_up", False))
