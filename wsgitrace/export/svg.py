"""Shapes and text of a vector picture, as XML that is always well-formed and never obeys what is in it."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from wsgitrace.safetext import safe

__all__ = ["CHARACTER", "attributes", "box", "group", "label", "line", "path", "width_of"]

CHARACTER: Final = 7.23
"""Width of a character of 12 pixels in fixed pitch fonts, in pixels."""

_LONGEST: Final = 600
"""Characters of one text that are ever written."""


def width_of(text: str, size: float = 12) -> float:
    """About how wide a text is, in pixels."""
    return len(safe(text[:_LONGEST])) * CHARACTER * size / 12


def attributes(**values: float | str) -> str:
    """Attributes of an element; numbers in tenths, names with ``_`` for ``-``, ``kind`` for ``class``."""
    names = {"kind": "class"}
    return "".join(
        f" {names.get(name, name).replace('_', '-')}={quoteattr(_number(value))}" for name, value in values.items()
    )


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def text_of(text: str) -> str:
    """Text of the traffic between tags."""
    return escape(safe(text[:_LONGEST]))


def label(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    """A line of text."""
    more = {} if anchor == "start" else {"text_anchor": anchor}
    return f"<text{attributes(x=x, y=y, kind=kind, **more)}>{text_of(text)}</text>"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f"<line{attributes(x1=x1, y1=y1, x2=x2, y2=y2, kind=kind)}/>"


def box(x: float, y: float, width: float, height: float, kind: str, *, radius: float = 0) -> str:
    """A rectangle."""
    return f"<rect{attributes(x=x, y=y, width=width, height=max(height, 0), rx=radius, kind=kind)}/>"


def path(points: str, kind: str) -> str:
    """Any other shape."""
    return f"<path{attributes(d=points, kind=kind)}/>"


def group(title: str, *shapes: str) -> str:
    """Shapes that say what they are where the pointer rests on them."""
    return f"<g><title>{text_of(title)}</title>{''.join(shapes)}</g>"
