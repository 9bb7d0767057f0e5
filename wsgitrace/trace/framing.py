"""Bodies framed for the wire."""

from __future__ import annotations

from typing import Final

LAST_CHUNK: Final = b"0\r\n\r\n"
"""The end of a chunked body. RFC 9112, 7.1: a chunk of size zero is the last one."""


def chunk(data: bytes) -> bytes:
    """One chunk of a body; nothing for no data, since an empty chunk would be the last one."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def one_chunk(data: bytes) -> bytes:
    """A chunked body of one chunk, or none where it is empty."""
    return chunk(data) + LAST_CHUNK
