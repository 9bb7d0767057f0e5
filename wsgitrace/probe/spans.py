"""Passes as the worker knows them, and which one is running."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.environ import NOTHING

if TYPE_CHECKING:
    from wsgitrace.probe.layers import Layer
    from wsgitrace.probe.recorder import Recording


@dataclass(slots=True, eq=False)
class Span:
    """One pass of one exchange through one layer. Its place (``parent``) never changes.

    What it holds of the application is let go when the exchange ends.
    """

    id: int
    parent: Span | None
    recording: Recording
    layer: Layer
    this: Any
    """The first argument of a method: a layer that calls a method of its own with the same request is one pass."""
    environ: dict[str, Any] | None
    start_response: Any
    """What the layer was given."""
    previous: Span | None
    """What was running when the pass was called; runs again when it is left."""
    thread: int = 0
    """The thread it was called in, and so returns in."""
    snapshot: dict[str, Any] = field(default_factory=dict)
    """Copy of the environ as it was when the pass was called."""
    inner: Any = None
    """The list or tuple that the last inner pass returned, until this one returns."""
    inner_id: int = 0
    """The inner pass that returned ``inner``."""
    calls: int = 0
    """Passes called from this one."""
    started: int = 0
    """Calls of start_response by this pass, those made in turn by a wrapper left out."""
    kept: int = 0
    """Body bytes recorded."""
    returned: bool = False
    """True when the layer returned, rather than raised or is still running."""
    failure: tuple[int, ...] = ()
    """Identity of the last exception that left an inner pass."""


current: ContextVar[Span | None] = ContextVar("wsgitrace_span", default=None)
"""The pass that is running here: it follows threads' contexts, greenlets and ``copy_context().run``."""


def current_pass() -> tuple[int, int] | None:
    """The worker's number of the exchange that the calling code runs for, and the pass; None outside of any."""
    span = current.get()
    if span is None or not span.recording.open:
        return None
    return span.recording.number, span.id


def conclude(spans: list[Span], root: Span | None) -> str:
    """Learn what layers usually do, and let go of what the passes of an exchange hold of the application.

    The name of the layer that answered without calling the one that it usually calls; empty when none did.
    """
    short_circuit = ""
    for span in spans:
        if span.returned:
            layer = span.layer
            if span.calls:
                balance = layer.balance + 1
            else:
                balance = layer.balance - 1
                if layer.usually_calls:
                    short_circuit = layer.name
            layer.balance = balance
            layer.usually_calls = balance > 0
        span.this = span.environ = span.start_response = span.inner = span.previous = None
        span.snapshot = NOTHING
    if root is not None:
        root.environ = root.start_response = None
    return short_circuit
