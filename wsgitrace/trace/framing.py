"""Bodies framed for the wire."""

from __future__ import annotations


def one_chunk(data: bytes) -> bytes:
    """A chunked body of one chunk.

    RFC 9112, 7.1: a chunk of size zero is the last one, so that an empty body has no other.
    """
    last = b"0\r\n\r\n"
    return b"%x\r\n%b\r\n%b" % (len(data), data, last) if data else last
