"""Type and size of an image, read from its first bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's SOF markers: the range also holds DHT, JPG and DAC, which have no size."""


@dataclass(frozen=True, slots=True)
class Image:
    """What the bytes of an image say."""

    type: str
    """``PNG``, ``JPEG``, ``GIF``, ``WebP``, ``BMP``, ``ICO`` or ``AVIF``."""
    width: int | None
    """Pixels; None where the bytes at hand do not say."""
    height: int | None
    """Pixels; None where the bytes at hand do not say."""


def read_image(data: bytes) -> Image | None:
    """The image that ``data`` begins; None when it begins none that is known."""
    for read in (_png, _gif, _jpeg, _webp, _bmp, _ico, _avif):
        try:
            found = read(data)
        except struct.error:
            continue
        if found is not None:
            return found
    return None


def _png(data: bytes) -> Image | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    if data[12:16] != b"IHDR" or len(data) < 24:  # noqa: PLR2004 -- up to the end of the size
        return Image("PNG", None, None)
    return Image("PNG", *struct.unpack_from(">II", data, 16))


def _gif(data: bytes) -> Image | None:
    if data[:6] not in {b"GIF87a", b"GIF89a"}:
        return None
    return Image("GIF", *struct.unpack_from("<HH", data, 6)) if len(data) >= 10 else Image("GIF", None, None)  # noqa: PLR2004 -- up to the end of the size


def _jpeg(data: bytes) -> Image | None:
    """Walk the segments up to the frame header (SOF), which has the size."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    position = 2
    while position + 9 <= len(data):
        if data[position] != 0xFF:  # noqa: PLR2004 -- every marker begins so
            break
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 -- fill byte
            position += 1
            continue
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return Image("JPEG", width, height)
        (length,) = struct.unpack_from(">H", data, position + 2)
        position += 2 + max(length, 2)
    return Image("JPEG", None, None)


def _webp(data: bytes) -> Image | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if len(data) < 30:  # noqa: PLR2004 -- up to the end of every kind's size
        return Image("WebP", None, None)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Image("WebP", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Image("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        return Image("WebP", int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    return Image("WebP", None, None)


def _bmp(data: bytes) -> Image | None:
    if data[:2] != b"BM" or data[6:10] != b"\0\0\0\0":
        return None
    width, height = struct.unpack_from("<ii", data, 18)
    return Image("BMP", abs(width), abs(height))


def _ico(data: bytes) -> Image | None:
    if data[:4] != b"\0\0\1\0" or data[4:6] == b"\0\0" or len(data) < 22:  # noqa: PLR2004 -- header and first entry
        return None
    return Image("ICO", data[6] or 256, data[7] or 256)


def _avif(data: bytes) -> Image | None:
    return Image("AVIF", None, None) if data[4:12] in {b"ftypavif", b"ftypavis"} else None
