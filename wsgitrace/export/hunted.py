"""Kinds of outcome in words and as plain data. Not safe for a terminal yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wsgitrace.export.compared import source_place
from wsgitrace.trace.naming import short_name

if TYPE_CHECKING:
    from wsgitrace.trace.comparing import Failure, Fingerprint

__all__ = ["failure_text", "fingerprint_object", "outcome_text", "parting_text", "why_text"]

_TOLD: Final = 3
"""Exceptions told of one kind of outcome."""


def outcome_text(found: Fingerprint) -> str:
    """What the client got: ``200 OK``, ``200 OK, cut``, ``no response``."""
    how = "" if found.ending in {"complete", ""} else found.ending
    return ", ".join(part for part in (found.status or "no response", how) if part)


def failure_text(failure: Failure) -> str:
    """``KeyError in Tenants (shop/tenants.py:30)``."""
    place = f" ({source_place(failure.file, failure.line)})" if failure.file else ""
    return f"{failure.type.removeprefix('builtins.')} in {short_name(failure.layer)}{place}"


def why_text(found: Fingerprint, against: str) -> str:
    """What makes it the kind that it is; ``against``: what it was compared with, as in ``as recorded``."""
    told = [failure_text(each) for each in found.failures[:_TOLD]]
    if len(found.failures) > _TOLD:
        told.append(f"{len(found.failures) - _TOLD} more exceptions")
    if found.differs:
        told.append(f"differs in {', '.join(found.differs)}")
    elif found.parting is not None:
        told.append("the response the same, the way to it not")
    elif not told:
        told.append(against)
    return "; ".join(told)


def parting_text(found: Fingerprint) -> str:
    """``first differs in Tenants at event 7: environ shop.tenant``; empty where it does not, or that is not known."""
    if found.parting is None:
        return ""
    layer, event, what = found.parting
    at = "" if event is None else f" at event {event:,}"
    return f"first differs in {short_name(layer)}{at}: {', '.join(what)}"


def fingerprint_object(found: Fingerprint) -> dict[str, Any]:
    """One kind of outcome as ``hunt --json`` has it."""
    parting = found.parting
    return {
        "status": found.status or None,
        "how": found.ending,
        "exceptions": [each._asdict() for each in found.failures],
        "differs": list(found.differs),
        "first_divergence": None if parting is None else {**parting._asdict(), "what": list(parting.what)},
    }
