"""Bodies off the wire: sized and chunked, extensions, trailers, limits."""

from __future__ import annotations

import time

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgitrace.server.body import BodyError, ChunkedDecoder, SizedDecoder
from wsgitrace.server.options import ServerOptions

OPTIONS = ServerOptions(chunk_overhead_limit=6 * 1024, trailer_limit=1024)
LAST = b"0\r\n\r\n"


def decode(data, options=OPTIONS):
    decoder = ChunkedDecoder(options)
    return decoder, decoder.decode(data)


def decode_in_pieces(data, size=1, options=OPTIONS):
    decoder = ChunkedDecoder(options)
    parts = [decoder.decode(data[at : at + size]) for at in range(0, len(data), size) if not decoder.ended]
    return decoder, b"".join(parts)


def refused(data, options=OPTIONS):
    with pytest.raises(BodyError) as caught:
        decode(data, options)
    with pytest.raises(BodyError) as again:
        decode_in_pieces(data, options=options)
    assert (again.value.rule, again.value.status) == (caught.value.rule, caught.value.status)
    return caught.value


GOOD = [
    (b"0\r\n\r\n", b""),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", b"abc"),
    (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    (b"0000000000000005\r\nhello\r\n000\r\n\r\n", b"hello"),
    (b"5;a\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b'5;a=b;c="d;e\\"\t\xe9"\r\nhello\r\n0;z\r\n\r\n', b"hello"),
    (b"5 ; a = b\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"5\r\nhello\r\n0\r\nA: b\r\nC:d \r\n\r\n", b"hello"),
    (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
]


@pytest.mark.parametrize(("data", "body"), GOOD)
def test_h20_chunked_bodies(data, body):
    for rest in (b"", b"GET / HTTP/1.1"):
        decoder, got = decode(data + rest)
        assert got == body
        assert decoder.ended
        assert decoder.rest == rest
    for size in (1, 2, 3, 5):
        decoder, got = decode_in_pieces(data, size)
        assert got == body
        assert decoder.ended


@pytest.mark.parametrize(
    "marked",
    [
        *[f"▸{size}\r\nhello\r\n" for size in ("", " 5", "+5", "-5", "x5", "g", ";a", "\xa05")],
        *[f"5▸{rest}\r\nhello\r\n" for rest in (" ", "_0", ".0", ";", "; ", ";=", "x", "\t", " a")],
        *[f"5;a▸{rest}\r\nhello\r\n" for rest in ("=", '="b', "= ", " b", ";", '"b"')],
        "0▸x5\r\nhello\r\n",
        "0000000000000000▸5\r\nhello\r\n",
        "FFFFFFFFFFFFFFFF▸F\r\nhello\r\n",
        "5;a▸\nb\r\nhello\r\n",
        "5▸\nhello\r\n",
        "5;a▸\rb\r\nhello\r\n",
        "5\r\nhello▸\n0\r\n\r\n",
        "5\r\nhello▸6\r\n",
        "5\r\nhello▸XX0\r\n\r\n",
        "5\r\nhell▸".replace("▸", "o▸\rX"),
    ],
)
def test_h20_malformed_chunks(marked):
    error = refused(marked.replace("▸", "").encode("latin-1"))
    assert (error.rule, error.status) == ("H20", 400)
    assert error.offset == marked.index("▸")


@pytest.mark.parametrize(
    "marked",
    [
        "▸ A: b",
        "A▸ : b",
        "▸: b",
        "A: ▸\0",
        "A▸\r\n",
        "A: b▸\nB: c\r\n",
        "A: b▸\rB: c\r\n",
        "C: d\r\n▸ folded\r\n",
        "▸Host: x\r\n",
    ],
)
def test_h21_malformed_trailers(marked):
    error = refused(("0\r\n" + marked.replace("▸", "") + "\r\n\r\n").encode("latin-1"))
    assert (error.rule, error.status) == ("H21", 400)
    assert error.offset == 3 + marked.index("▸")


@pytest.mark.parametrize(
    ("data", "rule", "status"),
    [
        (b"5;" + b"a" * OPTIONS.chunk_line_limit + b"\r\nhello\r\n0\r\n\r\n", "H40", 431),
        (b"5;" + b"a" * OPTIONS.chunk_line_limit, "H40", 431),
        (b"1;" + b"a" * 1000 + b"\r\nx\r\n", "H40", 400),
        (b"0\r\nA: " + b"b" * OPTIONS.trailer_limit, "H40", 431),
        (b"0\r\n" + b"A: b\r\n" * (OPTIONS.fields_limit + 1), "H40", 431),
    ],
)
def test_h40_limits_of_what_surrounds_the_chunks(data, rule, status):
    if status == 400:
        data *= OPTIONS.chunk_overhead_limit // 1000 + 1
    error = refused(data)
    assert (error.rule, error.status) == (rule, status)


def test_h40_body_limit():
    options = ServerOptions(body_limit=5)
    assert decode(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", options)[1] == b"abcde"
    error = refused(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", options)
    assert (error.rule, error.status) == ("H40", 413)


def test_sized():
    decoder = SizedDecoder(5)
    assert decoder.decode(b"he") == b"he"
    assert not decoder.ended
    assert decoder.decode(b"lloGET") == b"llo"
    assert decoder.ended
    assert decoder.rest == b"GET"
    assert SizedDecoder(0).ended


@settings(deadline=None)  # a busy machine is not the parser's fault
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=10), st.integers(1, 30), st.binary(max_size=10))
def test_whatever_the_pieces_the_body_is_the_same(chunks, size, rest):
    data = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + LAST
    assert decode(data + rest)[1] == b"".join(chunks)
    decoder, got = decode_in_pieces(data, size)
    assert (got, decoder.ended) == (b"".join(chunks), True)


@settings(deadline=None)  # a busy machine is not the parser's fault
@given(
    st.lists(
        st.sampled_from(
            [b"0", b"5", b"a", b"hello", b"\r\n", b"\r", b"\n", b";", b"x=y", b'"', b" ", b"A: b", b":", LAST]
        )
    ).map(b"".join)
)
def test_what_is_accepted_h11_reads_alike(data):
    decoder = ChunkedDecoder(OPTIONS)
    try:
        body = decoder.decode(data)
    except BodyError:
        return
    if not decoder.ended or b" " in data.partition(b"0\r\n")[0] or b'"' in data:
        return  # h11 knows neither white space before an extension nor quoted values of all sorts.
    oracle = h11.Connection(h11.SERVER)
    oracle.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
    heard = b""
    oracle.next_event()
    while not isinstance(event := oracle.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data)
        heard += event.data
    assert heard == body
    assert oracle.trailing_data[0] == decoder.rest


def test_linear_time_on_hostile_bodies():
    """Generous enough for a busy machine: backtracking over these would take hours."""
    began = time.process_time()
    limits = ServerOptions(chunk_line_limit=200_000, trailer_limit=200_000, chunk_overhead_limit=10**7)
    for unit in (b";a=b", b'"', b"\\", b" ", b"\t;", b'="', b";a ", b';a="\\'):
        for end in (b"\r\n", b"x\r\n", b"\0", b""):
            for start in (b"5", b"5;a", b'5;a="', b"0\r\nA: "):
                decoder = ChunkedDecoder(limits)
                try:
                    decoder.decode(start + unit * 40_000 + end)
                except BodyError:
                    continue
    assert time.process_time() - began < 20
