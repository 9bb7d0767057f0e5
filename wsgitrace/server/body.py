"""Request bodies off the wire: sized, and chunked by the whole grammar of RFC 9112 7.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from wsgitrace.server.grammar import TCHARS
from wsgitrace.server.head import field_flaw

if TYPE_CHECKING:
    from wsgitrace.server.options import ServerOptions

_NAME = TCHARS + "+"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+"'
_EXTENSION = rf"[ \t]*+;[ \t]*+{_NAME}(?:[ \t]*+=[ \t]*+(?:{_NAME}|{_QUOTED}))?+"
# Possessive throughout: nothing is ever tried twice, so a hostile line costs its length.
_CHUNK_LINE = re.compile(rf"([0-9A-Fa-f]{{1,16}}+)((?:{_EXTENSION})*+)".encode("latin-1"))

_LONE = re.compile(rb"[\r\n]")
_NEVER_LAST = frozenset({"authorization", "content-length", "host", "te", "trailer", "transfer-encoding"})
"""RFC 9110 6.5.1: not for framing, routing or authentication."""
_AROUND = 2048
"""Bytes before and after a malformed one that are kept to show it."""


class BodyError(OSError):
    """The request body cannot be read to its end. An ``OSError``, as frameworks expect of a broken upload."""

    def __init__(self, reason: str, *, rule: str, status: int, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule
        """Id of the rule, as in ``H20``."""
        self.status = status
        """What to answer if the application does not."""
        self.offset = offset
        """Position in the body on the wire."""
        self.near = b""
        """What was on the wire there, for whoever shows it."""
        self.near_from = 0
        """Position of the first byte of that."""


class Decoder(Protocol):
    """Takes a body off the wire."""

    ended: bool
    """The whole body was seen."""
    rest: bytes
    """What came after the body: the next request."""

    def decode(self, data: bytes) -> bytes:
        """Take bytes as received, give the body bytes in them.

        Raises:
            BodyError: the body is malformed or too large; then the decoder is of no more use.

        """


class SizedDecoder:
    """A body of known size."""

    __slots__ = ("ended", "left", "rest")

    def __init__(self, length: int) -> None:
        self.left = length
        """Bytes to come."""
        self.ended = not length
        self.rest = b""

    def decode(self, data: bytes) -> bytes:
        """Take bytes as received, give the body bytes in them."""
        length = len(data)
        left = self.left
        if length < left:
            self.left = left - length
            return data
        self.left = 0
        self.ended = True
        if length == left:
            return data
        self.rest = data[left:]
        return data[:left]


class ChunkedDecoder:
    """A chunked body: chunks, extensions, trailers, each within its limit."""

    __slots__ = (
        "_consumed",
        "_left",
        "_line",
        "_options",
        "_overhead",
        "_size",
        "_state",
        "_trailer_bytes",
        "_trailers",
        "ended",
        "rest",
    )

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._line = b""
        """The beginning of a line whose end has not come yet."""
        self._left = 0
        self._size = 0
        self._overhead = 0
        self._trailers = 0
        self._trailer_bytes = 0
        self._consumed = 0
        """Bytes before the data at hand."""
        self._state = self._read_size
        self.ended = False
        self.rest = b""

    def decode(self, data: bytes) -> bytes:
        """Take bytes as received, give the body bytes in them."""
        if self._line:
            self._consumed -= len(self._line)
            data = self._line + data
            self._line = b""
        parts: list[bytes] = []
        position = 0
        try:
            while not self.ended:
                after = self._state(data, position, parts)
                if after < 0:
                    break
                position = after
        except BodyError as error:
            at = error.offset - self._consumed
            start = max(0, at - _AROUND)
            error.near, error.near_from = data[start : at + _AROUND], self._consumed + start
            raise
        if self.ended:
            self.rest = data[position:]
        self._consumed += len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_size(self, data: bytes, position: int, parts: list[bytes]) -> int:  # noqa: ARG002 -- one shape for all states
        line, after = self._take_line(data, position, self._options.chunk_line_limit)
        if line is None:
            return -1
        match = _CHUNK_LINE.match(line)
        if match is None or match.end() != len(line):
            at = match.end() if match else 0
            raise self._refused(position + at, "a chunk does not begin with its size in hexadecimal digits and CR LF")
        self._overhead += match.end(2) - match.start(2)
        if self._overhead > self._options.chunk_overhead_limit:
            raise self._refused(position, "too many bytes of chunk extensions", "H40")
        self._left = int(match[1], 16)
        self._size += self._left
        limit = self._options.body_limit
        if limit is not None and self._size > limit:
            raise self._refused(position, f"the body is larger than {limit} bytes", "H40", 413)
        self._state = self._read_data if self._left else self._read_trailer
        return after

    def _read_data(self, data: bytes, position: int, parts: list[bytes]) -> int:
        if position >= len(data):
            return -1
        part = data[position : position + self._left]
        parts.append(part)
        self._left -= len(part)
        if not self._left:
            self._state = self._read_data_end
        return position + len(part)

    def _read_data_end(self, data: bytes, position: int, parts: list[bytes]) -> int:  # noqa: ARG002 -- one shape for all states
        end = data[position : position + 2]
        if not b"\r\n".startswith(end):
            raise self._refused(position, "chunk data is not followed by CR LF")
        if len(end) < len(b"\r\n"):
            self._line = end
            return -1
        self._state = self._read_size
        return position + 2

    def _read_trailer(self, data: bytes, position: int, parts: list[bytes]) -> int:  # noqa: ARG002 -- one shape for all states
        options = self._options
        room = options.trailer_limit - self._trailer_bytes
        line, after = self._take_line(data, position, room, rule="H21")
        if line is None:
            return -1
        if not line:
            self.ended = True
            return after
        self._trailer_bytes += len(line) + 2
        self._trailers += 1
        if self._trailers > options.fields_limit:
            raise self._refused(position, f"more than {options.fields_limit} trailer fields", "H40", 431)
        field = line.decode("latin-1")
        flaw = field_flaw(field)
        if flaw is not None:
            raise self._refused(position + flaw[0], f"in a trailer, {flaw[1]}", "H21")
        name = field.partition(":")[0].lower()
        if name in _NEVER_LAST:
            raise self._refused(position, f"{name} must not stand in a trailer: it comes too late to be heeded", "H21")
        return after

    def _take_line(self, data: bytes, position: int, limit: int, rule: str = "H20") -> tuple[bytes | None, int]:
        """A line without its end and the position after it; the line is None when its end has not come yet."""
        end = data.find(b"\r\n", position, position + limit + 2)
        line = data[position : position + limit + 2] if end < 0 else data[position:end]
        # A CR at the very end of what has come may be the first half of the line's end.
        lone = _LONE.search(line, 0, len(line) - line.endswith(b"\r") if end < 0 else len(line))
        if lone is not None:
            raise self._refused(position + lone.start(), "a CR or LF by itself in a chunk line or trailer", rule)
        if end >= 0:
            return line, end + 2
        if len(line) > limit + 1:
            raise self._refused(
                position + limit, f"a chunk line or the trailers are longer than {limit} bytes", "H40", 431
            )
        self._line = line
        return None, position

    def _refused(self, position: int, reason: str, rule: str = "H20", status: int = 400) -> BodyError:
        return BodyError(reason, rule=rule, status=status, offset=self._consumed + position)
