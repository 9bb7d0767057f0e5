from __future__ import annotations

import sqlite3

import pytest

from tests.capture.conftest import record
from wsgitrace.capture import Capture, CaptureError, Writer, findings, schema
from wsgitrace.events import Began, Ended

FOUND = [("layer", "a.B", "", 1_500), ("changed", "a.B", "resp.header:vary", 2), ("changed", "a.C", "body", 1)]


def terms(path):
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT layer, name FROM terms").fetchall()
    connection.close()
    return rows


def test_what_is_found_is_read_back_and_asked_for(create, look):
    writer = create()
    record(writer, writer.new_worker(), range(1, 4))
    writer.commit()
    capture = look()
    assert capture.analysed_to() == 0
    writer.add_findings({1: FOUND, 3: FOUND[:1]}, (), 3)
    writer.commit()
    assert capture.analysed_to() == 3
    assert sorted(capture.findings(1)) == sorted(FOUND)
    assert (capture.findings(2), capture.findings(3)) == ([], FOUND[:1])
    rows = capture._all("SELECT exchange FROM finding WHERE kind = 'changed' AND name = 'resp.header:vary'")
    assert rows == [(1,)]


def test_once_more_replaces(create, look):
    writer = create()
    record(writer, writer.new_worker(), range(1, 3))
    for value in (1, 2):
        writer.add_findings({1: [("layer", "a", "", value)]}, (), 1)
        writer.commit()
    assert look().findings(1) == [("layer", "a", "", 2)]


def test_they_leave_with_their_exchange(create, look, path):
    writer = create(keep_exchanges=5)
    worker = writer.new_worker()
    record(writer, worker, range(1, 5))
    writer.add_findings(dict.fromkeys(range(1, 5), FOUND), (), 4)
    writer.commit()
    record(writer, worker, range(5, 8))
    writer.commit()
    # Analysis may be late: these are gone already.
    writer.add_findings(dict.fromkeys(range(1, 8), FOUND), (), 7)
    writer.commit()
    assert look().analysed_to() == 7
    with sqlite3.connect(path) as connection:
        assert {row[0] for row in connection.execute("SELECT DISTINCT exchange FROM findings")} == set(range(3, 8))
    connection.close()


def test_what_is_open_is_left_behind_until_it_ends(create, look):
    writer = create()
    worker = writer.new_worker()
    writer.add(worker, Began(1, 1, "GET", "/stream", "p"))
    record(writer, worker, range(2, 5))
    writer.commit()
    capture = look()
    backlog = capture.backlog(0, 10)
    assert backlog == ((2, 3, 4), (1,), 4)
    writer.add_findings(dict.fromkeys(backlog.ended, FOUND), backlog.open, backlog.upto)
    writer.commit()
    assert capture.left_behind(10) == ()
    writer.add(worker, Ended(1, "complete", 200, 1))
    writer.commit()
    assert capture.left_behind(10) == (1,)
    writer.add_findings({1: FOUND}, (), backlog.upto)
    writer.commit()
    assert capture.left_behind(10) == ()
    assert capture.backlog(4, 10) == ((), (), 4)


def test_what_a_dead_writer_left_open_is_left_behind_too(path, look):
    writer = Writer.create(path)
    writer.add(writer.new_worker(), Began(1, 1, "GET", "/stream", "p"))
    writer.add_findings({}, (1,), 1)
    writer.commit()
    writer.close()
    Writer.create(path).close()
    assert look().left_behind(10) == (1,)


def test_a_stretch_is_read_in_one(create, look):
    writer = create()
    record(writer, writer.new_worker(), range(1, 60))
    writer.commit()
    capture = look()
    together = capture.events_of(range(1, 61))
    assert list(together) == list(range(1, 60))
    assert all(together[number] == capture.events(number) for number in together)


def test_names_of_traffic_are_bounded(create, look, path, monkeypatch):
    monkeypatch.setattr(findings, "TERMS_LIMIT", 10)
    writer = create(keep_exchanges=3)
    worker = writer.new_worker()
    for number in range(1, 40):
        record(writer, worker, range(number, number + 1))
        names = [("changed", "a.B", f"environ:{'x' * 500}{number}-{index}", 1) for index in range(3)]
        writer.add_findings({number: [("changed", "a.B", f"environ:{number}", 1), *names]}, (), number)
        writer.commit()
    known = terms(path)
    assert len(known) <= 20
    assert all(len(name) <= findings.WORD_LIMIT for _, name in known)
    newest = look().findings(39)
    assert sum(value for *_, value in newest) >= 2
    assert {layer for _, layer, _, _ in newest} == {"a.B"}


def test_a_failed_commit_is_tried_again_whole(create, look, path, monkeypatch):
    writer = create()
    record(writer, writer.new_worker(), range(1, 3))
    writer.commit()
    writer.add_findings({1: FOUND}, (), 1)
    with monkeypatch.context() as broken:
        broken.setattr(writer._totals.__class__, "store", _fail)
        with pytest.raises(CaptureError):
            writer.commit()
    assert look().findings(1) == []
    writer.commit()
    assert sorted(look().findings(1)) == sorted(FOUND)
    assert len(terms(path)) == 3


def _fail(*_):
    raise sqlite3.OperationalError("disk I/O error")


def test_notes_in_memory_leave_the_file_alone(create, path):
    writer = create()
    record(writer, writer.new_worker(), range(1, 5))
    writer.add_findings({1: FOUND}, (), 1)
    writer.close()
    before = path.read_bytes()
    with Capture.open(path) as capture:
        capture.note_findings({2: FOUND}, 2)
        capture.note_findings({3: FOUND[:1], 4: []}, 4)
        assert capture.analysed_to() == 4
        rows = capture._all("SELECT exchange FROM finding WHERE name = 'resp.header:vary' ORDER BY exchange DESC")
        assert rows == [(2,), (1,)]
        assert capture.findings(3) == FOUND[:1]
        statement = "SELECT number FROM exchanges WHERE EXISTS (SELECT 1 FROM finding WHERE exchange = number)"
        assert capture._all(statement) == [(1,), (2,), (3,)]
    assert path.read_bytes() == before


@pytest.fixture
def old(create, path):
    """A file of format 1."""
    writer = create()
    record(writer, writer.new_worker(), range(1, 4))
    writer.close()
    with sqlite3.connect(path, isolation_level=None) as connection:
        for table in ("terms", "findings", "unanalysed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE totals DROP COLUMN analysed")
        connection.execute("ALTER TABLE output DROP COLUMN span")
        for column in ("route", "view"):
            connection.execute(f"ALTER TABLE exchanges DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    return path


def test_an_earlier_format_is_read(old):
    with Capture.open(old) as capture:
        assert (capture.analysed_to(), capture.findings(1), capture.left_behind(9)) == (0, [], ())
        assert capture.info().format == 1
        assert [(row.number, row.route, row.view) for row in capture.page()] == [(3, "", ""), (2, "", ""), (1, "", "")]
        capture.note_findings({2: FOUND}, 3)
        assert sorted(capture.findings(2)) == sorted(FOUND)


def test_an_earlier_format_is_continued_as_this_one(old):
    writer = Writer.create(old)
    writer.add_findings({1: FOUND}, (), 3)
    writer.close()
    with Capture.open(old) as capture:
        assert capture.info().format == schema.CAPTURE_FORMAT
        assert (capture.analysed_to(), len(capture.findings(1)), capture.count()) == (3, 3, 3)


def test_a_file_without_its_tables_is_damaged(create, path):
    create().close()
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("DROP TABLE findings")
    connection.close()
    with pytest.raises(CaptureError, match=r"damaged \(some of its tables are missing\)"):
        Capture.open(path)
