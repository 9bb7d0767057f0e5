import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.trace.images import Image, read_image

JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc4\0\x02\xff\xc2\0\x0b\x08" + struct.pack(">HH", 30, 40) + b"\x01"
WEBP = b"RIFF\0\0\0\0WEBP"


@pytest.mark.parametrize(
    ("data", "image"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 800, 600), Image("PNG", 800, 600)),
        (b"\x89PNG\r\n\x1a\n\0\0", Image("PNG", None, None)),
        (b"GIF89a" + struct.pack("<HH", 3, 4), Image("GIF", 3, 4)),
        (b"GIF87a", Image("GIF", None, None)),
        (JPEG, Image("JPEG", 40, 30)),
        (JPEG[:12], Image("JPEG", None, None)),
        (b"\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0\0", Image("JPEG", None, None)),
        (WEBP + b"VP8 " + b"\0" * 10 + struct.pack("<HH", 0x4000 | 5, 6), Image("WebP", 5, 6)),
        (WEBP + b"VP8L\0\0\0\0\x2f" + struct.pack("<I", 9 << 14 | 7) + b"\0" * 9, Image("WebP", 8, 10)),
        (WEBP + b"VP8X" + b"\0" * 8 + b"\x09\0\0\x13\0\0", Image("WebP", 10, 20)),
        (WEBP, Image("WebP", None, None)),
        (b"BM\0\0\0\0\0\0\0\0" + b"\0" * 8 + struct.pack("<ii", 2, -3), Image("BMP", 2, 3)),
        (b"\0\0\1\0\1\0\x20\0" + b"\0" * 14, Image("ICO", 32, 256)),
        (b"\0\0\0\x1cftypavif", Image("AVIF", None, None)),
        (b"BM", None),
        (b"", None),
        (b"hello", None),
    ],
)
def test_type_and_size(data, image):
    assert read_image(data) == image


@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", WEBP, b"BM", b"\0\0\1\0", b""]), st.binary())
def test_any_bytes_are_read_without_a_fault(start, rest):
    read_image(start + rest)
