"""When a breakpoint may look: the kinds of events, and which facts about an exchange are known at each."""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS", "LATE", "REQUEST", "RESPONSE", "known_at"]

KINDS: Final[dict[str, str]] = {
    "called": "a layer is called",
    "start_response": "a layer calls start_response",
    "write": "a layer has called write()",
    "returned": "a layer returns its iterable",
    "iteration": "somebody begins to iterate over it",
    "chunk": "an item of the response leaves a layer",
    "end": "the iterable of a layer is exhausted",
    "close": "close() of the iterable is called",
    "closed": "close() has returned",
    "raised": "an exception leaves a layer",
    "input": "wsgi.input was read",
    "errors": "something was written to wsgi.errors",
    "log": "a record is about to be logged",
    "head": "the response head goes on the wire",
    "code": "wsgitrace.breakpoint() was called",
    "over": "all was sent and closed that ever will be",
}
"""Kinds of events as breakpoints name them, in the order in which they usually come, and what each means."""

REQUEST: Final = frozenset(
    {
        "method", "path", "url", "query", "host", "peer", "req.header", "cookie", "replay-of", "since",
        "before", "", "header",
    }
)  # fmt: skip
"""Fields that are known as soon as there is a request. A bare word looks at what of its line there is."""

RESPONSE: Final = frozenset({"status", "resp.header", "set-cookie", "type"})
"""Fields that are known once ``start_response`` was called."""

LATE: Final = {
    "swallowed": "whether an exception will be swallowed is known only later: exc: holds at those, too",
    "layer": "layer: says where to hold, so it stands on its own: not in parentheses, not negated",
    "by": "by: asks for what is known only when the request is over: layer: with changed: says which layer to hold at",
    "changed": "changed: says where to hold, so it stands on its own: not in parentheses, not negated",
    "lint": "lint: says where to hold, so it stands on its own: not in parentheses, not negated",
    "exc": "exc: says where to hold, so it stands on its own: not in parentheses, not negated",
    "id": "the number of a request is given by the debugger, and the application's process does not know it",
    "worker": "which start of the worker this is, is known by the debugger alone",
    "marked": "marks are the debugger's, and the application's process does not know them",
    "state": "a request that a breakpoint looks at is running: what else it may be is known only later",
    "req.body": "how much of the request body there is to look at depends on what was read of it",
    "body": "bodies are known only when they have passed",
    "resp.body": "bodies are known only when they have passed",
    "dur@": "the time in a layer is known only when the request is over",
}
"""Why a field cannot be asked for; those not listed are known only when the request is over."""

_BEFORE_RESPONSE: Final = frozenset({"called", "input"})


def known_at(kind: str) -> frozenset[str]:
    """The fields that may be known at a kind of event."""
    return REQUEST if kind in _BEFORE_RESPONSE else REQUEST | RESPONSE
