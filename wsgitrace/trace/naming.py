"""Short names of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import from_text

if TYPE_CHECKING:
    from wsgitrace.events import LayerFound


def short_name(name: str) -> str:
    """The part of a dotted name that tells layers apart on a screen: ``ProxyFix``, ``Flask.wsgi_app``, ``make_app``."""
    if name.startswith("<"):
        return name
    parts = [part for part in name.split(".") if part != "<locals>"]
    if not parts:
        return name
    if len(parts) > 1 and parts[-2][:1].isupper():
        return f"{parts[-2]}.{parts[-1]}"
    return parts[-1]


def remark(layer: LayerFound) -> str:
    """What is not as usual in how a layer was found: when, or that it cannot be intercepted; empty for nothing."""
    if layer.kind not in {"wsgi", "application"}:
        return ""
    if not layer.intercepted:
        return f"seen, not intercepted: {from_text(layer.how)}"
    if layer.exchange is None:
        return ""
    return f"first seen in #{layer.exchange}" if layer.exchange else "first seen in a request that was not kept"
