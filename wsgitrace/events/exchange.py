"""Exchange events: one thing each that happened in one exchange."""

from __future__ import annotations

from typing import Literal, TypeAlias

from wsgitrace.events.beside import ErrorsWrite, Logged, Queried
from wsgitrace.events.holding import Edited, Held, Reached, Released
from wsgitrace.events.values import ExchangeEvent, Frame, Headers, Text, TracebackFrame, Value


class HeadReceived(ExchangeEvent, frozen=True, tag="head"):
    """The request head is complete; the exchange begins here (span 0)."""

    raw: bytes
    """The head as received, final empty line included."""
    peer: str
    """Address of the client, ``host:port`` or the path of a unix socket."""
    scheme: str = "http"
    """``http`` or ``https``."""


class Refused(ExchangeEvent, frozen=True, tag="refused"):
    """The server refused the bytes of a request (span 0)."""

    raw: bytes
    """What was received up to the refusal, bounded."""
    offset: int
    """Offset in ``raw`` of the first byte that breaks the rule."""
    rule: str
    """Id of the rule, as in ``H12``."""
    reason: str
    """One sentence: what was wrong."""
    status: int
    """The status sent."""


class Called(ExchangeEvent, frozen=True, tag="called"):
    """A layer was called: its pass ``span`` begins."""

    parent: int
    """The pass it was called from (0: by the server)."""
    layer: int
    """The layer, by the ``id`` of its :class:`LayerFound`."""
    environ: dict[str, Value]
    """Keys added or replaced, compared with the environ that the parent pass was called with (the first pass: all)."""
    removed: tuple[str, ...] = ()
    """Keys that are gone since the parent pass was called."""
    subrequest: bool = False
    """True when the environ belongs to another request that the application made up itself."""
    same_environ: bool = True
    """True when it is the very dict that the parent pass was called with."""
    same_start_response: bool = False
    """True when the layer above handed on the very ``start_response`` it was given."""
    line: int = 0
    """Line of the layer above at the call, where the environ had changed by then; 0 where it had not or nobody knows.
    """


class EnvironOut(ExchangeEvent, frozen=True, tag="environ_out"):
    """The environ of this pass differs, when it returns, from what it was called with."""

    environ: dict[str, Value]
    """Keys added or replaced since this pass was called."""
    removed: tuple[str, ...] = ()
    """Keys that are gone since this pass was called."""


class StartResponse(ExchangeEvent, frozen=True, tag="start_response"):
    """``start_response`` was called by the pass ``span``."""

    status: Text
    """The status as given."""
    headers: Headers
    """The headers as given, in order."""
    exc_info: str = ""
    """Type name of the exception in ``exc_info``, or empty."""
    through: tuple[int, ...] = ()
    """Outer passes, innermost first, whose own ``start_response`` this is too: they had handed it on untouched."""
    line: int = 0
    """Line on which the layer's own function stood, in its own file; 0 where unknown."""
    malformed: bool = False
    """True when status or headers were not of the types that PEP 3333 asks for; then they are a rendering."""


class Wrote(ExchangeEvent, frozen=True, tag="write"):
    """``write()`` was called by the pass ``span``."""

    length: int
    """Bytes."""
    data: bytes = b""
    """The bytes when inline (``stored``), else empty."""
    stored: bool = True
    """True when ``data`` is all of it; False when it follows in :class:`BodyPart` frames or was not kept."""
    through: tuple[int, ...] = ()
    """Outer passes that the same call went through untouched."""
    took: int = 0
    """Nanoseconds that the call took."""


class AttributeChange(Frame, frozen=True):
    """One thing that changed on a framework's own objects."""

    key: str
    """What, in the framework's terms: ``request.user``, ``session.basket``, ``g.began``."""
    kind: Literal["added", "changed", "removed"]
    """What was done."""
    before: Value
    """The value it had; None for ``added``."""
    after: Value
    """The value it got; None for ``removed``."""


class FrameworkChanges(ExchangeEvent, frozen=True, tag="framework"):
    """The code of the pass ``span`` changed what its framework hands from layer to layer.

    It is sent at the boundary where that was seen, for the pass whose code ran up to there: that of a framework's layer
    or of the application which holds it.
    """

    when: Literal["in", "out"]
    """``in``: seen when it called a layer, ``out``: when it was left."""
    attributes: tuple[AttributeChange, ...] = ()
    """What changed on the request, the session and the like."""
    status: Text = ""
    """Status of the framework's response object, where that is another than the last one told of; empty: it is not."""
    headers: Headers = ()
    """All its header fields, cookies among them; only with ``status``."""
    handled: int | None = None
    """The pass whose exception the framework itself made this response of; None for none."""


class Returned(ExchangeEvent, frozen=True, tag="returned"):
    """The layer returned its iterable."""

    type: str
    """Dotted type name of what it returned."""
    length: int | None = None
    """``len()`` where it is a list or tuple."""
    passed: int | None = None
    """The inner pass whose very return value this is; None when it is the layer's own."""
    closes: bool | None = None
    """True when it has a ``close()`` to call, False when it has none, None where that was not looked at."""


class IterationBegan(ExchangeEvent, frozen=True, tag="iteration_began"):
    """``iter()`` was called on the returned iterable."""


class Chunk(ExchangeEvent, frozen=True, tag="chunk"):
    """One item of the response body left the pass ``span``."""

    index: int
    """Position among the items of this pass, from 0."""
    length: int
    """Bytes (-1: the item is not bytes)."""
    data: bytes = b""
    """The bytes when inline (``stored``), else empty."""
    stored: bool = True
    """True when ``data`` (or the event ``same``) holds all of it; False when it follows in :class:`BodyPart` or was not
    kept."""
    same: int | None = None
    """Seq of the event that carries the very same object, passed on unchanged."""
    took: int = 0
    """Nanoseconds inside ``next()`` (0 for items of a list or tuple)."""


class IterationEnded(ExchangeEvent, frozen=True, tag="iteration_ended"):
    """The iterable of this pass is exhausted."""

    took: int = 0
    """Nanoseconds inside the last ``next()``."""


class CloseBegan(ExchangeEvent, frozen=True, tag="close_began"):
    """``close()`` of the returned iterable was called."""


class CloseEnded(ExchangeEvent, frozen=True, tag="close_ended"):
    """``close()`` returned or raised (then :class:`Raised` comes before it)."""

    took: int = 0
    """Nanoseconds inside ``close()``."""


class Raised(ExchangeEvent, frozen=True, tag="raised"):
    """An exception left the pass ``span``."""

    during: Literal["call", "next", "close", "start_response", "write"]
    """What was being done."""
    type: str
    """Dotted name of the exception's type."""
    message: Text
    """Its text, for exact built-in arguments; bounded."""
    identity: int
    """``id()`` of the exception in the worker: the same one seen at outer passes has the same."""
    frames: tuple[TracebackFrame, ...] = ()
    """The traceback, sent once, by the innermost pass; wsgitrace's own frames left out."""
    took: int = 0
    """Nanoseconds inside ``next()`` when ``during`` is ``next``."""


class InputRead(ExchangeEvent, frozen=True, tag="input_read"):
    """``wsgi.input`` was read in the pass ``span``."""

    method: Literal["read", "readline", "readlines", "next"]
    """Method called."""
    asked: int | None
    """Size asked for, None when none was given."""
    got: int
    """Bytes returned."""
    offset: int
    """Offset of the first one in the body."""
    end: bool
    """True when the body is known to be at its end."""
    data: bytes = b""
    """The bytes when inline (``stored``), else empty."""
    stored: bool = True
    """True when ``data`` is all of it."""
    took: int = 0
    """Nanoseconds that the call took."""
    error: str = ""
    """Why the read failed (the client is gone, the body was malformed), else empty."""


class InputReplaced(ExchangeEvent, frozen=True, tag="input_replaced"):
    """A layer handed on another ``wsgi.input`` than it was given; ``span`` is the pass that replaced it."""

    type: str
    """Dotted type name of the new one."""


class Misfit(ExchangeEvent, frozen=True, tag="misfit"):
    """Something that the pass ``span`` handed over was not of the type that PEP 3333 asks for."""

    what: Literal["environ", "arguments", "status", "headers", "header", "name", "value", "exc_info", "item", "write",
                  "errors"]  # fmt: skip
    """What it was: the environ of a call inward; arguments by name, the status, the list of headers, one of them, the
    name or value of one, or exc_info, of a call of ``start_response``; an item of the body; what ``write()`` or
    ``wsgi.errors`` was given."""
    type: str
    """Dotted name of the type that it had; for ``arguments`` their names."""


class ResponseHead(ExchangeEvent, frozen=True, tag="response_head"):
    """The server put the response head on the wire (span 0)."""

    status: Text
    """Status line without the version."""
    headers: Headers
    """Header fields as sent."""


class Sent(ExchangeEvent, frozen=True, tag="sent"):
    """Body bytes were handed to the operating system (span 0); coalesced, so the last one tells the total."""

    total: int
    """Body bytes sent so far, framing left out."""


class ClientGone(ExchangeEvent, frozen=True, tag="client_gone"):
    """The client closed or reset the connection (span 0)."""


class Truncated(ExchangeEvent, frozen=True, tag="truncated"):
    """From here on this exchange records less."""

    what: Literal["events", "request body", "response body"]
    """What is no longer recorded."""
    limit: int
    """The bound that was met (events or bytes)."""


class ObserverDetached(ExchangeEvent, frozen=True, tag="observer_detached"):
    """A fault of wsgitrace: the exchange goes on untraced from here."""

    hook: str
    """The observer that failed."""
    error: str
    """What it raised, one line."""


class Done(ExchangeEvent, frozen=True, tag="done"):
    """The exchange is over (span 0)."""

    how: Literal["complete", "client gone", "cut", "refused", "worker gone"]
    """``cut``: ended by a deadline or an application error after the head was sent."""
    skipped: int = 0
    """Events that were not recorded for a bound."""


Event: TypeAlias = (
    HeadReceived
    | Refused
    | Called
    | EnvironOut
    | FrameworkChanges
    | StartResponse
    | Wrote
    | Returned
    | IterationBegan
    | Chunk
    | IterationEnded
    | CloseBegan
    | CloseEnded
    | Raised
    | InputRead
    | InputReplaced
    | Misfit
    | ErrorsWrite
    | Logged
    | Queried
    | ResponseHead
    | Sent
    | ClientGone
    | Reached
    | Held
    | Edited
    | Released
    | Truncated
    | ObserverDetached
    | Done
)
"""Any exchange event."""
