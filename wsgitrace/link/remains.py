"""What a worker that died had not sent yet: memory of its own that the debugger holds, too.

A request that ends its process does so before the sender's thread has its turn, and is the very one to be shown. So
frames wait in the queue and, as far as they fit, in memory that outlives the process; writing there is no system
call.

Layout, little-endian: 8 bytes, the ordinal of the first frame; then frames, each with one more than its length in
front, in 4 bytes; 1 stands for a frame that is left out, 0 for the end.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from struct import Struct
from typing import TYPE_CHECKING

from wsgitrace.link import drafts

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 4 * 2**20
"""Bytes of memory; pages that are never written to take none."""

FRAME_MAX = 65_536
"""Bytes of the largest frame that is worth keeping here."""

_HEADER = Struct("<Q")
_LENGTH = Struct("<I")
_pack_length = _LENGTH.pack
_END = _LENGTH.pack(0)
_LEFT_OUT = _LENGTH.pack(1) + _END
_START = _HEADER.size
_LAST = SIZE - FRAME_MAX - 2 * _LENGTH.size
"""Where a frame of any size can begin."""


def share() -> int:
    """A descriptor of fresh shared memory, not inheritable; the caller closes it. Raises :class:`OSError`."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("wsgitrace")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, SIZE + drafts.SIZE)
    return fd


class Remains:
    """The worker's end: keeps what is queued. Used under the sender's lock."""

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, SIZE)
        self.drafts = drafts.Drafts(mmap.mmap(fd, drafts.SIZE, offset=SIZE))
        """Where what is not in the queue yet is kept."""
        self._end = _START
        self._count = 0
        self._since = 0

    def keep(self, frame: bytes, *, whole: bool = True) -> None:
        """Keep a frame, or where not ``whole`` only that there was one."""
        self._count += 1
        start = self._end
        if start > _LAST:
            return
        length = len(frame)
        data = _pack_length(length + 1) + frame + _END if whole and length <= FRAME_MAX else _LEFT_OUT
        end = start + len(data)
        # In one go, which costs least. The end of the process may cut it short: then it is no frame, and the last.
        self._memory[start:end] = data
        self._end = end - 4

    def forget(self) -> None:
        """All that was kept is sent."""
        if self._count != self._since:
            self._since = self._count
            self._end = _START
            self._memory[: _START + 4] = _HEADER.pack(self._count) + _END


class Reader:
    """The debugger's end: gives what is left once the process has ended."""

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, SIZE, access=mmap.ACCESS_READ)
        self._drafts = mmap.mmap(fd, drafts.SIZE, offset=SIZE, access=mmap.ACCESS_READ)

    def unsent(self, received: int) -> Iterator[bytes]:
        """The frames after the first ``received`` ones, in order, as far as they were kept."""
        (ordinal,) = _HEADER.unpack_from(self._memory)
        at = _START
        while at <= SIZE - _LENGTH.size:
            length = _LENGTH.unpack_from(self._memory, at)[0] - 1
            at += _LENGTH.size
            if not 0 <= length <= FRAME_MAX or at + length > SIZE:
                # The end; or the application wrote over it, and what follows cannot be trusted.
                return
            if length and ordinal >= received:
                yield self._memory[at : at + length]
            at += length
            ordinal += 1

    def drafts(self) -> Iterator[bytes]:
        """The frames that were in no queue yet, as :func:`~wsgitrace.link.drafts.read` gives them."""
        return drafts.read(self._drafts)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
        self._drafts.close()
