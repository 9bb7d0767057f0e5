from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.conftest import record
from tests.capture.test_retention import check_consistent
from tests.support.traffic import LAYERS
from wsgitrace.capture import Capture, CaptureError, Writer, mending, schema
from wsgitrace.capture.leaves import understood
from wsgitrace.capture.repair import repair
from wsgitrace.events import BodyPart, OutputLine
from wsgitrace.trace import Trace

COUNT = 400


@pytest.fixture(scope="module")
def bytes_of_one(tmp_path_factory):
    """The bytes of a sound file."""
    path = tmp_path_factory.mktemp("sound") / "x.wtrace"
    writer = Writer.create(path, keep_exchanges=None, app="shop:app")
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    for number in range(1, COUNT + 1):
        record(writer, worker, range(number, number + 1))
        writer.add(worker, BodyPart(number, 17, bytes(200)))
        writer.add(worker, OutputLine("stdout", f"line {number}", number))
        if number % 20 == 0:
            writer.commit()
    writer.close()
    return path.read_bytes()


@pytest.fixture
def damaged(tmp_path, bytes_of_one):
    """Makes a file that was changed by a function, and gives its path and that of the new one."""

    def make(change):
        path = tmp_path / "x.wtrace"
        data = bytearray(bytes_of_one)
        path.write_bytes(change(data) or data)
        return path, tmp_path / "new.wtrace"

    return make


def whole(path):
    """What a file holds, all of it read."""
    check_consistent(path)
    with Capture.open(path) as capture:
        rows = capture.page(limit=10_000)
        return {row.number: Trace.from_events(capture.events(row.number)) for row in rows}


def test_a_sound_file_is_copied(damaged):
    old, new = damaged(lambda _: None)
    before = old.read_bytes()
    report = repair(old, new)
    assert (report.sound, report.exchanges, report.missing, report.bare, report.bodiless) == (True, COUNT, 0, 0, 0)
    assert (report.output, report.header) == (COUNT, False)
    found = whole(new)
    assert len(found) == COUNT
    assert all(len(trace.spans) == 6 and trace.done for trace in found.values())
    with Capture.open(old) as one, Capture.open(new) as other:
        assert [row.number for row in other.page(text="cart")] == [row.number for row in one.page(text="cart")]
        assert other.layers() == one.layers()
        assert other.info().app == "shop:app"
        assert [row.text for row in other.output(limit=9)] == [row.text for row in one.output(limit=9)]
    assert old.read_bytes() == before
    assert new.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_cut_off(damaged):
    old, new = damaged(lambda data: data[: len(data) * 2 // 3])
    with pytest.raises((CaptureError, sqlite3.DatabaseError)):
        whole(old)
    report = repair(old, new)
    assert report.exchanges > COUNT // 4
    assert not report.sound
    whole(new)


def test_a_file_without_its_beginning(damaged):
    def zero(data):
        data[: schema.PAGE_SIZE] = bytes(schema.PAGE_SIZE)

    old, new = damaged(zero)
    report = repair(old, new)
    assert (report.header, report.exchanges, report.bare) == (True, COUNT, 0)
    assert len(whole(new)) == COUNT


@pytest.mark.parametrize("table", ["exchanges", "packs", "bodies"])
@pytest.mark.parametrize("nonsense", [bytes(schema.PAGE_SIZE), b"\x05" * schema.PAGE_SIZE])
def test_where_a_table_begins_is_found_again(damaged, table, nonsense, monkeypatch):
    monkeypatch.setattr(mending, "_FANOUT", 3)
    old, new = damaged(lambda _: None)
    with contextlib.closing(sqlite3.connect(old)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    data = bytearray(old.read_bytes())
    assert data[(root - 1) * schema.PAGE_SIZE] == 5  # the root has other pages beneath it
    data[(root - 1) * schema.PAGE_SIZE : root * schema.PAGE_SIZE] = nonsense
    old.write_bytes(data)
    report = repair(old, new)
    assert (report.exchanges, report.bare, report.bodiless, report.output) == (COUNT, 0, 0, COUNT)
    assert all(trace.events for trace in whole(new).values())


def test_old_pages_do_not_come_back(damaged):
    old, new = damaged(lambda _: None)
    with contextlib.closing(Writer.create(old, keep_exchanges=None)) as writer:
        assert writer.delete(range(1, 301)) == 300
    assert b"/" in old.read_bytes()
    data = bytearray(old.read_bytes())
    data[schema.PAGE_SIZE : 2 * schema.PAGE_SIZE] = bytes(schema.PAGE_SIZE)
    old.write_bytes(data)
    repair(old, new)
    assert min(whole(new), default=301) > 300


def test_one_page_of_nonsense_costs_what_was_on_it(damaged, bytes_of_one):
    pages = len(bytes_of_one) // schema.PAGE_SIZE
    saved = []
    for page in range(1, pages, 9):

        def spoil(data, page=page):
            data[page * schema.PAGE_SIZE : (page + 1) * schema.PAGE_SIZE] = b"\x5a" * schema.PAGE_SIZE

        old, new = damaged(spoil)
        try:
            saved.append(repair(old, new).exchanges)
        except CaptureError:
            saved.append(0)
            continue
        whole(new)
        new.unlink()
    assert sorted(saved)[len(saved) // 4] > COUNT * 3 // 4


@pytest.mark.parametrize("at", [0, 4_000, schema.PAGE_SIZE - 512])
def test_a_sector_of_nonsense_costs_what_was_in_it(damaged, at):
    old, new = damaged(lambda _: None)
    data = bytearray(old.read_bytes())
    pages = range(0, len(data), schema.PAGE_SIZE)
    leaves = [page for page in pages if understood(data[page : page + schema.PAGE_SIZE], 1)[0] == "exchanges"]
    start = leaves[1] + at
    data[start : start + 512] = b"\x5a" * 512
    old.write_bytes(data)
    report = repair(old, new)
    assert COUNT - 5 <= report.exchanges == len(whole(new)) <= COUNT
    assert len(leaves) < COUNT / 20, "there is more on such a page"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 10**7), st.binary(min_size=1, max_size=400)), max_size=12))
def test_whatever_is_damaged_what_is_saved_is_sound(damaged, writes):
    def spoil(data):
        for at, piece in writes:
            start = at % (len(data) - len(piece))
            data[start : start + len(piece)] = piece

    old, new = damaged(spoil)
    before = old.read_bytes()
    try:
        report = repair(old, new)
    except CaptureError:
        assert not new.exists()
    else:
        assert len(whole(new)) == report.exchanges
        new.unlink()
    assert old.read_bytes() == before


def test_what_was_never_closed_is_saved_too(tmp_path):
    path = tmp_path / "x.wtrace"
    writer = Writer.create(path)
    record(writer, writer.new_worker(), range(1, 6))
    writer.commit()
    for end in ("", "-wal"):
        (tmp_path / f"copy.wtrace{end}").write_bytes((tmp_path / f"x.wtrace{end}").read_bytes())
    writer.close()
    assert repair(tmp_path / "copy.wtrace", tmp_path / "new.wtrace").exchanges == 5


def test_what_cannot_be(damaged, tmp_path):
    old, new = damaged(lambda _: None)
    new.write_text("mine")
    with pytest.raises(CaptureError, match="exists already"):
        repair(old, new)
    assert new.read_text() == "mine"
    with pytest.raises(CaptureError, match="does not exist"):
        repair(tmp_path / "none", tmp_path / "other")
    (tmp_path / "text").write_text("no database " * 10_000)
    with pytest.raises(CaptureError, match="nothing could be read"):
        repair(tmp_path / "text", tmp_path / "other")
    with pytest.raises(CaptureError, match="cannot be written"):
        repair(old, tmp_path / "nowhere" / "other")
    writer = Writer.create(tmp_path / "live.wtrace")
    with pytest.raises(CaptureError, match="is being recorded"):
        repair(tmp_path / "live.wtrace", tmp_path / "other")
    writer.close()
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".")) == []


def test_an_earlier_format_is_saved_as_this_one(damaged):
    old, new = damaged(lambda _: None)
    with sqlite3.connect(old, isolation_level=None) as connection:
        for table in ("terms", "findings", "unanalysed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE totals DROP COLUMN analysed")
        connection.execute("ALTER TABLE output DROP COLUMN span")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with sqlite3.connect(old) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(exchanges)")]
        for name in {"route", "view"} & set(names):
            connection.execute(f"ALTER TABLE exchanges DROP COLUMN {name}")
    connection.close()
    assert repair(old, new).exchanges == COUNT
    assert len(whole(new)) == COUNT
