from __future__ import annotations

import random
import sqlite3

import pytest

from tests.capture.conftest import record
from tests.support.random_traffic import close_all, record_random
from tests.support.traffic import LAYERS
from wsgitrace.capture import Capture, CaptureError, Writer, facts, schema, search
from wsgitrace.events import Began, Ended
from wsgitrace.query import FIELDS, parse
from wsgitrace.query.fields import NAMES


@pytest.fixture
def shop(create, look, monkeypatch):
    """A capture of 300 exchanges, searched in small steps."""
    monkeypatch.setattr(search, "_FIRST_STEP", 16)
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    record(writer, worker, range(1, 301))
    writer.commit()
    return look()


def test_a_search_gives_what_it_has_at_every_step(shop):
    for text in ("cookie:session status:500", "path:/cart", "resp.body:hello", "status:599"):
        where = parse(text)
        steps = list(shop.search(where, budget=0.0))
        assert [row for step in steps for row in step.rows] == shop.page(where=where)
        assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
        assert [step.share for step in steps] == sorted(step.share for step in steps)
        assert [step.reached for step in steps] == sorted((step.reached for step in steps), reverse=True)
        counts = list(shop.counting(where, budget=0.0))
        assert counts[-1].matches == shop.count(where=where) == len(shop.page(where=where, limit=1_000))
        assert [count.matches for count in counts] == sorted(count.matches for count in counts)
        assert counts[-1].done


def test_nothing_is_looked_at_behind_what_was_found(shop):
    first = next(shop.search(parse("cookie:session"), limit=5, budget=60.0))
    assert len(first.rows) == 5
    assert first.done
    assert first.reached == first.rows[-1].number == 296
    upwards = next(shop.search(parse("cookie:session"), after=10, limit=5, budget=60.0))
    assert [row.number for row in upwards.rows] == [11, 12, 13, 14, 15]


def test_what_would_take_sql_too_long_is_asked_of_fewer(shop, monkeypatch):
    monkeypatch.setattr(search, "_FIRST_STEP", 300)
    monkeypatch.setattr(search, "_FEWEST", 4)
    monkeypatch.setattr(search, "_OPERATIONS", 1)
    for text in ("status:500", "cookie:session status:500", "path:/cart", "-path:/cart"):
        where = parse(text)
        expected = [row.number for row in shop.page(limit=1_000) if where.matches(shop.facts(row))]
        assert expected
        for budget in (0.0, 1e-4):
            steps = list(shop.search(where, limit=1_000, budget=budget))
            assert [row.number for step in steps for row in step.rows] == expected
            upwards = shop.search(where, after=0, limit=1_000, budget=budget)
            assert [row.number for step in upwards for row in step.rows] == expected[::-1]
            assert max(count.matches for count in shop.counting(where, budget=budget)) == len(expected)


def test_an_index_that_is_late_with_a_few_numbers_is_not_asked_again(shop, monkeypatch):
    asked = []
    shop._connection.set_trace_callback(lambda statement: asked.append(" MATCH " in statement))
    where = parse("/cart")
    expected = shop.page(where=where, limit=1_000)
    assert sum(asked) > 1
    monkeypatch.setattr(search, "_SLOW_INDEX", -1.0)
    asked.clear()
    assert shop.page(where=where, limit=1_000) == expected
    assert sum(asked) == 1
    assert shop.count(where=where) == len(expected)


def test_a_search_may_be_left_and_the_capture_asked_something_else(shop):
    steps = shop.search(parse("has:req.x-none"), budget=0.0)
    next(steps)
    assert shop.count() == 300
    assert len(shop.page(limit=3)) == 3
    assert sum(len(step.rows) for step in steps) == 0


def test_an_interrupt_ends_a_search_between_its_looks(shop):
    steps = shop.search(parse("has:req.x-none"), budget=0.0)
    next(steps)
    shop.interrupt()
    with pytest.raises(CaptureError, match="interrupted"):
        next(steps)
    assert shop.page(where=parse("has:req.x-none")) == []


def test_what_is_evicted_while_it_is_searched_is_just_not_found(create, look):
    writer = create(keep_exchanges=200)
    worker = writer.new_worker()
    record(writer, worker, range(1, 201))
    writer.commit()
    capture = look()
    steps = capture.search(parse("resp.body:hello"), budget=0.0, limit=1_000)
    found = [*next(steps).rows]
    record(writer, worker, range(201, 401))
    writer.commit()
    found += [row for step in steps for row in step.rows]
    assert found == sorted(found, key=lambda row: -row.number)


def test_long_targets_are_searched_to_their_end(create, look):
    writer = create()
    worker = writer.new_worker()
    for local, target in enumerate(["/short?q=needle", f"/{'x' * 2_000}needle", f"/?{'x' * 3_000}needle"], 1):
        writer.add(worker, Began(local, local, "GET", target, "p"))
        writer.add(worker, Ended(local, "complete", 200, 1))
    writer.commit()
    capture = look()
    assert [row.number for row in capture.page(where=parse("path:needle"))] == [2]
    assert [row.number for row in capture.page(where=parse("query:needle"))] == [3, 1]
    assert [row.number for row in capture.page(where=parse("url~needle$"))] == [3, 2, 1]
    assert capture.count(where=parse("path:needle OR query:needle")) == 3
    assert [row.number for row in capture.page(where=parse("needle"))] == [1]


def test_a_damaged_recording_is_one_sentence(create, path):
    writer = create()
    record(writer, writer.new_worker(), range(1, 40))
    writer.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE packs SET data = zeroblob(20)")
    connection.close()
    with Capture.open(path) as capture:
        assert len(capture.page(where=parse("status:200"))) > 0
        with pytest.raises(CaptureError, match="damaged"):
            capture.page(where=parse("cookie:session"))


def test_little_is_read_ahead(shop, monkeypatch):
    where = parse("cookie:session")
    everything = shop.page(where=where, limit=1_000)
    assert len(everything) == 300
    monkeypatch.setattr(facts, "_FETCHED", 100)
    monkeypatch.setattr(facts, "_OPENED", 1)
    assert shop.page(where=where, limit=1_000) == everything
    monkeypatch.setattr(facts, "_SPARSE", 0)
    assert shop.page(where=where, limit=1_000) == everything


def test_needles_are_looked_for_in_whole_packs(shop, monkeypatch):
    opened = []
    look = facts.needles_in
    monkeypatch.setattr(facts, "needles_in", lambda data, wanted: opened.append(len(data)) or look(data, wanted))
    monkeypatch.setattr(facts, "may_match", None)
    assert shop.page(where=parse("has:req.x-none")) == []
    assert len(opened) < 30
    assert sum(opened) > 300_000


def test_one_exchange_can_be_asked_whether_it_matches(shop):
    summary = shop.page(limit=1)[0]
    for text, expected in [("id:300", True), ("req.header:host:127.0.0.1", True), ("set-cookie:sid", False)]:
        assert parse(text).matches(shop.facts(summary)) is expected


def test_values_seen_are_told_for_completion(shop):
    assert shop.seen(NAMES["method"]) == ["GET", "POST"]
    assert "500" in shop.seen(NAMES["status"])
    assert shop.seen(NAMES["path"], 3) == sorted(set(shop.seen(NAMES["path"], 3)), key=shop.seen(NAMES["path"]).index)
    assert len(shop.seen(NAMES["path"], 3)) == 3
    assert "user-agent" in shop.seen(NAMES["req.header"])
    assert shop.seen(NAMES["cookie"]) == ["session"]
    assert shop.seen(NAMES["host"]) == ["127.0.0.1:8000"]
    assert shop.seen(NAMES["body"]) == shop.seen(NAMES["dur"]) == []


def test_values_of_every_field_can_be_asked_for(tmp_path):
    path = record_random(tmp_path / "x.wtrace", random.Random(1), exchanges=30, now=10**18)
    with Capture.open(path) as capture:
        for field in FIELDS:
            values = capture.seen(field)
            assert all(isinstance(value, str) and value for value in values)
        assert "Session" in capture.seen(NAMES["layer"])
        assert "resp.header:vary" in capture.seen(NAMES["changed"])
    close_all()


def test_without_the_tokenizer_everything_works(create, look, monkeypatch):
    monkeypatch.setattr(schema, "_SEARCH", "CREATE VIRTUAL TABLE search USING fts5 (line, tokenize='missing')")
    writer = create(keep_exchanges=10)
    record(writer, writer.new_worker(), range(1, 31))
    writer.commit()
    capture = look()
    assert not capture.info().indexed
    assert {each.method for each in capture.page(text="post /")} == {"POST"}
    assert capture.count("get") + capture.count("post") == 10


def test_an_index_that_cannot_be_continued_is_not_left_behind(create, path, monkeypatch):
    create().close()
    monkeypatch.setattr(schema, "has_search", lambda _connection: False)
    with pytest.raises(CaptureError, match="save to a new file"):
        Writer.create(path)
    with Capture.open(path) as capture:
        assert capture.page(text="anything") == []
