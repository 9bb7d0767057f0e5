from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.supervisor.lines import LINE_LIMIT, LineParser


def parse(data, piece=None):
    parser = LineParser()
    step = piece or max(1, len(data))
    lines = [line for at in range(0, len(data), step) for line in parser.feed(data[at : at + step])]
    return lines + parser.finish()


def test_marked_lines_are_tied_and_others_are_not():
    assert parse(b"plain\n\x007\x00tied\n\x0012.3\x00\nlast") == [
        ("plain", None, 0),
        ("tied", 7, 0),
        ("", 12, 3),
        ("last", None, 0),
    ]


def test_a_mark_within_a_line_begins_a_new_one():
    assert parse(b"from C\x007\x00from Python\n") == [("from C", None, 0), ("from Python", 7, 0)]
    assert parse(b"\x007.1\x00first\x008\x00second\n") == [("first", 7, 1), ("second", 8, 0)]


def test_an_empty_mark_is_none():
    assert parse(b"\x00\x00\x00odd\n") == [("\0odd", None, 0)]


def test_bytes_that_are_no_text_survive():
    assert parse(b"\xff\xfe\r\n") == [("\udcff\udcfe", None, 0)]


def test_a_line_without_an_end_is_cut():
    lines = parse(b"x" * (LINE_LIMIT + 10) + b"\n", 4096)
    assert sum(len(line.text) for line in lines) == LINE_LIMIT + 10
    assert all(len(line.text) <= LINE_LIMIT + 4096 for line in lines)


@given(st.binary(max_size=200), st.integers(1, 7))
def test_pieces_do_not_matter(data, piece):
    assert parse(data, piece) == parse(data)
