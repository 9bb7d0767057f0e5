"""Frames on the wire: four bytes of length, little-endian, then so many bytes of payload."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

FRAME_LIMIT = 2**29
"""Bytes of payload above which a frame is nonsense: the largest honest one carries one whole item of a body."""

PREFIX = 4
"""Bytes of the length in front of a payload."""

_READ = 2**18
_LENGTH = Struct("<I")
_unpack_length = _LENGTH.unpack_from

pack_length = _LENGTH.pack
"""The length that goes before a payload known to be below :data:`FRAME_LIMIT`."""


class FrameError(Exception):
    """The other end sent something that cannot be a frame; the link is of no further use."""


def prefixed(payload: bytes) -> bytes:
    """A payload as it goes on the wire. Raises :class:`FrameError` above :data:`FRAME_LIMIT`."""
    return prefix(payload) + payload


def prefix(payload: bytes) -> bytes:
    """The length that goes before a payload. Raises :class:`FrameError` above :data:`FRAME_LIMIT`."""
    length = len(payload)
    if length > FRAME_LIMIT:
        raise FrameError(f"a frame of {length} bytes is longer than {FRAME_LIMIT}")
    return pack_length(length)


def send_frame(sock: socket.socket, payload: bytes) -> None:
    """Send one frame, blocking until it is handed to the operating system.

    Not to be called from two threads at once. Raises :class:`OSError` when the other end is gone and
    :class:`FrameError` above :data:`FRAME_LIMIT`.
    """
    sock.sendall(prefixed(payload))


class FrameReader:
    """Turns what arrives, in pieces of any size, into whole payloads. Touches no socket."""

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self.limit = limit
        self.unfinished = 0
        """Bytes received that do not make a whole frame yet."""
        self._pieces: list[bytes] = []
        self._needed = PREFIX

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that are complete now that ``data`` arrived. Raises :class:`FrameError` on nonsense."""
        self.unfinished += len(data)
        self._pieces.append(data)
        if self.unfinished < self._needed:
            # A large frame arrives in many pieces: they are joined once.
            return []
        if len(self._pieces) > 1:
            data = b"".join(self._pieces)
        payloads: list[bytes] = []
        start = 0
        end = len(data)
        while end - start >= PREFIX:
            (length,) = _unpack_length(data, start)
            if length > self.limit:
                raise FrameError(f"a frame of {length} bytes was announced, more than {self.limit}")
            after = start + PREFIX + length
            if after > end:
                self._needed = after - start
                break
            payloads.append(data[start + PREFIX : after])
            start = after
        else:
            self._needed = PREFIX
        self._pieces = [data[start:]] if start < end else []
        self.unfinished = end - start
        return payloads


class Receiver:
    """Iterates over the payloads that arrive on a blocking socket, until the other end is gone.

    Iteration ends at the end of the stream or when the connection breaks: a frame cut short there is not an error,
    because that is what a killed process leaves behind. Raises :class:`FrameError` on nonsense.
    """

    def __init__(self, sock: socket.socket, limit: int = FRAME_LIMIT) -> None:
        self._sock = sock
        self._reader = FrameReader(limit)

    def __iter__(self) -> Iterator[bytes]:
        """Whole payloads in the order they were sent."""
        while True:
            try:
                data = self._sock.recv(_READ)
            except OSError:
                return
            if not data:
                return
            yield from self._reader.feed(data)
