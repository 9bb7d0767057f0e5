"""What a request line tells: one reading of it for rows, traces and live requests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from wsgitrace.query.fields import Fact

__all__ = ["readable_path", "request_fact"]


def readable_path(target: str) -> str:
    """The path of a target, percent-decoded where that gives printable UTF-8, else as sent."""
    path = target.partition("?")[0]
    if "%" not in path:
        return path
    try:
        decoded = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return path
    return decoded if decoded.isprintable() else path


def request_fact(name: str, method: str, target: str, status: int | None) -> Fact:
    """A fact that stands in the request line: ``method path url query`` or ``line``; None for any other."""
    query = target.partition("?")[2]
    if name == "path":
        return readable_path(target)
    if name == "line":
        path = readable_path(target)
        shown = f"{path}?{query}" if query else path
        return f"{method} {shown}" if status is None else f"{method} {shown} {status}"
    return {"method": method, "url": target, "query": query}.get(name)
