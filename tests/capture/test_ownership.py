from __future__ import annotations

import os
import subprocess
import sys

from wsgitrace.capture import Writer, ownership


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
