"""What an application says to the debugger itself: that a callable is a layer, and where to hold a request.

It runs the same without the debugger: a mark is a note beside the callable, which stays what it is, and a breakpoint
is nothing.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Mark", "breakpoint", "layer", "listen", "listen_for_breakpoints", "marks"]

_T = TypeVar("_T")


class Mark(Protocol):
    """Is told of a callable that is marked."""

    def __call__(self, name: str, value: Any, /) -> object:
        """Take note that ``value`` is the layer ``name``."""


_marks: list[tuple[str, Callable[[], Any]]] = []
_listeners: list[Mark] = []


def layer(name: str) -> Callable[[_T], _T]:
    """Mark a callable as a layer called ``name``: ``app = wsgitrace.layer("billing")(app)``, or as a decorator.

    The callable itself is returned. Raises :class:`TypeError` where the name is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"wsgitrace.layer takes the name of a layer, not {type(name).__name__}")

    def mark(value: _T) -> _T:
        for listener in _listeners:
            listener(name, value)
        if not _listeners:
            try:
                _marks.append((name, weakref.ref(value)))
            except TypeError:  # what has no weak references is kept
                _marks.append((name, lambda: value))
        return value

    return mark


_holders: list[Callable[[], None]] = []


def breakpoint() -> None:  # noqa: A001 -- what everybody looks for
    """Hold the current request here, for the debugger to look at; nothing where none watches, or in no request."""
    for hold in _holders:
        hold()


def listen_for_breakpoints(hold: Callable[[], None] | None) -> None:
    """Have ``hold`` called by :func:`breakpoint`, None for nobody. It must not raise."""
    _holders[:] = [] if hold is None else [hold]


def listen(listener: Mark | None) -> None:
    """Have ``listener`` told of what is marked from now on, None for nobody. It must not raise."""
    _listeners[:] = [] if listener is None else [listener]


def marks() -> list[tuple[str, Any]]:
    """What was marked while nobody listened and is still there."""
    found = [(name, value()) for name, value in _marks]
    return [(name, value) for name, value in found if value is not None]
