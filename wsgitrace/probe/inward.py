"""What a layer calls: known for those that were seen calling exactly one thing, so that they can be skipped."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FunctionType

    from wsgitrace.probe.spans import Span


class Instead(BaseException):
    """Goes from where a layer is called to its trampoline: this happens instead of the call."""

    def __init__(self, span: Span, result: Any = None, error: BaseException | None = None) -> None:
        super().__init__()
        self.span = span
        self.result = result
        self.error = error

    def outcome(self, hook: Any) -> Any:
        """What the caller of the layer gets."""
        if self.error is not None:
            raise self.error from None
        return hook.leave(self.span, self.result)


class Inward:
    """What layers were seen calling while breakpoints watched: by the layer, what each of those inside is called by."""

    def __init__(self) -> None:
        self._seen: dict[int, dict[int, Any]] = {}

    def note_call(self, span: Span, function: FunctionType | None) -> None:
        """A pass began, by a call of ``function``: take note of what the pass around it calls."""
        parent = span.parent
        if parent is None or not parent.id or parent.environ is not span.environ:
            return
        target = function if span.this is None else span.this
        inner = self._seen.setdefault(parent.layer.id, {})
        try:
            inner[span.layer.id] = weakref.ref(target)
        except TypeError:  # what has no weak references cannot be known to be there still
            inner[span.layer.id] = lambda: None

    def why_not_skip(self, layer: int) -> str:
        """Why a layer cannot be skipped; empty when it can."""
        inner = self._seen.get(layer)
        if not inner:
            return "it was not seen calling anything yet"
        if len(inner) > 1:
            return f"it was seen calling {len(inner)} different layers"
        return "" if next(iter(inner.values()))() is not None else "what it called is made anew for each request"

    def call_inner(self, span: Span) -> Any:
        """Call what the layer of ``span`` would call, with what that was given. Raises what that raises."""
        target = next(iter(self._seen.get(span.layer.id, {}).values()), lambda: None)()
        if target is None:
            raise LookupError(f"{span.layer.name} was not seen calling exactly one layer")
        return target(span.environ, span.start_response)
