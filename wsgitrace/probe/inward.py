"""What a layer calls: known for those that hold, or were seen calling, exactly one thing; they can be skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.probe.layers import Layer, Layers
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


class SkipError(Exception):
    """A layer cannot be skipped; the text says why, without a full stop."""


class Inward:
    """What layers were seen calling: by the layer, what each of those inside is called by."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._seen: dict[int, dict[int, Callable[[], Any]]] = {}

    def note(self, outer: Span, environ: Any, layer: Layer, callee: Callable[[], Any]) -> None:
        """The pass ``outer`` calls a layer with an environ; ``callee`` gives what can be called so once more."""
        if outer.id and outer.environ is environ:
            self._seen.setdefault(outer.layer.id, {})[layer.id] = callee

    def why_not_skip(self, layer: int) -> str:
        """Why a layer cannot be skipped; empty when it can."""
        try:
            self.callee(layer)
        except SkipError as problem:
            return str(problem)
        return ""

    def callee(self, layer: int, inner: str = "") -> Any:
        """What to call in place of a layer: the one of that name, or else the only one that it calls.

        Raises :class:`SkipError`.
        """
        found = self._seen.get(layer) or self._layers.held_by(layer)
        if inner:
            number = self._layers.named(inner)
            callee = found.get(number or 0) or self._layers.callees.get(number or 0)
            if callee is None:
                raise SkipError(f"{inner}, which it called then, was not seen in this process yet")
        elif not found:
            raise SkipError("it was not seen calling anything yet")
        elif len(found) > 1:
            raise SkipError(f"it was seen calling {len(found)} different layers")
        else:
            callee = next(iter(found.values()))
        target = callee()
        if target is None:
            raise SkipError("what it called is made anew for each request")
        return target
