"""Commands of the debugger."""

from __future__ import annotations

from typing import TypeAlias

from wsgitrace.events.values import Frame


class Start(Frame, frozen=True, tag="start"):
    """The first command: what to serve and how."""

    app: str
    """APP as the user gave it."""
    directory: str
    """The user's folder: goes on ``sys.path`` just before APP is imported."""
    factory: bool = False
    """Call the attribute to get the application."""
    threads: int = 8
    """Threads of the pool."""
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


class HoldNext(Frame, frozen=True, tag="hold_next"):
    """Hold the next exchange at its first layer."""

    on: bool = True
    """False takes the order back."""


class Step(Frame, frozen=True, tag="step"):
    """Let a held exchange go on to its next boundary event."""

    exchange: int
    """The worker's own number of it."""


class Continue(Frame, frozen=True, tag="continue"):
    """Let a held exchange go on."""

    exchange: int | None = None
    """The worker's own number of it; None: all."""


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


class Drain(Frame, frozen=True, tag="drain"):
    """Resume what is held, stop accepting, finish what is open, exit."""

    seconds: float
    """Deadline for open exchanges."""


Command: TypeAlias = Start | HoldNext | Step | Continue | Replay | Drain
"""Anything that the debugger sends."""
