import gzip
import time
import tracemalloc
import zlib

import pytest

from wsgitrace.trace.decoding import decode_content, decode_text

LIMIT = 2**20
TEXT = b"hello " * 100


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("data", "codings", "undone"),
    [
        (TEXT, "", ()),
        (TEXT, "identity", ()),
        (gzip.compress(TEXT, mtime=0), "gzip", ("gzip",)),
        (gzip.compress(TEXT, mtime=0), "X-GZIP", ("x-gzip",)),
        (gzip.compress(TEXT[:300], mtime=0) + gzip.compress(TEXT[300:], mtime=0), "gzip", ("gzip",)),
        (zlib.compress(TEXT), "deflate", ("deflate",)),
        (raw_deflate(TEXT), "deflate", ("deflate",)),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip", ("gzip", "deflate")),
    ],
)
def test_content_codings_are_undone(data, codings, undone):
    decoded = decode_content(data, codings, LIMIT)
    assert (decoded.data, decoded.codings, decoded.cut, decoded.note) == (TEXT, undone, False, "")


def test_a_stream_that_has_not_ended_is_decoded_as_far_as_it_goes():
    assert TEXT.startswith(decode_content(gzip.compress(TEXT)[:-12], "gzip", LIMIT).data)
    assert decode_content(gzip.compress(TEXT)[:-12], "gzip", LIMIT).note == ""


@pytest.mark.parametrize(
    ("codings", "data", "note"),
    [
        ("gzip", TEXT, "not valid gzip: "),
        ("br", b"\x0b\x02\x80", "br is not decoded here"),
        ("br", TEXT, "br by its fields, but text"),
    ],
)
def test_what_cannot_be_decoded_is_left_as_it_is(codings, data, note):
    decoded = decode_content(data, codings, LIMIT)
    assert (decoded.data, decoded.packed) == (data, data != TEXT)
    assert decoded.note.startswith(note)


def test_a_bomb_goes_off_in_a_box():
    bomb = gzip.compress(gzip.compress(b"\0" * 2**27))
    tracemalloc.start()
    decoded = decode_content(bomb, "gzip, gzip", LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(decoded.data), decoded.cut) == (LIMIT, True)
    assert decoded.note == "only the first 1,048,576 bytes are decoded"
    assert peak < 8 * LIMIT


def test_endless_members_and_codings_end():
    began = time.monotonic()
    assert len(decode_content(gzip.compress(b"") * 50_000, "gzip", LIMIT).data) == 0
    assert decode_content(gzip.compress(TEXT), "gzip, " * 9000, LIMIT).note
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        (b"abc", "", ("abc", "utf-8", "")),
        ("ü".encode(), "UTF-8", ("ü", "utf-8", "")),
        ("ü".encode()[:1], "", ("\\xc3", "utf-8", "")),
        (b"\xff", "utf-8", ("\\xff", "utf-8", "")),
        (b"\xfc!", "", ("ü!", "latin-1", "not UTF-8, shown as latin-1")),
        ("д".encode("koi8-r"), "koi8-r", ("д", "koi8-r", "")),
        ("日".encode("shift_jis"), "Shift_JIS", ("日", "shift-jis", "")),
        (b"abc", "idna", ("abc", "utf-8", "charset idna is not known")),
        (b"abc", "cp9999", ("abc", "utf-8", "charset cp9999 cannot be read")),
    ],
)
def test_character_sets(data, charset, expected):
    assert decode_text(data, charset) == expected
