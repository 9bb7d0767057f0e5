"""``wsgi.file_wrapper``: a file-like object as a response body (PEP 3333, "Optional ... File Handling")."""

from __future__ import annotations

import os
from io import BufferedReader, FileIO
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK: Final = 8192


class FileWrapper:
    """Yields the file from its current position, block by block; nothing is read before it is returned."""

    def __init__(self, file: Any, blksize: int = _BLOCK) -> None:
        self.file = file
        self.blksize = blksize
        if hasattr(file, "close"):
            # PEP 3333: close() is there when the file has it, and calls it.
            self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self.file.read(self.blksize)
        if not data:
            raise StopIteration
        return data  # type: ignore[no-any-return]


def remaining(wrapper: FileWrapper) -> tuple[int, int] | None:
    """Position and bytes to the end, of a regular file that the system can send by itself; else None."""
    file = wrapper.file
    # By exact type: a GzipFile has a fileno() too, and its position is another file's.
    raw = file.raw if type(file) is BufferedReader else file
    if type(raw) is not FileIO or not hasattr(os, "sendfile"):
        return None
    try:
        status = os.fstat(raw.fileno())
        position = file.tell()
    except (OSError, ValueError):
        return None
    if not S_ISREG(status.st_mode):
        return None
    return position, max(0, status.st_size - position)
