from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from tests.capture.conftest import record
from tests.support.traffic import LAYERS
from wsgitrace.capture import Capture, CaptureError, Writer
from wsgitrace.capture.schema import CAPTURE_FORMAT
from wsgitrace.events import Began, BodyPart


@pytest.fixture
def recorded(path) -> Path:
    """A capture of 300 exchanges, closed."""
    writer = Writer.create(path)
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    record(writer, worker, range(1, 301))
    writer.add(worker, BodyPart(300, 17, bytes(50_000)))
    writer.close()
    return path


@pytest.fixture
def public() -> Path:
    """A folder that everybody can enter."""
    folder = Path(tempfile.mkdtemp())
    if not os.geteuid() and not all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents):
        folder.rmdir()
        pytest.skip("temporary files are made where nobody but root can go")
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def read_everything(path):
    """Ask a capture for all that it has."""
    with Capture.open(path) as capture:
        capture.info()
        capture.layers()
        capture.workers()
        capture.news()
        capture.output()
        capture.pinned()
        capture.count("get")
        capture.page(text="cart")
        for summary in capture.page(limit=1_000):
            capture.events(summary.number)


def test_a_missing_file(tmp_path):
    with pytest.raises(CaptureError, match=r"none\.wtrace does not exist"):
        Capture.open(tmp_path / "none.wtrace")


def test_what_is_no_file_or_empty(tmp_path):
    with pytest.raises(CaptureError, match="is not a file"):
        Capture.open(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(CaptureError, match="is empty"):
        Capture.open(tmp_path / "empty")


def _change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_newer_file(recorded):
    _change(recorded, "PRAGMA user_version = 99")
    for opening in (Capture.open, Writer.create):
        with pytest.raises(
            CaptureError, match=rf"newer wsgitrace \(format 99, this one reads up to {CAPTURE_FORMAT}\): upgrade"
        ):
            opening(recorded)


@pytest.mark.parametrize(
    "statement",
    ["CREATE VIEW a AS SELECT 1", "CREATE TRIGGER a AFTER INSERT ON info BEGIN DELETE FROM info; END"],
)
def test_a_file_that_would_run_sql_of_its_own(recorded, statement):
    _change(recorded, statement)
    with pytest.raises(CaptureError, match="has views or triggers"):
        Capture.open(recorded)


def test_a_file_with_a_table_missing(recorded):
    _change(recorded, "DROP TABLE bodies")
    told = r"damaged \(some of its tables are missing\); `wsgitrace repair .*some.wtrace` saves"
    with pytest.raises(CaptureError, match=told):
        Capture.open(recorded)


def test_a_row_missing_that_others_refer_to(recorded):
    _change(recorded, "DELETE FROM packs", "DELETE FROM totals")
    with Capture.open(recorded) as capture:
        for ask in (lambda: capture.events(1), capture.info, capture.count):
            with pytest.raises(CaptureError, match="is damaged"):
                ask()
        assert len(capture.page()) == 200


def test_records_that_make_no_sense(recorded):
    _change(recorded, "UPDATE packs SET coded = 0", "UPDATE layers SET data = x'93'")
    with Capture.open(recorded) as capture:
        for ask in (lambda: capture.events(1), capture.layers):
            with pytest.raises(CaptureError, match="is damaged"):
                ask()
    _change(
        recorded,
        "UPDATE packs SET coded = 1, data = x'00'",
        "UPDATE events SET events = -1 WHERE id >> 20 = 2",
        "DELETE FROM layers",
    )
    with Capture.open(recorded) as capture:
        for number in (1, 2):
            with pytest.raises(CaptureError, match="is damaged"):
                capture.events(number)


def test_a_truncated_file(recorded):
    content = recorded.read_bytes()
    for part in (0.1, 0.5, 0.9):
        recorded.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(CaptureError):
            read_everything(recorded)


def test_damage_anywhere_is_told_or_harmless(recorded):
    content = recorded.read_bytes()
    chance = random.Random(7)
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 20, 200])):
            at = chance.randrange(len(damaged))
            damaged[at : at + 8] = chance.randbytes(8)
        recorded.write_bytes(damaged)
        with contextlib.suppress(CaptureError):
            read_everything(recorded)


def test_reading_never_writes(recorded):
    before = (recorded.read_bytes(), recorded.stat().st_mtime_ns)
    read_everything(recorded)
    assert (recorded.read_bytes(), recorded.stat().st_mtime_ns) == before
    assert [each.name for each in recorded.parent.iterdir() if each.is_file()] == [recorded.name]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_folder_that_cannot_be_written(recorded, public, mode, request):
    copy = shutil.copy(recorded, public)
    _change(copy, f"PRAGMA journal_mode = {mode}")
    Path(copy).chmod(0o444)
    public.chmod(0o555)
    request.getfixturevalue("unprivileged")
    read_everything(copy)
    with pytest.raises(CaptureError):
        Writer.create(Path(copy))


def test_a_file_left_open_in_a_folder_that_cannot_be_written(recorded, public, request):
    writer = Writer.create(recorded)
    writer.new_worker()
    writer.commit()
    copy = public / recorded.name
    for end in ("", "-wal"):
        shutil.copyfile(f"{recorded}{end}", f"{copy}{end}")
        Path(f"{copy}{end}").chmod(0o444)
    writer.close()
    public.chmod(0o555)
    request.getfixturevalue("unprivileged")
    with pytest.raises(CaptureError, match=r"never closed.*copy it together with some.wtrace-wal"):
        Capture.open(copy)


def test_names_that_mean_something_to_uris(tmp_path):
    path = tmp_path / "100% a?b#c&mode=rw é.wtrace"
    writer = Writer.create(path)
    record(writer, writer.new_worker(), range(1, 3))
    writer.close()
    with Capture.open(str(path)) as capture:
        assert capture.count() == 2


def test_replays_and_layers(create, look):
    writer = create()
    first, second = writer.new_worker(), writer.new_worker()
    assert look().layers() == []
    for layer in LAYERS[:3]:
        writer.add(first, layer)
    writer.add(second, LAYERS[0])
    for local, of in ((1, None), (2, 1), (3, 2), (4, 1)):
        writer.add(first, Began(local, 1, "GET", "/", "p", of))
    writer.commit()
    capture = look()
    assert capture.replays(1) == [2, 4]
    assert capture.layers() == [LAYERS[0]]
    assert capture.layers(first) == list(LAYERS[:3])
    assert capture.layers(99) == []


def test_a_count_can_be_interrupted(create, look):
    writer = create()
    capture = look()
    capture._connection.set_progress_handler(capture.interrupt, 1)
    with pytest.raises(CaptureError, match="interrupted"):
        capture.count("ab")
    capture._connection.set_progress_handler(None, 0)
    assert capture.count("ab") == 0
    writer.commit()


def test_following_a_file_while_it_is_written(create, path):
    writer = create(keep_exchanges=200)
    worker = writer.new_worker()
    failures = []
    finished = threading.Event()

    def follow():
        try:
            with Capture.open(path) as capture:
                seen = 0
                while not finished.is_set():
                    page = capture.page(limit=50, text="get")
                    assert page == sorted(page, key=lambda each: -each.number)
                    assert all(each.method == "GET" for each in page)
                    newest = capture.newest()
                    assert newest >= seen
                    assert capture.count() <= 200
                    seen = newest
                    if newest:
                        events = capture.events(newest)
                        assert not events or len(events) > 5
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for thread in threads:
        thread.start()
    for start in range(1, 2_001, 50):
        record(writer, worker, range(start, start + 50))
        writer.commit()
    finished.set()
    for thread in threads:
        thread.join()
    assert not failures
