"""A debugger for the WSGI layer of Python web applications, in the terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.marking import breakpoint, layer  # noqa: A004 -- as it is called
    from wsgitrace.trace import Trace

__all__ = ["Capture", "Trace", "__version__", "breakpoint", "layer"]

__version__ = "0.1.0"

_LAZY = {
    "Capture": "wsgitrace.capture",
    "Trace": "wsgitrace.trace",
    "breakpoint": "wsgitrace.marking",
    "layer": "wsgitrace.marking",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: the worker imports this package and must stay small."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
