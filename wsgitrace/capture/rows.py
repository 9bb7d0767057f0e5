"""What a capture tells beside its exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from wsgitrace.events import WorkerFrame


class OutputRow(msgspec.Struct, frozen=True, gc=False):
    """One line that a worker printed."""

    time: int
    """Wall clock when it was received, nanoseconds since the epoch."""
    stream: Literal["stdout", "stderr"]
    """Which."""
    text: str
    """The line, its end left out; lone surrogates as visible escapes."""
    exchange: int | None
    """The debugger's number of the exchange that it was written in; None when untied."""
    worker: int
    """The worker that wrote it, by its number in the capture."""
    id: int
    """Position among all lines of the capture; later lines have higher ones."""
    span: int = 0
    """The pass that it was written in; 0: the server's, or not known."""


class WorkerStart(msgspec.Struct, frozen=True, gc=False):
    """One start of a worker."""

    number: int
    """Its number in the capture, from 1."""
    time: int
    """Wall clock when it was started, nanoseconds since the epoch."""
    pid: int | None
    """Process id, None when the application never came up."""
    app: str
    """The application as resolved; empty when it never came up."""
    python: str
    """Version of its Python; empty when it never came up."""
    dropped: int
    """Events and body parts that it dropped because the debugger could not follow."""


class News(msgspec.Struct, frozen=True):
    """One frame of a worker about itself: started, import failed, draining, a fault of the observer."""

    time: int
    """Wall clock when it was received, nanoseconds since the epoch."""
    worker: int
    """The worker's number in the capture."""
    frame: WorkerFrame
    """What it said."""


class CaptureInfo(msgspec.Struct, frozen=True):
    """What a capture is."""

    app: str
    """The application, as last resolved or else as given."""
    created: int
    """Wall clock when the file was made, nanoseconds since the epoch."""
    python: str
    """Version of Python of the last worker that came up; empty when none did."""
    version: str
    """Version of wsgitrace that made the file."""
    format: int
    """Version of the file's layout."""
    exchanges: int
    """Exchanges in it."""
    stored: int
    """Bytes of their events and bodies."""
    evicted: int
    """Exchanges that were removed for the bounds on count and bytes."""
    output_evicted: int
    """Output lines that were removed for their bound."""
    dropped: int
    """Events and body parts that the workers dropped because the debugger could not follow."""
    lost: int
    """Frames that could not be stored: of no exchange known any more, or because the disk refused them."""
    indexed: bool
    """True when text is found by the index; False: by scanning."""
    redacted: bool
    """True when secrets were taken out of what was recorded, or of a part of it."""
    salt: bytes
    """Makes the marks of masked secrets those of this capture."""
    live: bool
    """True when a process on this machine is writing it."""
