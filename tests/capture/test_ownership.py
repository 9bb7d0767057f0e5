from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from tests.capture.conftest import record
from wsgitrace.capture import CaptureError, Writer, ownership


def test_what_a_dead_process_left_is_swept_and_what_lives_is_not(cache):
    script = (
        "import os, sys\n"
        "from wsgitrace.capture import Writer, ownership\n"
        "ownership.platformdirs.user_cache_dir = lambda *a, **o: sys.argv[1]\n"
        "writer = Writer.create(None)\n"
        "writer.new_worker(); writer.commit()\n"
        "print(writer.path, flush=True)\n"
        "os._exit(0)\n"
    )
    living = Writer.create(None)
    found = subprocess.run(
        [sys.executable, "-c", script, str(cache.parent)], check=True, capture_output=True, text=True
    )
    orphan = found.stdout.strip()
    names = {each.name for each in cache.iterdir()}
    assert {os.path.basename(orphan), os.path.basename(orphan) + "-wal"} <= names  # noqa: PTH119 -- a name, not a path
    assert ownership.sweep(cache) == 1
    assert ownership.sweep(cache) == 0
    assert living.path.exists()
    assert [each.name for each in cache.glob("*.wtrace")] == [living.path.name]
    living.commit()
    assert ownership.is_written(living.path)
    living.close()
    assert [each.name for each in cache.iterdir()] == ["doorway"]


def test_sweeping_comes_with_the_next_temporary_file(cache):
    cache.mkdir(parents=True)
    (cache / "1-x.wtrace").touch()
    (cache / "1-x.wtrace-wal").touch()
    (cache / "a-b.lock").touch()
    writer = Writer.create(None)
    assert [each.name for each in cache.glob("*.wtrace*") if "-wal" not in each.name and "-shm" not in each.name] == [
        writer.path.name
    ]
    assert len(list(cache.glob("*.lock"))) == 1
    writer.close()


def test_a_missing_file_is_not_being_written(tmp_path):
    assert not ownership.is_written(tmp_path / "none")


def test_a_temporary_file_is_private_and_goes_with_its_writer(cache):
    writer = Writer.create(None)
    path = writer.path
    assert path.parent == cache
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    record(writer, writer.new_worker(), range(1, 5))
    writer.commit()
    writer.close()
    assert [each.name for each in cache.iterdir()] == ["doorway"]


def test_one_writer_at_a_time(create, path):
    writer = create()
    with pytest.raises(CaptureError, match="is being written by another wsgitrace"):
        Writer.create(path)
    writer.close()
    Writer.create(path).close()


def test_the_folder_falls_back_when_home_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "a file").touch()
    monkeypatch.setattr(
        "wsgitrace.capture.ownership.platformdirs.user_cache_dir", lambda *_a, **_o: str(tmp_path / "a file")
    )
    monkeypatch.setattr("wsgitrace.capture.ownership.tempfile.gettempdir", lambda: str(tmp_path))
    writer = Writer.create(None)
    assert writer.path.parent == tmp_path / f"wsgitrace-{os.getuid()}"
    writer.close()
    monkeypatch.setattr("wsgitrace.capture.ownership.tempfile.gettempdir", lambda: str(tmp_path / "a file"))
    with pytest.raises(CaptureError, match="no private folder"):
        Writer.create(None)


def test_a_temporary_file_can_be_saved(path, look):
    writer = Writer.create(None)
    record(writer, writer.new_worker(), range(1, 5))
    writer.commit()
    writer.save(path)
    with pytest.raises(CaptureError, match="exists already"):
        writer.save(path)
    with pytest.raises(CaptureError, match="no folder"):
        writer.save(path.parent / "x" / "y.wtrace")
    writer.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    capture = look()
    assert (capture.count(), capture.count("/api/items"), len(capture.events(1)) > 0) == (4, 1, True)
