from __future__ import annotations

import contextlib

import pytest

from tests.support.traffic import all_frames
from wsgitrace.capture import Capture, Writer


@pytest.fixture
def file(tmp_path):
    """A file of 300 exchanges of which the fifth is marked."""
    path = tmp_path / "x.wtrace"
    with contextlib.closing(Writer.create(path, keep_exchanges=None)) as writer:
        worker = writer.new_worker()
        for frame in all_frames(range(1, 301), 1_763_820_127_000_000_000):
            writer.add(worker, frame)
        writer.pin(5)
    return path


def numbers(path, text=""):
    with Capture.open(path) as capture:
        return [each.number for each in capture.page(text=text, limit=1_000)]


def test_what_matches_goes_with_all_that_is_recorded_of_it(file, verb):
    size, posts = file.stat().st_size, numbers(file, "POST ")
    assert 0 < len(posts) < 300
    code, out, err = verb("delete", file, "method:POST", "--yes")
    assert (code, out) == (0, "")
    assert err == f"wsgitrace: {len(posts)} requests deleted from {file}.\n"
    assert numbers(file, "POST ") == []
    assert len(numbers(file)) == 300 - len(posts)
    with Capture.open(file) as capture:
        assert all(capture.events(number) for number in numbers(file))
        assert capture.count() == 300 - len(posts)
    assert verb("delete", file, "~all", "--yes", "--marked")[0] == 0
    assert numbers(file) == []
    assert file.stat().st_size < size
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_marked_ones_stay_unless_they_are_meant(file, verb):
    assert verb("delete", file, "id:5..6", "-y")[2] == (
        f"wsgitrace: 1 request deleted from {file}; 1 marked request stays (--marked).\n"
    )
    assert "1 request that matches is marked" in verb("delete", file, "id:5", "-y")[2]
    assert verb("delete", file, "id:5", "-y", "--marked")[2] == f"wsgitrace: 1 request deleted from {file}.\n"
    assert "no request matches" in verb("delete", file, "id:5", "-y")[2]


def test_nothing_goes_by_mistake(file, verb):
    code, _, err = verb("delete", file, "method:GET")
    assert code == 2
    assert "nobody can be asked here: give --yes" in err
    assert verb("delete", file)[0] == verb("delete", file, "nofield:1", "-y")[0] == 2
    code, _, err = verb("delete", file.with_name("y.wtrace"), "~all", "-y")
    assert code == 2
    assert not file.with_name("y.wtrace").exists()
    with contextlib.closing(Writer.create(file)):
        code, _, err = verb("delete", file, "~all", "-y")
        assert code == 2
        assert "is being recorded" in err
    assert len(numbers(file)) == 300
