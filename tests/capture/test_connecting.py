"""Files that a capture can be made of, and those that it cannot."""

from __future__ import annotations

import sqlite3

import pytest

from wsgitrace.capture import Capture, CaptureError, Writer

both_ways = pytest.mark.parametrize("way", [Writer.create, Capture.open], ids=["to write", "to read"])


@both_ways
@pytest.mark.parametrize("content", [b"hello, world", b"\0" * 40_000, b"SQLite format 3\0" + b"\xff" * 9_000])
def test_a_foreign_file_is_refused_and_left_as_it_is(path, content, way):
    path.write_bytes(content)
    with pytest.raises(CaptureError, match="is not a wsgitrace capture"):
        way(path)
    assert path.read_bytes() == content


@both_ways
def test_a_foreign_database_is_refused(path, way):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cookies (a)")
    connection.close()
    with pytest.raises(CaptureError, match="is not a wsgitrace capture"):
        way(path)


def test_an_empty_file_becomes_a_capture(path, create, look):
    path.touch()
    create()
    assert look().count() == 0


def test_places_where_no_file_can_be(tmp_path, path):
    with pytest.raises(CaptureError, match="is not a file"):
        Writer.create(tmp_path)
    with pytest.raises(CaptureError, match="there is no folder"):
        Writer.create(tmp_path / "missing" / "some.wtrace")
    path.touch()
    with pytest.raises(CaptureError, match="cannot be written"):
        Writer.create(path / "below a file.wtrace")
