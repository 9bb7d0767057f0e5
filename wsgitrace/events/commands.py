"""Commands of the debugger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping  # noqa: TC003 -- msgspec asks for it
from typing import Literal, TypeAlias

from wsgitrace.events.values import Frame, Headers, Text


class Serving(Frame, frozen=True):
    """How the server of a worker is set up."""

    threads: int = 8
    """Threads that run the application."""
    limits: Mapping[str, int | float] = {}
    """Bounds by the names of the server's options, bytes and seconds; those left out are its own."""
    cert: str = ""
    """File of the certificate to speak TLS with; empty: no TLS."""
    key: str = ""
    """File of its key; empty: in the same file."""
    client_ca: str = ""
    """File of the authorities whose certificates clients are asked for; empty: they are not asked."""
    client_required: bool = False
    """A client must have one."""
    proxies: int | None = None
    """Proxies in front of the server that are believed; None: what they say is left to the application."""
    proxy_headers: tuple[str, ...] = ()
    """Names of the fields that they are believed by."""
    static: tuple[tuple[str, str], ...] = ()
    """Path and folder of files that the server answers with itself."""


class Breakpoint(Frame, frozen=True, tag="breakpoint"):
    """A condition at which exchanges are held."""

    id: int
    """The debugger's number of it."""
    text: str
    """As it was typed (:func:`wsgitrace.query.read_breakpoint`)."""


class Start(Frame, frozen=True, tag="start"):
    """The first command: what to serve and how."""

    app: str
    """APP as the user gave it."""
    directory: str
    """The user's folder: goes on ``sys.path`` just before APP is imported."""
    factory: bool = False
    """Call the attribute to get the application."""
    serving: Serving = Serving()
    """How it is served."""
    trace: bool = True
    """False: serve without a probe."""
    serve: bool = True
    """False: find the layers, report, exit."""
    request_body: int = 10 * 2**20
    """Bytes of request body recorded per exchange."""
    response_body: int = 2**20
    """Bytes of response body recorded per pass that makes its own."""
    events: int = 10_000
    """Events recorded per exchange."""
    queue: int = 64 * 2**20
    """Bytes that may wait for the debugger before frames are dropped."""
    hold_timeout: float = 900.0
    """Seconds after which a held exchange goes on by itself; 0: never."""
    deep: int = 0
    """Exchanges, the first ones, in which every call is looked at as it begins (before Python 3.12)."""
    hold_limit: int = 32
    """Exchanges held at the same time; beyond that breakpoints hold nothing."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """The breakpoints to begin with: they are there when the first exchange comes."""
    ignored: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Rules that no breakpoint holds at: patterns of paths, and the ids for requests of such; ``*``: every rule."""
    hold_next: bool = False
    """Hold the first exchange at its first layer."""
    terminal: bool = False
    """There is a terminal that pdb can be given: ``breakpoint()`` holds."""
    prepare: str = ""
    """``MODULE:FUNCTION`` that changes requests which are run again before the application is called; empty: none."""


class HoldNext(Frame, frozen=True, tag="hold_next"):
    """Hold the next exchange at its first layer."""

    on: bool = True
    """False takes the order back."""


class Arm(Frame, frozen=True, tag="arm"):
    """These are the breakpoints from now on; none of the others holds anything any more."""

    breakpoints: tuple[Breakpoint, ...] = ()


class EnvironEdit(Frame, frozen=True, tag="edit_environ"):
    """Set an environ key to a string, or delete it."""

    key: str
    """The key."""
    value: Text | None
    """Its new value; None deletes it."""


class StatusEdit(Frame, frozen=True, tag="edit_status"):
    """Give another status to the ``start_response`` that the exchange is held at."""

    status: Text
    """As an application would give it: ``404 Not Found``."""


class HeadersEdit(Frame, frozen=True, tag="edit_headers"):
    """Give other header fields to the ``start_response`` that the exchange is held at."""

    headers: Headers
    """All of them."""


class BodyEdit(Frame, frozen=True, tag="edit_body"):
    """Hand on other bytes than the ones in hand: an item of the response, or all items of a list."""

    data: bytes
    """The bytes."""
    mend: bool = True
    """True: have the Content-Length of the response say as many bytes more or less, where it is not sent yet."""


class InputEdit(Frame, frozen=True, tag="edit_input"):
    """Give the application other bytes in place of the request body that it has not read."""

    data: bytes
    """The bytes."""
    mend: bool = True
    """True: have CONTENT_LENGTH say so."""


Edit: TypeAlias = EnvironEdit | StatusEdit | HeadersEdit | BodyEdit | InputEdit
"""Something that is changed when a held exchange goes on."""


class Answer(Frame, frozen=True, tag="answer_with"):
    """Answer in place of the layer that the exchange is held at the call of."""

    status: Text
    """The status."""
    headers: Headers
    """The header fields."""
    body: bytes
    """The body."""


class Raise(Frame, frozen=True, tag="raise"):
    """Raise an exception in place of what the exchange is held at."""

    type: str
    """Name of a built-in exception class."""
    message: Text = ""
    """Its argument."""


class Skip(Frame, frozen=True, tag="skip"):
    """Call what the layer would call in place of the layer that the exchange is held at the call of."""


class DropClient(Frame, frozen=True, tag="drop"):
    """Close the client's connection and go on."""


End: TypeAlias = Answer | Raise | Skip | DropClient
"""What happens instead of what would."""

Way: TypeAlias = Literal["into", "over", "out", "cursor"]
"""How far a step goes: to the next event of the exchange, of this pass, to its return, to the next event of a layer."""


class Step(Frame, frozen=True, tag="step"):
    """Let a held exchange go on to another boundary event."""

    exchange: int
    """The worker's own number of it."""
    how: Way = "into"
    """How far."""
    layer: int = 0
    """For ``cursor``: the layer."""
    edits: tuple[Edit, ...] = ()
    """What is changed first."""


class Continue(Frame, frozen=True, tag="continue"):
    """Let a held exchange go on."""

    exchange: int | None = None
    """The worker's own number of it; None: all."""
    edits: tuple[Edit, ...] = ()
    """What is changed first."""
    end: End | None = None
    """What happens instead of what would."""
    delay: float = 0.0
    """Seconds to wait before."""


class Extend(Frame, frozen=True, tag="extend"):
    """Change how long an exchange stays held."""

    exchange: int
    """The worker's own number of it."""
    seconds: float | None
    """So much longer; None: until it is told to go on."""


Question: TypeAlias = Literal["expression", "local", "environ", "input"]
"""What is asked where an exchange is held.

``expression``: its value, evaluated in the thread of the exchange and the frame of the layer; ``local``, ``environ``:
the ``repr`` of a local variable or of the value of a key; ``input``: the request body that nobody has read yet.
"""


class Evaluate(Frame, frozen=True, tag="evaluate"):
    """Ask for a value where an exchange is held."""

    exchange: int
    """The worker's own number of it."""
    token: int
    """Repeated in the answer."""
    expression: str
    """A Python expression, what the user typed and nothing else; or the name of what is asked for."""
    what: Question = "expression"
    """What is asked."""


class Debug(Frame, frozen=True, tag="debug"):
    """Run pdb where an exchange is held, in its thread. :class:`~wsgitrace.events.Debugged` tells that it has ended."""

    exchange: int
    """The worker's own number of it."""
    terminal: str
    """Path of the pseudo-terminal to run it on."""


class Interrupt(Frame, frozen=True, tag="interrupt"):
    """Ctrl+C was pressed in the terminal of pdb."""

    exchange: int
    """The worker's own number of the exchange that is debugged."""


class Replay(Frame, frozen=True, tag="replay"):
    """Run a recorded request again as a new exchange."""

    replay_of: int
    """The debugger's number of the original."""
    head: bytes
    """The request head, final empty line included."""
    body: bytes
    """The body, framed as the head says."""
    peer: str
    """The original client's address."""
    scheme: str = "http"
    """The original scheme."""
    server: str = ""
    """Where the original was served, ``SERVER_NAME:SERVER_PORT``; empty: where this worker serves."""
    hold_at: int | None = None
    """Hold it at the first boundary with at least so many events before it, as :attr:`~Held.ordinal` counts them."""
    token: int = 0
    """Repeated in the answer (:class:`~wsgitrace.events.Evaluated`): whether it is run; 0: none is wanted."""
    breakpoints: tuple[str, ...] = ()
    """Hold it where it meets one of these (:func:`wsgitrace.query.read_breakpoint`); they hold nothing else."""
    skips: tuple[tuple[str, str], ...] = ()
    """Layers that are not run, by name, each with the one to call in its place; empty: the only one it calls."""
    clock: int | None = None
    """What the clock of the process is set to while it runs, nanoseconds since the epoch; then it runs alone."""
    prepare: str | None = None
    """``MODULE:FUNCTION`` to change it before the application is called; empty: none; None: as the worker started."""
    pace: tuple[tuple[int, int], ...] = ()
    """Bytes of the body, and nanoseconds since its beginning before which they are not all sent; the rest at once."""

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """What is sent, and how many seconds after the beginning at the earliest."""
        begin, sent = b"" if self.pace else self.head, 0
        if self.pace:
            yield 0.0, self.head
        for end, at in self.pace:
            yield at / 1e9, self.body[sent:end]
            sent = end
        yield 0.0, begin + self.body[sent:]


class Drain(Frame, frozen=True, tag="drain"):
    """Resume what is held, stop accepting, finish what is open, exit."""

    seconds: float
    """Deadline for open exchanges."""
    handover: bool = False
    """Leave connections between two requests to the next worker, rather than close them."""


Command: TypeAlias = Start | HoldNext | Arm | Step | Continue | Extend | Evaluate | Debug | Interrupt | Replay | Drain
"""Anything that the debugger sends."""
