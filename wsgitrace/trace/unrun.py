"""Layers that exist and did not run in an exchange, and which pass made it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgitrace.events import LayerFound
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span


@dataclass(frozen=True, slots=True)
class Unrun:
    """Layers inside one that ran, none of which it called."""

    by: Span
    """The last pass of the layer that holds them."""
    layers: tuple[LayerFound, ...]
    """The layers, outermost first, as they were found."""

    @property
    def text(self) -> str:
        """One line about it, not safe yet, as in ``7 never ran: short-circuited by Auth``."""
        name = self.by.name
        if self.by.children:
            why = f"{name} called another"
        elif self.by.exception is not None:
            why = f"{name} raised"
        elif self.by.replaced:
            why = f"edit: answered in place of {name}"
        else:
            why = f"short-circuited by {name}"
        return f"{len(self.layers)} never ran: {why}"


def unrun(trace: Trace) -> tuple[Unrun, ...]:
    """What was found at load and not called, by the pass that could have; nothing before the end.

    Layers of frameworks, and those that are made for a request, are left out: nobody can tell that they were due.
    """
    if not trace.done:
        return ()
    ran = {span.layer.id: span for span in trace.spans if span.layer is not None}
    missing: dict[int, list[LayerFound]] = {}
    for layer in trace.layers.values():
        if layer.id in ran or not layer.intercepted or layer.exchange is not None:
            continue  # of what is seen and no more, nobody can tell
        if layer.kind not in {"wsgi", "application"}:
            continue
        holder = _holder(layer, trace, ran)
        if holder:
            missing.setdefault(holder, []).append(layer)
    return tuple(Unrun(ran[holder], tuple(layers)) for holder, layers in missing.items())


def _holder(layer: LayerFound, trace: Trace, ran: dict[int, Span]) -> int:
    """The nearest layer around ``layer`` that ran; 0, the server, for none."""
    seen: set[int] = set()
    parent = layer.parent
    while parent is not None and parent not in ran and parent not in seen:
        seen.add(parent)
        held = trace.layers.get(parent)
        parent = None if held is None else held.parent
    return parent if parent is not None and parent in ran else 0
