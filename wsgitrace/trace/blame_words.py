"""A blame in words: who, where, and one sentence about how it went. Without any value: those are masked by others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.cookies import why_not_sent_back

if TYPE_CHECKING:
    from wsgitrace.trace.blame import Blame, Deed
    from wsgitrace.trace.model import Trace

_PAST: Final = {
    "set": "set",
    "appended": "appended to",
    "replaced": "replaced",
    "dropped": "dropped",
    "reordered": "put in another order",
}

_MOST: Final = 8
"""Deeds that a sentence tells one by one."""

_WHERE: Final = {"at": "", "before": "before ", "in": "in "}


def doer(trace: Trace, deed: Deed) -> str:
    """Who did it: a layer's short name, ``the server`` or ``the user``."""
    if deed.by == "user":
        return "the user"
    return trace.by_id[deed.span].name if deed.by == "layer" else "the server"


def place(deed: Deed) -> str:
    """Where: ``/srv/shop/views.py:41``, or ``before`` or ``in`` that line; empty where that is not known."""
    if not deed.file:
        return ""
    outward = ", on the way out" if deed.outward else ""
    return f"{_WHERE[deed.where]}{deed.file}:{deed.line}{outward}"


def remark(deed: Deed) -> str:
    """What was not as one might think: it was refused, or went nowhere; empty for nothing."""
    if deed.refused:
        return "start_response refused it"
    return "" if deed.reached else "never reached the client"


def sentence(trace: Trace, found: Blame) -> str:
    """How it went, as in ``set by listing, dropped by Cache: the client never got it``."""
    if not found.deeds:
        return "nobody set it" if found.thing.kind == "environ" else "nobody set it: no layer, and not the server"
    parts = [f"{_PAST[deed.verb]} by {doer(trace, deed)}" for deed in found.deeds]
    if len(parts) > _MOST:
        parts[_MOST // 2 : -_MOST // 2] = [f"then {len(parts) - _MOST} times more"]
    if found.thing.kind == "environ":
        end = "" if found.final else ": gone since"
    elif found.lost and not found.final:
        end = ": the client never got it"
    elif found.lost:
        end = ": not all of it came to the client"
    elif len(found.final) > 1:
        end = f": the client got {len(found.final)}"
    else:
        end = ""
    return ", ".join(parts) + end + (f"; {why}" if (why := why_never_back(trace, found)) else "")


def why_never_back(trace: Trace, found: Blame) -> str:
    """What keeps a browser from sending a cookie again, of each value that it got; empty for nothing."""
    if found.thing.kind != "cookie" or trace.head is None:
        return ""
    whys = [why_not_sent_back(value, trace.head) for value in found.final if isinstance(value, str)]
    return whys[0] if whys and all(whys) else ""
