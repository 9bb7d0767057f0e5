"""Passes as the worker knows them, and which one is running."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgitrace.probe.layers import Layer
    from wsgitrace.probe.recorder import Recording


class Span:
    """One pass of one exchange through one layer. Its place (``parent``) never changes.

    What it holds of the application is let go when the exchange ends.
    """

    # What most passes never change lives on the class: one is made for every layer of every request.
    inner: Any = None
    """The list or tuple that the last inner pass returned, until this one returns."""
    inner_id = 0
    """The inner pass that returned ``inner``."""
    calls = 0
    """Passes called from this one."""
    started = 0
    """Calls of start_response by this pass, those made in turn by a wrapper left out."""
    kept = 0
    """Body bytes recorded."""
    returned = False
    """True when the layer returned, rather than raised or is still running."""
    failure: tuple[int, ...] = ()
    """Identity of the last exception that left an inner pass."""

    def __init__(  # noqa: PLR0917 -- made for every pass
        self,
        identity: int,
        parent: Span | None,
        recording: Recording,
        layer: Layer,
        this: Any,
        environ: dict[str, Any],
        snapshot: dict[str, Any],
        start_response: Any,
        previous: Span | None,
    ) -> None:
        self.id = identity
        self.parent = parent
        self.recording = recording
        self.layer = layer
        self.this = this
        """The first argument of a method: a layer that calls a method of its own with the same request is one pass."""
        self.environ: dict[str, Any] | None = environ
        self.snapshot = snapshot
        """Copy of the environ as it was when the pass was called."""
        self.start_response = start_response
        """What the layer was given."""
        self.previous = previous
        """What was running when the pass was called; runs again when it is left."""


current: ContextVar[Span | None] = ContextVar("wsgitrace_span", default=None)
"""The pass that is running here: it follows threads' contexts, greenlets and ``copy_context().run``."""


def current_exchange() -> int | None:
    """The worker's number of the exchange that the calling code runs for; None outside of any."""
    span = current.get()
    if span is None or not span.recording.open:
        return None
    return span.recording.number
