"""One row of the list: what is known of an exchange without reading its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

State: TypeAlias = Literal["running", "streaming", "held", "done"]
"""Where an exchange is: ``streaming`` from its response head on, ``held`` while its thread is parked."""


class Summary(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One exchange in a row. While it is not ``done``, sizes and counts are those last reported."""

    number: int
    """The debugger's number of it, from 1; never used twice in a capture."""
    worker: int
    """The worker that ran it: :attr:`number` of its start in this capture, from 1."""
    local: int
    """The worker's own number of it, which commands carry."""
    wall: int
    """Wall clock at its begin, nanoseconds since the epoch."""
    state: State
    """Where it is."""
    how: str
    """How it ended, as in :class:`~wsgitrace.events.Done`; empty while it is open."""
    method: str
    """Request method; empty where the head was refused."""
    target: str
    """Request target as sent; past :data:`~wsgitrace.capture.text.TARGET_LIMIT` characters cut, with ``…`` at the
    cut."""
    path: str
    """The path of the target, percent-decoded where that gives printable UTF-8, else as sent."""
    status: int | None
    """Status code sent, None when none was (yet)."""
    duration: int
    """Nanoseconds from the complete head to the end, or to the last report; time held included."""
    held: int
    """Nanoseconds of it that it was held; known at its end."""
    first_byte: int | None
    """Nanoseconds to the response head; None when none was sent, or not known yet."""
    request_size: int
    """Bytes of request body read; known at its end."""
    response_size: int
    """Bytes of response body sent."""
    chunks: int
    """Body items handed to the server."""
    layers: int
    """Passes through layers."""
    exception: str
    """Type name of the exception that left the outermost layer, or of the last one swallowed; else empty."""
    start_responses: int
    """Calls of ``start_response`` by the innermost caller, repeats included."""
    input: str
    """How much of the request body was read: ``none`` (there was none), ``unread``, ``partial``, ``full``."""
    short_circuit: str
    """Name of the layer that answered without calling the one that it usually calls; else empty."""
    content_type: str
    """Content-Type of the response."""
    events: int
    """Events recorded."""
    dropped: int
    """Events and body parts lost on the way to the capture."""
    note: str
    """One sentence, such as why it was refused or what ended its worker; else empty."""
    replay_of: int | None
    """Number of the exchange that this one replays."""
    held_at: str
    """While ``held``: kind of event and name of layer, as in ``called demos.shop.Session``; else empty."""
    held_event: int
    """While ``held``: seq of the event that it is parked at; else 0."""
    peer: str
    """Address of the client."""
    stored: int
    """Bytes of events and bodies that the capture holds of it."""
    swallowed: bool
    """True when an exception left some layer but not the outermost."""
    closed: bool
    """False when an iterable with ``close()`` was never closed."""
    pinned: bool
    """True when it is kept whatever the bounds say."""
    route: str = ""
    """The framework's route that matched, as the application wrote it; empty where none did or that is not known."""
    view: str = ""
    """Dotted name of the view that was called; empty where none was or that is not known."""

    @property
    def done(self) -> bool:
        """True when nothing more will come."""
        return self.state == "done"

    @property
    def net_duration(self) -> int:
        """Nanoseconds, time held left out."""
        return self.duration - self.held


COLUMNS: tuple[str, ...] = Summary.__struct_fields__
"""The columns of a row, in the order of the struct."""

_summary: Callable[..., Summary] = Summary

_FLAGS = slice(-5, -2)  # these are booleans, which SQLite gives back as integers


def from_row(row: Sequence[Any]) -> Summary:
    """A summary from its columns, in the order of :data:`COLUMNS`."""
    return _summary(*row[: _FLAGS.start], *map(bool, row[_FLAGS]), *row[_FLAGS.stop :])
