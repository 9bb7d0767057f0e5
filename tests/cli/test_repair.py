from __future__ import annotations

from tests.support.recorded import record_stories


def test_a_damaged_file_is_saved_and_told_of(verb, tmp_path):
    path = tmp_path / "x.wtrace"
    numbers = record_stories(path)
    data = path.read_bytes()
    path.write_bytes(bytes(16_384) + data[16_384:])
    assert verb("ls", path)[0] == 2
    code, out, err = verb("repair", path)
    assert (code, out) == (0, "")
    assert "the beginning of the file was unreadable and was made anew" in err
    assert f"saved {len(numbers)} of {len(numbers)} requests" in err
    assert verb("ls", tmp_path / "x-repaired.wtrace")[1].count("\n") == len(numbers) + 1
    assert path.read_bytes() == bytes(16_384) + data[16_384:]


def test_a_sound_file_is_called_so_and_nothing_is_overwritten(verb, tmp_path):
    path = tmp_path / "x.wtrace"
    record_stories(path)
    assert "is sound" in verb("repair", path, "-o", tmp_path / "new.wtrace")[2]
    code, _, err = verb("repair", path, "-o", tmp_path / "new.wtrace")
    assert code == 2
    assert "exists already" in err
