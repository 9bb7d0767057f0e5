"""Short names of layers."""

from __future__ import annotations


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
