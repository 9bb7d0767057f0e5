"""What each event is in the picture: something that goes from one column to another, or that stays in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.events import (
    Called,
    Chunk,
    ClientGone,
    CloseBegan,
    CloseEnded,
    Done,
    Edited,
    EnvironOut,
    ErrorsWrite,
    FrameworkChanges,
    HeadReceived,
    Held,
    InputRead,
    IterationBegan,
    IterationEnded,
    Logged,
    Queried,
    Raised,
    Refused,
    Released,
    ResponseHead,
    Returned,
    Sent,
    StartResponse,
    Wrote,
)
from wsgitrace.trace.failures import LEAVING
from wsgitrace.trace.flow.model import CLIENT, SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Event
    from wsgitrace.trace.flow.columns import Columns
    from wsgitrace.trace.flow.model import Kind


Crossing: TypeAlias = "tuple[Kind, int, int, int, int]"
"""Where an event is drawn when every column is: its kind, the columns of who does it, of its start and end, bytes."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """Tells of the events of one trace."""

    columns: Columns

    def __call__(self, event: Event) -> Crossing:
        """What an event is; of a kind that is not known here: something that stands alone."""
        tell = _TELLING.get(type(event))
        here = self.columns.of[event.span]
        return ("note", here, here, here, 0) if tell is None else tell(self, event, here)

    def request(self, _: HeadReceived, here: int) -> Crossing:
        """The head."""
        return "request", CLIENT, CLIENT, here, 0

    def called(self, event: Called, here: int) -> Crossing:
        """A call inward."""
        outside = self.columns.callers[event.span]
        return "call", outside, outside, here, 0

    def started(self, event: StartResponse, here: int) -> Crossing:
        """Status and fields, as far out as the call went: through layers that had handed the callable on."""
        return "start_response", here, here, self._beyond(event), 0

    def wrote(self, event: Wrote, here: int) -> Crossing:
        """Bytes by the callable that ``start_response`` returned."""
        return "write", here, here, self._beyond(event), max(0, event.length)

    def returned(self, event: Returned, here: int) -> Crossing:
        """The iterable; one that came from inside goes on without a row of its own."""
        kind: Kind = "return" if event.passed is None else "minor"
        return kind, here, here, self.columns.callers[event.span], 0

    def chunk(self, event: Chunk, here: int) -> Crossing:
        """An item, to whoever iterates."""
        return "chunk", here, here, self.columns.takers[event.span], max(0, event.length)

    def closed(self, event: CloseBegan, here: int) -> Crossing:
        """``close()``, by whoever iterated."""
        taker = self.columns.takers[event.span]
        return "close", taker, taker, here, 0

    def read(self, event: InputRead, here: int) -> Crossing:
        """Bytes of the request, from the server to whoever reads."""
        return "read", here, SERVER, here, event.got

    def raised(self, event: Raised, here: int) -> Crossing:
        """An exception, to the caller; from ``start_response`` and ``write()`` it goes inward and tells who refused."""
        if event.during not in LEAVING:
            return "note", here, here, here, 0
        ways = self.columns.callers if event.during == "call" else self.columns.takers
        return "raised", here, here, ways[event.span], 0

    def framework(self, event: FrameworkChanges, here: int) -> Crossing:
        """What its framework's layer did; that it has a response now is told even where it is as it was."""
        return "environ" if event.status else "minor", here, here, here, 0

    def released(self, event: Released, here: int) -> Crossing:
        """The end of a hold."""
        return "held", here, here, here, event.held

    def _beyond(self, event: StartResponse | Wrote) -> int:
        return self.columns.callers[event.through[-1] if event.through else event.span]


def _in_place(kind: Kind) -> Callable[[Crossings, Event, int], Crossing]:
    return lambda _, __, here: (kind, here, here, here, 0)


def _outward(kind: Kind) -> Callable[[Crossings, Event, int], Crossing]:
    return lambda _, __, here: (kind, here, here, CLIENT, 0)


_TELLING: Final[dict[type[Event], Callable[..., Crossing]]] = {
    HeadReceived: Crossings.request,
    Refused: _outward("refused"),
    Called: Crossings.called,
    EnvironOut: _in_place("minor"),
    FrameworkChanges: Crossings.framework,
    StartResponse: Crossings.started,
    Wrote: Crossings.wrote,
    Returned: Crossings.returned,
    IterationBegan: _in_place("minor"),
    Chunk: Crossings.chunk,
    IterationEnded: _in_place("minor"),
    CloseBegan: Crossings.closed,
    CloseEnded: _in_place("minor"),
    Raised: Crossings.raised,
    InputRead: Crossings.read,
    ErrorsWrite: _in_place("log"),
    Logged: _in_place("log"),
    Queried: _in_place("query"),
    ResponseHead: _outward("head"),
    Sent: lambda _, event, here: ("sent", here, here, CLIENT, event.total),
    ClientGone: lambda _, __, here: ("gone", CLIENT, CLIENT, here, 0),
    Held: _in_place("minor"),
    Released: Crossings.released,
    Edited: _in_place("edit"),
    Done: _in_place("done"),
}
"""By type of event; :class:`InputReplaced`, a misfit and the like stand alone."""
