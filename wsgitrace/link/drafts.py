"""What a worker has not put in its queue yet: memory of its own that the debugger holds, too.

An exchange is told of in one frame when it is over. Until then what is known of it stands here, in a slot of its own,
so that a request which ends its process is seen all the same. Nothing here takes a lock or makes a system call.

Layout of a slot: frames as they go on the wire, then four zero bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.link.framing import PREFIX, pack_length

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

SLOT = 32_768
"""Bytes of one exchange's frames."""

SLOTS = 128
"""Exchanges that are open at once; what does not fit is sent at once instead."""

SIZE = SLOT * SLOTS

_END = bytes(PREFIX)
_LAST = SLOT - PREFIX
"""Where the end of the last frame of a slot is at most."""
_LONGEST = _LAST - PREFIX


class Drafts:
    """The worker's end: ``memory`` has :data:`SIZE` bytes, at first all zero."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        # The last one given back is the next one taken: pages that were never needed take no memory.
        self._free = list(range(SIZE - SLOT, -SLOT, -SLOT))

    def begin(self, frame: bytes) -> int:
        """Take a slot for a frame: where the next one goes, 0 when there is no room."""
        try:
            start = self._free.pop()
        except IndexError:
            return 0
        size = len(frame)
        end = start + PREFIX + size
        if size > _LONGEST:
            self._free.append(start)
            return 0
        self._memory[start : end + PREFIX] = pack_length(size) + frame + _END
        return end

    def add(self, at: int, frame: bytes) -> int:
        """Write a frame where :meth:`begin` or the last :meth:`add` said; where the next one goes, 0 for no room."""
        size = len(frame)
        end = at + PREFIX + size
        if end > at // SLOT * SLOT + _LAST:
            return 0
        self._memory[at : end + PREFIX] = pack_length(size) + frame + _END
        return end

    def end(self, at: int) -> None:
        """Empty a slot, its frames being on another way, and give it back."""
        start = at // SLOT * SLOT
        self._memory[start : start + PREFIX] = _END
        self._free.append(start)


def read(memory: mmap.mmap) -> Iterator[bytes]:
    """The debugger's end: the frames of every slot, those of each in order, once the worker has ended."""
    for start in range(0, SIZE, SLOT):
        at = start
        while at <= start + SLOT - PREFIX:
            length = int.from_bytes(memory[at : at + PREFIX], "little")
            at += PREFIX
            if not length or at + length > start + SLOT:
                # The end; or the application wrote over it, and what follows cannot be trusted.
                break
            yield memory[at : at + length]
            at += length
