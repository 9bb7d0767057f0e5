"""A recorded request as the user edits it: head, empty line, body; and that as a request again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.replay.rebuilding import ReplayRefused
from wsgitrace.trace.framing import one_chunk

if TYPE_CHECKING:
    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = ["as_edited", "check_request_line", "raw_request", "with_request_line"]


def raw_request(trace: Trace, command: Replay) -> bytes:
    """Head and body as an editor shows them: lines end as in any file, the body is without its framing."""
    return command.head.replace(b"\r\n", b"\n") + trace.request_body.data


def as_edited(command: Replay, raw: bytes) -> Replay:
    """The command for an edited request. Raises :class:`ReplayRefused` where it is none.

    The length that is announced follows the body, unless that was edited as well: whoever changes it means it.
    """
    head, empty, body = raw.partition(b"\n\n")
    if not empty:
        head, empty, body = raw.partition(b"\r\n\r\n")
    lines = [line.rstrip(b"\r") for line in head.rstrip(b"\r\n").split(b"\n")]
    problem = check_request_line(lines[0].decode("latin-1"))
    if problem:
        raise ReplayRefused(problem)
    for line in lines[1:]:
        if b":" not in line:
            raise ReplayRefused(f"{line.decode('latin-1')!r} is no header field: write Name: value")
    lengths = [line for line in lines[1:] if line.lower().startswith(b"content-length:")]
    chunked = any(line.lower().startswith(b"transfer-encoding:") for line in lines[1:])
    if lengths and lengths[0] in command.head.split(b"\r\n"):
        lines = [b"Content-Length: %d" % len(body) if line in lengths else line for line in lines]
    elif body and not lengths and not chunked:
        lines.append(b"Content-Length: %d" % len(body))
    data = one_chunk(body) if chunked else body
    return structs.replace(command, head=b"\r\n".join([*lines, b"", b""]), body=data)


def with_request_line(trace: Trace, command: Replay, line: str) -> Replay:
    """The same request with another first line. Raises :class:`ReplayRefused`."""
    _, _, rest = raw_request(trace, command).partition(b"\n")
    return as_edited(command, line.encode("latin-1", "backslashreplace") + b"\n" + rest)


def check_request_line(line: str) -> str:
    """What is wrong with a request line, one sentence without a stop; empty for nothing."""
    words = line.split(" ")
    if len(words) != len(("method", "target", "version")) or not all(words) or not words[2].startswith("HTTP/"):
        return f"{line!r} is no request line: write METHOD TARGET HTTP/1.1"
    return ""
