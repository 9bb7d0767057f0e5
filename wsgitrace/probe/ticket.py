"""One parked thread, and what it is told when it goes on."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wsgitrace.probe.unpatched import allocate_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    from wsgitrace.events import Edit, End, Text
    from wsgitrace.probe.spans import Span

By = Literal["step", "continue", "timeout", "shutdown", "debugger gone", "delay"]


class Order(NamedTuple):
    """Go on."""

    by: By
    edits: tuple[Edit, ...] = ()
    end: End | None = None


class Ticket:
    """One parked thread. All but :meth:`wait` is called under the lock of the parking."""

    __slots__ = ("_lock", "asks", "broken", "deadline", "frame", "jobs", "kind", "late", "order", "ordinal", "pending",
                 "previous", "since", "span", "traceback")  # fmt: skip

    def __init__(self, span: Span, kind: str, since: int) -> None:
        self._lock = allocate_lock()
        self._lock.acquire()
        self.span = span
        self.kind = kind
        self.since = since
        """Wall clock, nanoseconds since the epoch."""
        self.ordinal = self.previous = -1
        """As :class:`~wsgitrace.events.Held` has them."""
        self.pending = False
        """More is to come of the pass: it has an iterable of its own."""
        self.frame: FrameType | None = None
        """The layer's frame, where there is one."""
        self.traceback: TracebackType | None = None
        """That of the exception in hand."""
        self.asks = False
        """``breakpoint()`` was called: pdb is to have the terminal, and the exchange goes on after it."""
        self.broken: tuple[Text, ...] = ()
        """Rules that the event shows to be broken."""
        self.deadline: float | None = None
        """When it goes on by itself, by the monotonic clock; None: never."""
        self.order: Order | None = None
        self.late: Order | None = None
        """How it goes on when its time is over; None: as if nobody had looked."""
        self.jobs: list[Callable[[], Any]] = []
        """What the thread is to do meanwhile."""

    def wake(self) -> None:
        """Have the thread look at what has changed."""
        if self._lock.locked():
            self._lock.release()

    def go(self, order: Order) -> None:
        """Have it go on; the first order counts."""
        if self.order is None:
            self.order = order
        self.wake()

    def wait(self, longest: float) -> bool:
        """Wait until it is woken, or is to go on by itself, or ``longest`` seconds; False when its time is over."""
        left = longest
        if self.deadline is not None:
            left = min(longest, self.deadline - monotonic())
            if left <= 0:
                return False
        self._lock.acquire(timeout=left)
        return True
