"""Breakpoints at work: which of them an event meets, how often, and which are used up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.events import BreakpointHit, ObserverFault
from wsgitrace.probe.moment import Moment
from wsgitrace.probe.unpatched import allocate_lock, get_ident
from wsgitrace.query import FilterError, read_breakpoint

if TYPE_CHECKING:
    from wsgitrace.events import Breakpoint
    from wsgitrace.link import Sender
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.watching import Watch


class Armed:
    """The breakpoints that are on."""

    def __init__(self, breakpoints: tuple[Breakpoint, ...], sender: Sender, before: Armed | None = None) -> None:
        self._sender = sender
        self._lock = allocate_lock()
        self._each = [(one.id, read) for one in breakpoints if (read := _read(one.text)) is not None]
        self._looks = any(read.changed is not None for _, read in self._each)
        """Whether it is of interest what was changed."""
        self._judges = any(read.broken is not None for _, read in self._each)
        """Whether it is of interest which rules were broken."""
        if self._judges:
            self._judges = _can_judge(sender)
        self._kinds = frozenset(kind for _, read in self._each for kind in read.kinds)
        numbers = {number for number, _ in self._each}
        self._hits: dict[int, int] = {}
        self._used: set[int] = set()
        if before is not None:
            # What another breakpoint was changed for goes on counting.
            self._hits = {number: hits for number, hits in before._hits.items() if number in numbers}  # noqa: SLF001 -- of its own kind
            self._used = before._used & numbers  # noqa: SLF001 -- as above
        self._met: dict[int, int] = {}
        """By thread: the breakpoint that was met last."""

    def met(self, watch: Watch, span: Span, kind: str) -> int | None:
        """The number of a breakpoint that holds here; None where none does."""
        self._look(watch, span, kind)
        if kind not in self._kinds:
            return None
        moment = Moment(watch, span, kind)
        found = None
        for number, one in self._each:
            if one.anywhere and number in watch.met:
                continue
            if number not in self._used and one.matches(moment):
                watch.met.add(number)
                with self._lock:
                    if number in self._used:
                        continue
                    hits = self._hits[number] = self._hits.get(number, 0) + 1
                    holds = hits > one.after
                    if holds and one.once:
                        self._used.add(number)
                if number > 0:  # the others are of one exchange alone, and in no list
                    self._sender.send(BreakpointHit(number, watch.recording.number, holds and one.once))
                if holds and found is None:
                    found = self._met[get_ident()] = number
        return found

    def _look(self, watch: Watch, span: Span, kind: str) -> None:
        """Find out what is of interest beside the event itself."""
        if self._looks:
            watch.look(span, kind)
        if self._judges:
            watch.judge()

    def tell_full(self, exchange: int) -> None:
        """Nothing more can be held: say so where it would have been."""
        self._sender.send(BreakpointHit(self._met.get(get_ident(), 0), exchange, full=True))


def _can_judge(sender: Sender) -> bool:
    """Import the linter, now rather than in a request."""
    try:
        import wsgitrace.probe.judging  # noqa: F401, PLC0415 -- only while a breakpoint on a rule is set
    except Exception as error:  # noqa: BLE001 -- a file of the application may be called as one that it imports
        sender.send(ObserverFault("lint", f"{type(error).__name__}: {error}"))
        return False
    return True


def _read(text: str) -> Any:
    """A breakpoint as it is understood; None where the debugger understood more, which it does not."""
    try:
        return read_breakpoint(text)
    except FilterError:
        return None
