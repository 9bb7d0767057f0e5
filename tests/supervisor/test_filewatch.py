from __future__ import annotations

import os
import time

import pytest

from tests.support.waiting import until
from wsgitrace.supervisor.filewatch import FileWatch


class Watched:
    def __init__(self):
        self.changes = 0
        self.watch = FileWatch(self.changed)

    def changed(self):
        self.changes += 1


@pytest.fixture
def watched():
    made = Watched()
    yield made
    made.watch.stop()


def write(path, text):
    """Save as careful editors do: never is there half a file."""
    spare = path.with_name(f"{path.name}~")
    spare.write_text(text)
    spare.replace(path)
    return str(path)


def test_a_save_is_seen_by_replacement_and_in_place(watched, tmp_path):
    path = tmp_path / "a.py"
    watched.watch.watch([write(path, "1")])
    write(path, "22")
    until(lambda: watched.changes == 1)
    path.write_text("333")
    until(lambda: watched.changes >= 2)


def test_other_files_and_mere_looks_are_not_saves(watched, tmp_path):
    path = tmp_path / "a.py"
    watched.watch.watch([write(path, "1")])
    write(tmp_path / "b.py", "other")
    path.read_text()
    path.chmod(0o600)
    write(path, "22")
    until(lambda: watched.changes)
    assert watched.changes == 1


def test_any_source_counts_while_one_is_missing(watched, tmp_path):
    path = tmp_path / "a.py"
    watched.watch.watch([write(path, "1")], any_source_in=str(tmp_path))
    write(tmp_path / "notes.txt", "no source")
    write(tmp_path / "missing.py", "here")
    until(lambda: watched.changes == 1)


def test_the_newest_files_replace_those_before(watched, tmp_path):
    first, second = tmp_path / "one" / "a.py", tmp_path / "two" / "b.py"
    first.parent.mkdir()
    second.parent.mkdir()
    write(second, "1")
    watched.watch.watch([write(first, "1")])
    watched.watch.watch([str(second)])
    write(first, "changed")
    write(second, "changed")
    until(lambda: watched.changes == 1)


def test_what_was_saved_since_counts_once(watched, tmp_path):
    began = time.time_ns()
    path = tmp_path / "a.py"
    write(path, "1")
    os.utime(path, ns=(began + 10**9, began + 10**9))
    watched.watch.watch([str(path)], since=began)
    assert watched.changes == 1
    watched.watch.watch([str(path)], since=began)
    assert watched.changes == 1
    watched.watch.watch([str(path)], since=began + 2 * 10**9)
    watched.watch.watch([str(path)], since=began)
    assert watched.changes == 2


def test_what_changed_between_two_lists_is_not_missed(watched, tmp_path):
    path = tmp_path / "a.py"
    watched.watch.watch([write(path, "1")])
    watched.watch.stop()
    write(path, "22")
    watched.watch.watch([str(path)])
    assert watched.changes == 1


def test_a_folder_that_goes_and_comes_back(watched, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    path = folder / "a.py"
    watched.watch.watch([write(path, "1")])
    path.unlink()
    folder.rmdir()
    until(lambda: watched.changes)
    folder.mkdir()
    write(path, "22")
    watched.watch.watch([str(path)])
    until(lambda: watched.changes >= 2)


def test_nothing_to_watch(watched):
    watched.watch.watch([])
    watched.watch.watch(["/no/such/folder/a.py"])
