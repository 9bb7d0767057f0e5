"""Cookies that a response sets, as a browser looks at them (RFC 6265; draft-ietf-httpbis-rfc6265bis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wsgitrace.trace.head import Request

__all__ = ["why_not_sent_back"]

_LONGEST: Final = 4_096
"""Bytes of name and value that browsers keep."""


def why_not_sent_back(cookie: str, head: Request) -> str:
    """What keeps a browser from sending a cookie with the same request again; without any value, empty for nothing.

    ``cookie``: the value of Set-Cookie.
    """
    pair, *rest = cookie.split(";")
    attributes = {name.strip().lower(): value.strip() for name, _, value in (part.partition("=") for part in rest)}
    secure = "secure" in attributes
    if secure and head.scheme != "https":
        return "it is Secure: a browser does not send it back over http"
    if attributes.get("samesite", "").lower() == "none" and not secure:
        return "it is SameSite=None and not Secure: a browser does not take it"
    if len(pair.strip()) > _LONGEST:
        return f"it has more than {_LONGEST:,} bytes: a browser does not keep it"
    domain = attributes.get("domain", "").lower().removeprefix(".")
    host = (head.header("host") or "").lower().rpartition("@")[2]
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    if domain and name and name != domain and not name.endswith(f".{domain}"):
        return "its Domain is not that of the request: a browser does not take it"
    path = attributes.get("path", "")
    if path.startswith("/") and not _is_under(head.path, path):
        return "its Path is not that of the request: a browser sends it back elsewhere only"
    return ""


def _is_under(path: str, prefix: str) -> bool:
    """RFC 6265, 5.1.4."""
    return path == prefix or (path.startswith(prefix) and (prefix.endswith("/") or path[len(prefix)] == "/"))
