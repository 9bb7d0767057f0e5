"""A recorded request, as bytes that can be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Replay
from wsgitrace.trace.framing import one_chunk

if TYPE_CHECKING:
    from wsgitrace.trace import Trace


SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that ask for nothing to be done (RFC 9110, 9.2.1)."""


class ReplayRefused(Exception):  # noqa: N818 -- it is not an error: the recording does not hold the whole request
    """The request cannot be sent again as it was; the text is one sentence for the user, and says why."""


def rebuild(number: int, trace: Trace) -> Replay:
    """The request of exchange ``number`` as a command for the worker: the very head, and the body as that frames it.

    Chunks are not cut where the client had cut them, since the recording holds what the application read: the body
    comes in one. Raises :class:`ReplayRefused` where the recording does not hold all of it.
    """
    if trace.refused is not None:
        raise ReplayRefused(f"request {number} was refused by the server ({trace.refused.reason}): it was never run")
    head = trace.head
    if head is None:
        raise ReplayRefused(f"the head of request {number} is not recorded")
    body = trace.request_body
    if not body.complete:
        raise ReplayRefused(f"the body of request {number} is not recorded whole: {body.why}")
    data = body.data
    if head.header("transfer-encoding") is not None:
        data = one_chunk(data)
    elif head.content_length is not None and head.content_length != len(data):
        raise ReplayRefused(
            f"request {number} announced a body of {head.content_length:,} bytes, and {len(data):,} are recorded"
        )
    return Replay(number, head.raw, data, head.peer, head.scheme, _served_at(trace))


def _served_at(trace: Trace) -> str:
    """Name and port of the server as the application was told; empty where that is not known."""
    environ = {} if trace.outermost is None else trace.outermost.environ
    name, port = environ.get("SERVER_NAME"), environ.get("SERVER_PORT")
    return f"{name}:{port}" if isinstance(name, str) and isinstance(port, str) and name and port else ""
