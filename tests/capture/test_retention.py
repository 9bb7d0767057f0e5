from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.conftest import record
from tests.support.traffic import exchange, variety
from wsgitrace.capture import Capture, CaptureError, Writer, retention
from wsgitrace.capture.retention import ROW_BYTES
from wsgitrace.events import Began, BodyPart, Ended, OutputLine


def check_consistent(path):
    """Every table agrees with the summaries, the text index included."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        one = lambda statement: connection.execute(statement).fetchone()[0]  # noqa: E731 -- five askings
        assert one("SELECT exchanges FROM totals") == one("SELECT count(*) FROM exchanges")
        assert one("SELECT stored FROM totals") == one("SELECT coalesce(sum(stored), 0) FROM exchanges")
        assert one("SELECT output_lines FROM totals") == one("SELECT count(*) FROM output")
        assert one("SELECT count(*) FROM findings WHERE exchange NOT IN (SELECT number FROM exchanges)") == 0
        for table in ("events", "bodies"):
            assert one(f"SELECT count(*) FROM {table} WHERE id >> 20 NOT IN (SELECT number FROM exchanges)") == 0
        assert one("SELECT count(*) FROM packs WHERE id NOT IN (SELECT pack FROM events)") == 0
        assert one("SELECT count(*) FROM events WHERE pack NOT IN (SELECT id FROM packs)") == 0
        # The index as it is must be what indexing the summaries anew gives.
        connection.execute("CREATE VIRTUAL TABLE temp.found USING fts5vocab(main, search, instance)")
        rows = connection.execute("SELECT number, line FROM exchanges WHERE state = 'done'").fetchall()
        expected = {(line[at : at + 3], number) for number, line in rows for at in range(len(line) - 2)}
        assert set(connection.execute("SELECT term, doc FROM temp.found").fetchall()) == expected
    finally:
        connection.rollback()
        connection.close()


def test_the_oldest_go_first_and_are_counted(create, look, path):
    writer = create(keep_exchanges=10)
    worker = writer.new_worker()
    record(writer, worker, range(1, 26))
    writer.commit()
    capture = look()
    assert [each.number for each in capture.page()] == list(range(25, 15, -1))
    assert (writer.evicted, capture.info().evicted, capture.oldest(), capture.newest()) == (15, 15, 16, 25)
    assert (capture.events(15), capture.summary(15)) == ([], None)
    assert capture.events(16)
    check_consistent(path)


def test_what_is_pinned_or_open_stays(create, look, path):
    writer = create(keep_exchanges=5)
    worker = writer.new_worker()
    writer.add(worker, Began(1, 1, "GET", "/stream", "p"))
    record(writer, worker, range(2, 7))
    writer.pin(1, on=False)
    writer.pin(3)
    writer.commit()
    record(writer, worker, range(7, 40))
    writer.commit()
    capture = look()
    assert [each.number for each in capture.page()] == [39, 38, 37, 36, 35, 3, 1]
    check_consistent(path)
    writer.pin(3, on=False)
    writer.add(worker, Ended(1, "complete", 200, 1))
    record(writer, worker, range(40, 42))
    writer.commit()
    assert [each.number for each in capture.page()] == [41, 40, 39, 38, 37]
    check_consistent(path)
    assert writer.add(worker, BodyPart(1, 0, b"after it was evicted")) is None


def test_the_bound_on_bytes(create, look, path):
    limit = 200_000
    writer = create(keep_exchanges=None, keep_bytes=limit)
    worker = writer.new_worker()
    for local in range(1, 101):
        began, events, ended = exchange(local, local, *variety(local))
        for frame in (began, events, BodyPart(local, 17, bytes(5_000 * (local % 3))), ended):
            writer.add(worker, frame)
        writer.commit()
        info = look().info()
        assert info.stored + info.exchanges * ROW_BYTES <= limit
    capture = look()
    kept = capture.page(limit=1_000)
    assert 10 < len(kept) < 100
    assert [each.number for each in kept] == list(range(100, 100 - len(kept), -1))
    assert writer.evicted == 100 - len(kept)
    check_consistent(path)


def test_more_than_one_step_takes_more_than_one_commit(create, look, monkeypatch, path):
    monkeypatch.setattr(retention, "STEP", 10)
    monkeypatch.setattr("wsgitrace.capture.writer.STEP", 10)
    writer = create(keep_exchanges=5)
    record(writer, writer.new_worker(), range(1, 41))
    for kept in (30, 20, 10, 5, 5):
        writer.commit()
        assert look().count() == kept
    check_consistent(path)


def test_everything_pinned_is_more_than_the_bound(create, look):
    writer = create(keep_exchanges=2)
    for number in record(writer, writer.new_worker(), range(1, 6)):
        writer.pin(number)
    writer.commit()
    assert (look().count(), writer.evicted) == (5, 0)


@pytest.mark.parametrize(("name", "value"), [("OUTPUT_LINES", 10), ("OUTPUT_BYTES", 70)])
def test_output_is_bounded(create, look, path, monkeypatch, name, value):  # noqa: PLR0917 -- fixtures
    monkeypatch.setattr(retention, name, value)
    writer = create()
    worker = writer.new_worker()
    for line in range(35):
        writer.add(worker, OutputLine("stdout", f"line {line:02}"))
        if line % 4 == 0:
            writer.commit()
    writer.commit()
    capture = look()
    assert [row.text for row in capture.output()] == [f"line {line}" for line in range(25, 35)]
    assert capture.info().output_evicted == 25
    check_consistent(path)


_MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 5)),
        st.tuples(st.just("whole"), st.integers(1, 4)),
        st.tuples(st.just("end"), st.integers(0, 5)),
        st.tuples(st.just("body"), st.integers(0, 5)),
        st.tuples(st.just("pin"), st.integers(1, 30)),
        st.tuples(st.just("unpin"), st.integers(1, 30)),
        st.tuples(st.just("commit"), st.just(0)),
        st.tuples(st.just("gone"), st.just(0)),
        st.tuples(st.just("again"), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=_MOVES, keep=st.integers(1, 8))
def test_whatever_happens_the_tables_agree(moves, keep):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.wtrace"
        writer = Writer.create(path, keep_exchanges=keep)
        worker, local, begun, total = writer.new_worker(), 0, [], 0
        for move, value in moves:
            if move == "begin":
                local, total = local + 1, total + 1
                begun.append(local)
                writer.add(worker, Began(local, 1, "GET", f"/{local}", "p"))
            elif move == "whole":
                record(writer, worker, range(local + 1, local + 1 + value))
                local, total = local + value, total + value
            elif move == "end" and begun:
                writer.add(worker, Ended(begun.pop(value % len(begun)), "complete", 200, 1))
            elif move == "body":
                writer.add(worker, BodyPart(max(1, local - value), 1, b"body"))
            elif move in {"pin", "unpin"}:
                writer.pin(value, on=move == "pin")
            elif move == "commit":
                writer.commit()
            elif move == "gone":
                writer.worker_gone(worker, "killed")
                worker, local, begun = writer.new_worker(), 0, []
            else:
                writer.close()
                writer = Writer.create(path, keep_exchanges=keep)
                worker, local, begun = writer.new_worker(), 0, []
        writer.close()
        check_consistent(path)
        with Capture.open(path) as capture:
            rows = capture.page(limit=10_000)
            assert len([each for each in rows if each.done and not each.pinned]) <= keep
            assert len(rows) + writer.evicted == total


def test_the_bound_on_age(create, look, path, monkeypatch):
    now = 10**18
    monkeypatch.setattr(retention.time, "time_ns", lambda: now)
    writer = create(keep_exchanges=None, keep_for=60)
    worker = writer.new_worker()
    for local, age in ((1, 200), (2, 100), (3, 61), (4, 59), (5, 0)):
        for frame in exchange(local, now - age * 10**9, *variety(local)):
            writer.add(worker, frame)
    writer.pin(2)
    writer.add(worker, Began(6, now - 500 * 10**9, "GET", "/open", "p"))
    writer.commit()
    assert [each.number for each in look().page()] == [6, 5, 4, 2]
    assert writer.evicted == 2
    now += 2 * 10**9
    for frame in exchange(7, now, *variety(7)):
        writer.add(worker, frame)
    writer.commit()
    assert [each.number for each in look().page()] == [7, 6, 5, 2]
    check_consistent(path)


def test_what_became_old_while_nobody_recorded_goes_at_the_start(path):
    writer = Writer.create(path)
    record(writer, writer.new_worker(), range(1, 4))
    writer.close()
    writer = Writer.create(path, keep_for=60)
    assert writer.evicted == 3
    writer.close()


def test_chosen_exchanges_are_deleted_and_nothing_that_is_open_or_pinned(create, look, path, monkeypatch):
    monkeypatch.setattr("wsgitrace.capture.writer._DELETED_AT_ONCE", 7)
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    numbers = record(writer, worker, range(1, 41))
    running = writer.add(worker, Began(99, 1, "GET", "/open", "127.0.0.1:1", None))
    writer.pin(numbers[4])
    writer.commit()
    capture = look()
    chosen = [number for number in numbers if number % 2]
    assert writer.delete([*chosen, running, 12_345]) == len(chosen) - 1
    left = [number for number in numbers if number not in chosen or number == numbers[4]]
    assert [row.number for row in capture.page()][::-1] == [*left, running]
    assert capture.count() == len(left) + 1
    assert writer.delete([numbers[4]], pinned=True) == 1
    assert capture.summary(numbers[4]) is None
    assert writer.delete(chosen) == 0
    assert capture.info().evicted == 0, "nobody's bound did it"
    after = record(writer, worker, range(100, 110))
    writer.commit()
    assert after[0] == running + 1, "numbers are not used twice"
    writer.add(worker, Ended(99, "complete", 200, 5))
    writer.commit()
    capture.close()
    writer.close()
    check_consistent(path)
    assert writer.delete([after[0]]) == 0


def test_a_disk_that_refuses_leaves_what_was_to_be_deleted(create, look):
    writer = create(keep_exchanges=None)
    record(writer, writer.new_worker(), range(1, 4))
    writer.commit()
    writer._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(CaptureError, match="cannot be written"):
        writer.delete([1])
    writer._connection.execute("PRAGMA query_only = OFF")
    assert look().count() == 3
    assert writer.delete([1]) == 1
