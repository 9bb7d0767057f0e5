"""Frames of the worker: summaries of exchanges and news of the worker itself."""

from __future__ import annotations

from typing import Literal, TypeAlias

from wsgitrace.events.values import Frame, Text


class Began(Frame, frozen=True, tag="began"):
    """Summary frame: an exchange begins."""

    exchange: int
    """The worker's own number of it, from 1."""
    wall: int
    """Wall clock, nanoseconds since the epoch: read once per exchange."""
    method: Text
    """Request method (empty where what was refused had none)."""
    target: Text
    """Request target as sent."""
    peer: str
    """Address of the client."""
    replay_of: int | None = None
    """The debugger's number of the exchange that this one replays."""


class Progress(Frame, frozen=True, tag="progress"):
    """Summary frame of an exchange still open: sent when it is held or released, else at most every 100 ms."""

    exchange: int
    """The worker's own number of it."""
    state: Literal["running", "streaming", "held"]
    """``streaming``: the response head is out."""
    status: int | None = None
    """Status code sent, None before the head."""
    layers: int = 0
    """Passes begun."""
    chunks: int = 0
    """Body items handed to the server."""
    sent: int = 0
    """Body bytes sent."""
    held_at: str = ""
    """For ``held``: kind of event and name of layer, as in ``called demos.shop.Session``."""
    held_event: int = 0
    """For ``held``: seq of the event it is parked at."""
    duration: int = 0
    """Nanoseconds since it began."""


class Ended(Frame, frozen=True, tag="ended"):
    """Summary frame: an exchange is over."""

    exchange: int
    """The worker's own number of it."""
    how: Literal["complete", "client gone", "cut", "refused", "worker gone"]
    """As in :class:`Done`."""
    status: int | None
    """Status code sent, None when none was."""
    duration: int
    """Nanoseconds from the complete head to the end, time held included."""
    held: int = 0
    """Nanoseconds of it that it was held."""
    first_byte: int | None = None
    """Nanoseconds to the response head, None when none was sent."""
    request_size: int = 0
    """Bytes of request body read."""
    response_size: int = 0
    """Bytes of response body sent."""
    chunks: int = 0
    """Body items handed to the server."""
    layers: int = 0
    """Passes."""
    exception: str = ""
    """Type name of the exception that left the outermost layer, or of the last one swallowed; empty when none."""
    swallowed: bool = False
    """True when an exception left some layer but not the outermost."""
    start_responses: int = 0
    """Calls of ``start_response`` by the innermost caller, repeats included."""
    input: Literal["none", "unread", "partial", "full"] = "none"
    """How much of the request body was read."""
    closed: bool = True
    """False when an iterable with ``close()`` was never closed."""
    short_circuit: str = ""
    """Name of the layer that answered without calling the layer that it usually calls; else empty."""
    content_type: Text = ""
    """Content-Type of the response."""
    events: int = 0
    """Events recorded."""
    dropped: int = 0
    """Events and body parts dropped on the way to the debugger."""
    note: str = ""
    """For ``refused``: the reason; for a detached observer: which. Else empty."""
    route: str = ""
    """The framework's route that matched, as the application wrote it; empty where none did or that is not known."""
    view: str = ""
    """Dotted name of the view that was called; empty where none was or that is not known."""


class Events(Frame, frozen=True, tag="events"):
    """A batch of encoded exchange events of one exchange."""

    exchange: int
    """The worker's own number of it."""
    count: int
    """Events in ``data``."""
    data: bytes
    """Their encodings, one after the other (:func:`encode_events`)."""


class Last(Frame, frozen=True, tag="last"):
    """The last events of an exchange and its end: a short exchange is this one frame."""

    events: Events
    """The events that no other frame has brought."""
    ended: Ended
    """The summary."""
    began: Began | None = None
    """What opens the exchange, where no other frame has brought that."""


class BodyPart(Frame, frozen=True, tag="body"):
    """Bytes of a body item too long for its event: dropped first when the debugger cannot follow."""

    exchange: int
    """The worker's own number of it."""
    seq: int
    """Seq of the :class:`Chunk`, :class:`Wrote` or :class:`InputRead` it belongs to."""
    data: bytes
    """The bytes."""


class Started(Frame, frozen=True, tag="started"):
    """The application is imported and served."""

    pid: int
    """Process id of the worker."""
    app: str
    """The application as resolved, ``module:attr``."""
    python: str
    """Version of Python."""
    took: int
    """Nanoseconds that the application's import took."""
    note: str = ""
    """One sentence for the user, such as which reading of ``X:Y`` was taken; else empty."""


class ImportFailed(Frame, frozen=True, tag="import_failed"):
    """APP could not be resolved (``usage``), or its import or factory raised."""

    usage: bool
    """True when APP itself is wrong (exit 2), False when the application's own code raised (exit 3)."""
    message: str
    """One sentence."""
    traceback: Text = ""
    """The traceback, frames of wsgitrace left out; empty for ``usage``."""


class LayerFound(Frame, frozen=True, tag="layer"):
    """A layer of the application's stack."""

    id: int
    """The worker's own number of it, from 1 (0 is the server)."""
    name: str
    """Dotted name, as in ``werkzeug.middleware.proxy_fix.ProxyFix``."""
    kind: Literal["server", "wsgi", "application", "framework", "response"]
    """``application``: the innermost one."""
    file: str
    """Source file, or empty."""
    line: int
    """First line, or 0."""
    how: str
    """How it was found, as in ``attribute .app of demos.shop.Session``."""
    parent: int | None = None
    """The layer that holds it, as far as the walk could tell."""
    exchange: int | None = None
    """The exchange in which it was first seen: the worker's number of it; in a capture the debugger's, 0 for one that
    was not kept. None when it was found at load."""
    intercepted: bool = True
    """False when it is seen only, not intercepted."""
    part: Literal["", "middleware", "handler", "hook", "view", "error handler"] = ""
    """Of a framework's layer: what it is there. ``middleware`` calls the next one, ``hook`` does not; ``handler`` is
    the framework's own way from its innermost middleware to hooks and view."""


class FilesToWatch(Frame, frozen=True, tag="files"):
    """Source files that the application has loaded; each frame replaces the one before."""

    paths: tuple[str, ...]
    """Absolute paths."""


class OutputLine(Frame, frozen=True, tag="output"):
    """One line that the worker printed (made by the supervisor from the worker's pipes)."""

    stream: Literal["stdout", "stderr"]
    """Which."""
    text: Text
    """The line, its end left out."""
    exchange: int | None = None
    """The worker's number of the exchange it was written in; None when untied."""
    span: int = 0
    """The pass it was written in (0: the server's, or untied)."""
    wall: int = 0
    """Wall clock, nanoseconds since the epoch, where it was written long ago; 0: now."""


class Dropped(Frame, frozen=True, tag="dropped"):
    """Totals of what the worker dropped since it started."""

    bodies: int
    """Body parts."""
    events: int
    """Events."""


class Draining(Frame, frozen=True, tag="draining"):
    """The worker no longer accepts."""

    open: int
    """Exchanges still open."""
    threads: tuple[str, ...] = ()
    """Names of threads that would not end by the deadline."""


class ObserverFault(Frame, frozen=True, tag="fault"):
    """A fault of wsgitrace in the worker, reported once."""

    hook: str
    """The observer that failed."""
    error: str
    """What it raised, one line."""


class Parked(Frame, frozen=True, tag="parked"):
    """An exchange is held, or what is to be known of that has changed. :class:`Progress` tells when it no longer is."""

    exchange: int
    """The worker's own number of it."""
    event: int
    """Seq of the event it is held at."""
    kind: str
    """Kind of that event, as breakpoints call it."""
    layer: int
    """The layer that it is held in."""
    since: int
    """Wall clock, nanoseconds since the epoch."""
    until: int
    """When it goes on by itself, as ``since``; 0: never."""
    breakpoint: int = 0
    """The breakpoint that held it; 0 for none."""
    gone: bool = False
    """The client has hung up."""
    asks: bool = False
    """``breakpoint()`` was called: pdb is to have the terminal."""
    broken: tuple[Text, ...] = ()
    """Rules that this event shows to be broken, where a breakpoint asks for such: rule, layer and what was done."""


class BreakpointHit(Frame, frozen=True, tag="hit"):
    """A breakpoint was met."""

    breakpoint: int
    """The debugger's number of it."""
    exchange: int
    """The worker's own number of the exchange."""
    used_up: bool = False
    """It was to hold once, and has."""
    full: bool = False
    """Nothing was held, because as many as may be are held already."""


class Evaluated(Frame, frozen=True, tag="evaluated"):
    """The answer to :class:`~wsgitrace.events.Evaluate`."""

    token: int
    """As in the command."""
    text: Text
    """The ``repr`` of the value, or what was raised; bounded."""
    failed: bool = False
    """Something was raised, or it took too long."""
    data: bytes = b""
    """Where the request body was asked for: the bytes."""


class Debugged(Frame, frozen=True, tag="debugged"):
    """pdb has ended, and needs its terminal no longer."""

    exchange: int
    """The worker's own number of it."""
    text: str
    """What has become of the exchange, or why there was no pdb; one sentence."""
    failed: bool = False
    """That was not what the user wanted."""


WorkerFrame: TypeAlias = (
    Began
    | Progress
    | Ended
    | Events
    | Last
    | BodyPart
    | Started
    | ImportFailed
    | LayerFound
    | FilesToWatch
    | OutputLine
    | Dropped
    | Draining
    | ObserverFault
    | Parked
    | BreakpointHit
    | Evaluated
    | Debugged
)
"""Anything that the worker sends."""
