"""Exchange events of requests that are held: where, what the user changed there, and that they went on."""

from __future__ import annotations

from typing import Literal

from wsgitrace.events.values import ExchangeEvent, Headers, Text, Value


class Reached(ExchangeEvent, frozen=True, tag="reached"):
    """A line was reached in the pass ``span`` that says to hold there, or at which pdb stopped."""

    file: Text
    """Absolute path of the source."""
    line: int
    """The line."""
    by: Literal["wsgitrace.breakpoint()", "breakpoint()", "pdb"] = "wsgitrace.breakpoint()"
    """What stops there."""


class Held(ExchangeEvent, frozen=True, tag="held"):
    """The exchange's thread is parked; ``span`` is the pass at whose boundary."""

    event: int
    """Seq of the event it is parked at."""
    breakpoint: int = 0
    """The debugger's number of the breakpoint that held it; 0: a step, or an order to hold the next one."""
    file: Text = ""
    """Source of the layer where it stands; empty where that is not known."""
    line: int = 0
    """The line there; 0 where that is not known."""
    function: Text = ""
    """Qualified name of the function."""
    locals: dict[str, Value] = {}  # noqa: RUF012 -- msgspec makes a new one each time
    """Local variables there."""
    no_frame: str = ""
    """Why there are no local variables, one sentence; empty when there are."""
    environ: dict[str, Value] = {}  # noqa: RUF012 -- msgspec makes a new one each time
    """Keys added or replaced since this pass was called."""
    removed: tuple[str, ...] = ()
    """Keys that are gone since this pass was called."""
    no_skip: str = ""
    """Why the layer cannot be skipped, without a full stop; empty when it can, and where it is not being called."""
    no_input: str = ""
    """Why the request body cannot be replaced, without a full stop; empty when it can."""
    ordinal: int = -1
    """Events before that one, without those that another run may not have (``events.stepping.PASSING``)."""
    previous: int = -1
    """The same of the boundary before, recorded or not; -1: there is none."""


class Edited(ExchangeEvent, frozen=True, tag="edited"):
    """The user changed something while the exchange was held, or had it run again so: it goes on with this."""

    what: Literal["environ", "status", "header", "body", "input", "answer", "exception", "layer", "client", "clock"]
    """What was changed; ``layer``: it was skipped; ``client``: its connection was closed; ``clock``: that of the
    process was set."""
    name: str
    """Environ key or name of the header field; else empty."""
    before: Value
    """What it was; None: it was not there."""
    after: Value
    """What it is now; None: it is not there any more."""
    headers: Headers = ()
    """For ``header``: all fields as they are now."""


class Released(ExchangeEvent, frozen=True, tag="released"):
    """The exchange goes on."""

    held: int
    """Nanoseconds it was parked."""
    by: Literal["step", "continue", "timeout", "shutdown", "debugger gone", "delay"]
    """Why."""
