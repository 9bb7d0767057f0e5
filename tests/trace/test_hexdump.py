import pytest

from wsgitrace.trace import hexdump
from wsgitrace.trace.hexdump import row_count


def test_rows_are_as_wide_as_everywhere():
    assert [str(row) for row in hexdump(b"GET / HTTP/1.1\r\nHost\xff")] == [
        "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..",
        "00000010  48 6f 73 74 ff                                    Host.",
    ]


def test_a_window_is_made_alone():
    data = bytes(range(256)) * 4096
    assert [row.offset for row in hexdump(data, 65_000, 2)] == [1_040_000, 1_040_016]
    assert hexdump(data, 65_536, 5) == []
    assert hexdump(b"") == []


@pytest.mark.parametrize(("length", "rows"), [(0, 0), (1, 1), (16, 1), (17, 2)])
def test_number_of_rows(length, rows):
    assert row_count(bytes(length)) == rows == len(hexdump(bytes(length)))
