from __future__ import annotations

import stat
import threading

import pytest
from msgspec.structs import replace

from tests.capture.conftest import record
from tests.support.traffic import LAYERS, exchange
from wsgitrace.capture import Capture, CaptureError, intake
from wsgitrace.capture import writer as writing
from wsgitrace.events import (
    Began,
    BodyPart,
    Chunk,
    Done,
    Draining,
    Dropped,
    Ended,
    Events,
    FilesToWatch,
    HeadReceived,
    Held,
    ImportFailed,
    InputRead,
    LayerFound,
    ObserverFault,
    OutputLine,
    Progress,
    Started,
    Surrogates,
    encode_events,
)

WALL = 1_700_000_000_000_000_000


def test_a_layer_that_arrives_before_the_exchange_it_was_first_seen_in_has_its_number(create, look):
    writer = create()
    worker = writer.new_worker()
    late = LayerFound(3, "late", "wsgi", "", 0, "first called in a request", exchange=7)
    writer.add(worker, late)
    writer.commit()
    assert look().layers(worker) == [replace(late, exchange=0)]
    assert writer.add(worker, Began(7, WALL, "GET", "/", "")) == 1
    writer.commit()
    assert look().layers(worker) == [replace(late, exchange=1)]


def test_an_exchange_is_seen_from_its_begin_to_its_end(create, look):
    writer = create()
    worker = writer.new_worker()
    assert writer.add(worker, Began(7, WALL, "GET", "/a?b", "127.0.0.1:9", replay_of=3)) == 1
    writer.commit()
    capture = look()
    begun = capture.summary(1)
    assert (begun.state, begun.method, begun.path, begun.status, begun.local) == ("running", "GET", "/a", None, 7)
    assert (begun.wall, begun.peer, begun.replay_of, begun.done) == (WALL, "127.0.0.1:9", 3, False)

    writer.add(worker, Progress(7, "held", None, 2, held_at="called demos.shop.Session", held_event=4, duration=5))
    writer.commit()
    held = capture.summary(1)
    assert (held.state, held.held_at, held.held_event) == ("held", "called demos.shop.Session", 4)
    assert (held.layers, held.duration) == (2, 5)

    writer.add(worker, Progress(7, "streaming", 200, 2, chunks=3, sent=99, duration=6))
    writer.commit()
    streaming = capture.summary(1)
    assert (streaming.state, streaming.held_at, streaming.status) == ("streaming", "", 200)
    assert (streaming.chunks, streaming.response_size) == (3, 99)

    ended = Ended(
        7,
        "client gone",
        200,
        100,
        held=40,
        first_byte=9,
        request_size=1,
        response_size=2,
        chunks=3,
        layers=4,
        exception="KeyError",
        swallowed=True,
        start_responses=2,
        input="partial",
        closed=False,
        short_circuit="shop.Auth",
        content_type=Surrogates("text/\udc80".encode("utf-8", "surrogatepass")),
        events=11,
        dropped=5,
        note="so",
    )
    assert writer.add(worker, ended) == 1
    assert writer.summary(worker, 7).done
    writer.commit()
    done = capture.summary(1)
    assert done == writer.summary(worker, 7)
    assert writer.summary(worker, 8) is None
    assert (done.state, done.how, done.net_duration) == ("done", "client gone", 60)
    assert (done.swallowed, done.closed, done.pinned) == (True, False, False)
    assert done.content_type == "text/\\udc80"
    for name in ("first_byte", "request_size", "response_size", "chunks", "layers", "exception", "start_responses"):
        assert getattr(done, name) == getattr(ended, name)
    for name in ("input", "short_circuit", "events", "dropped", "note"):
        assert getattr(done, name) == getattr(ended, name)


def test_workers_have_their_own_numbers_and_the_debugger_numbers_all(create, look):
    writer = create()
    first, second = writer.new_worker(), writer.new_worker()
    assert record(writer, first, range(1, 3)) == [1, 2]
    assert record(writer, second, range(1, 3)) == [3, 4]
    assert [writer.number(first, 2), writer.number(second, 2), writer.number(second, 3)] == [2, 4, None]
    writer.commit()
    assert [(each.worker, each.local) for each in look().page()] == [(2, 2), (2, 1), (1, 2), (1, 1)]


def test_events_come_back_with_layers_and_bodies(create, look):
    writer = create()
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    writer.add(worker, Began(1, WALL, "POST", "/", "p"))
    events = [
        HeadReceived(0, 0, 1, 0, b"POST / HTTP/1.1\r\n\r\n", "p"),
        InputRead(1, 1, 1, 1, "read", None, 5, 0, end=True, stored=False),
        Chunk(2, 1, 1, 2, 0, 6, stored=False),
        Chunk(3, 1, 1, 3, 1, 6, stored=False),
        Chunk(4, 1, 1, 3, 2, 6, stored=False),
        Done(5, 0, 1, 4, "complete"),
    ]
    writer.add(worker, Events(1, 2, encode_events(events[:2])))
    writer.add(worker, BodyPart(1, 1, b"hello"))
    writer.commit()
    writer.add(worker, Events(1, 1, encode_events(events[2:3])))
    writer.add(worker, Events(1, 3, encode_events(events[3:])))
    for data in (b"ab", b"cd", b"ef"):
        writer.add(worker, BodyPart(1, 2, data))
    writer.add(worker, BodyPart(1, 3, b"abc"))
    writer.add(worker, BodyPart(1, 5, b"to an event without a body"))
    writer.commit()
    found = look().events(1)
    assert found[: len(LAYERS)] == list(LAYERS)
    recorded = found[len(LAYERS) :]
    assert [event.seq for event in recorded] == [0, 1, 2, 3, 4, 5]
    assert [(event.data, event.stored) for event in recorded[1:5]] == [
        (b"hello", True),
        (b"abcdef", True),
        (b"abc", False),
        (b"", False),
    ]
    assert (recorded[0], recorded[5]) == (events[0], events[5])


def test_late_frames_find_their_exchange_and_later_ones_are_counted(create, look, monkeypatch):
    monkeypatch.setattr(intake, "RECENT", 2)
    writer = create()
    worker = writer.new_worker()
    record(writer, worker, range(1, 4))
    writer.commit()
    part = BodyPart(3, 17, b"late")
    assert writer.add(worker, part) == 3
    assert writer.add(worker, BodyPart(1, 17, b"too late")) is None
    assert writer.add(worker, Ended(3, "cut", None, 1)) is None
    assert writer.add(worker, Progress(9, "running")) is None
    assert writer.add(worker, Events(9, 0, b"")) is None
    writer.commit()
    info = look().info()
    assert (info.lost, info.exchanges) == (4, 3)
    assert look().summary(3).how == "complete"
    assert look().count("get") + look().count("post") == 3


def test_a_second_begin_of_an_open_exchange_is_the_same_exchange(create):
    writer = create()
    worker = writer.new_worker()
    began = Began(1, WALL, "GET", "/", "p")
    assert writer.add(worker, began) == writer.add(worker, began) == 1


def test_news_of_workers_is_kept(create, look):
    writer = create(app="shop")
    worker = writer.new_worker()
    frames = [
        Started(42, "shop:app", "3.11.7", 5, "shop:app was meant"),
        ImportFailed(usage=False, message="No module named 'x'."),
        Draining(2, ("worker-1",)),
        ObserverFault("called", "KeyError: 'x'"),
    ]
    assert look().info().app == "shop"
    for frame in (*frames, FilesToWatch(("/a.py",)), Dropped(3, 4), Dropped(5, 6)):
        assert writer.add(worker, frame) is None
    writer.commit()
    capture = look()
    assert [(each.worker, each.frame) for each in capture.news()] == [(1, frame) for frame in frames]
    (start,) = capture.workers()
    assert (start.number, start.pid, start.app, start.python, start.dropped) == (1, 42, "shop:app", "3.11.7", 11)
    info = capture.info()
    assert (info.app, info.python, info.dropped, info.live) == ("shop:app", "3.11.7", 11, True)


def test_output_is_tied_to_its_exchange(create, look):
    writer = create()
    worker = writer.new_worker()
    writer.add(worker, Began(5, WALL, "GET", "/", "p"))
    writer.add(worker, OutputLine("stdout", "untied"))
    writer.add(worker, OutputLine("stderr", "tied", 5))
    writer.add(worker, OutputLine("stdout", Surrogates(b"\xed\xb2\x80"), 6))
    writer.add(worker, OutputLine("stdout", "x" * 20_000))
    writer.commit()
    capture = look()
    rows = capture.output()
    assert [(row.stream, row.text[:8], row.exchange) for row in rows] == [
        ("stdout", "untied", None),
        ("stderr", "tied", 1),
        ("stdout", "\\udc80", None),
        ("stdout", "xxxxxxxx", None),
    ]
    assert rows[3].text.endswith("… (20000 characters)")
    assert [row.text for row in capture.output(exchange=1)] == ["tied"]
    assert [row.text[:6] for row in capture.output(limit=2)] == ["\\udc80", "xxxxxx"]
    assert [row.text for row in capture.output(after=rows[0].id, before=rows[2].id)] == ["tied"]


def test_an_exchange_whose_worker_is_gone_gets_an_end(create, look):
    writer = create()
    worker = writer.new_worker()
    began, events, _ = exchange(1, WALL)
    writer.add(worker, began)
    writer.add(worker, events)
    writer.add(worker, Progress(1, "held", 200, 3, 1, 50, "called shop.Session", 2, duration=10))
    writer.add(worker, Events(1, 1, encode_events([Held(99, 1, 1, 2**62, 2)])))
    writer.add(worker, Began(2, 2**62, "GET", "/in-the-future", "p"))
    writer.add(worker, Events(2, 3, b"no events"))
    first, second = writer.worker_gone(worker, "killed by SIGKILL")
    assert writer.worker_gone(worker, "killed by SIGKILL") == []
    writer.commit()
    capture = look()
    assert [replace(each, stored=0) for each in capture.page()] == [replace(each, stored=0) for each in (second, first)]
    assert (first.state, first.how, first.note, first.status) == ("done", "worker gone", "killed by SIGKILL", 200)
    assert (first.duration, first.layers, first.response_size, first.held_at) == (2**62, 3, 50, "")
    assert capture.events(1)[-1] == Done(100, 0, 0, 2**62, "worker gone")
    assert first.events == len(capture.events(1))
    assert second.duration == 0
    assert capture.count("in-the-future") == 1
    with pytest.raises(CaptureError, match="damaged"):
        capture.events(2)


def test_continuing_a_file_goes_on_with_its_numbers_and_ends_what_was_open(create, path, look):
    writer = create(app="one")
    worker = writer.new_worker()
    record(writer, worker, range(1, 3))
    writer.add(worker, Began(3, WALL, "GET", "/open", "p"))
    writer.add(worker, BodyPart(3, 0, b"x"))
    writer.close()
    path.chmod(0o644)
    writer = create()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    capture = look()
    left = capture.summary(3)
    assert (left.how, left.note) == ("worker gone", "The debugger that recorded it is gone.")
    assert (capture.info().app, capture.info().exchanges) == ("one", 3)
    assert writer.new_worker() == 2
    assert record(writer, 2, range(1, 2)) == [4]
    writer.commit()
    assert [each.number for each in capture.page()] == [4, 3, 2, 1]
    assert len(capture.events(4)) == len(capture.events(1)) > 0


def test_closing_leaves_one_file_that_only_its_owner_reads(create, path, cache):
    writer = create()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    record(writer, writer.new_worker(), range(1, 5))
    writer.commit()
    assert stat.S_IMODE(path.with_name("some.wtrace-wal").stat().st_mode) == 0o600
    writer.close()
    writer.close()
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["some.wtrace"]
    assert not list(cache.glob("*.lock"))
    with Capture.open(path) as capture:
        assert (capture.count(), capture.info().live) == (4, False)
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["some.wtrace"]


def test_closing_writes_what_waits_even_beside_a_reader(create, look, path):
    writer = create()
    record(writer, writer.new_worker(), range(1, 5))
    capture = look()
    writer.close()
    assert capture.count() == 4
    capture.close()
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["some.wtrace"]
    writer.commit()
    writer.new_worker()
    with pytest.raises(CaptureError, match="closed"):
        writer.commit()


def _fill_disk(writer):
    """From now on the disk takes nothing; returns what frees it."""
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count = {pages}")
    return lambda: writer._connection.execute("PRAGMA max_page_count = 1000000")


def test_a_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again(create, look):
    writer = create(keep_exchanges=1_000)
    worker = writer.new_worker()
    record(writer, worker, range(1, 1_001))
    writer.commit()
    free = _fill_disk(writer)
    record(writer, worker, range(1_001, 1_801))
    for _ in range(2):
        with pytest.raises(CaptureError, match="full"):
            writer.commit()
    assert look().count() == 1_000
    free()
    record(writer, worker, range(1_801, 1_901))
    writer.commit()
    capture = look()
    assert (capture.count(), capture.newest(), capture.oldest(), writer.evicted) == (1_000, 1_900, 901, 900)
    assert all(capture.events(number) for number in range(901, 1_901))
    assert capture.info().stored == sum(each.stored for each in capture.page(limit=2_000))


def test_memory_is_bounded_while_the_disk_is_full(create, look, monkeypatch):
    for name, value in (("_BATCH_ROWS", 50), ("_SHED_ROWS", 200)):
        monkeypatch.setattr(writing, name, value)
    writer = create()
    worker = writer.new_worker()
    writer.add(worker, Began(1, WALL, "GET", "/early", "p"))
    writer.commit()
    free = _fill_disk(writer)
    writer.add(worker, Began(2, WALL, "GET", "/open", "p"))
    for local in range(3, 1_003):
        record(writer, worker, range(local, local + 1))
        assert len(writer._intake.batch.recordings) <= 300
    writer.add(worker, Ended(1, "complete", 200, 1))
    writer.add(worker, Ended(2, "complete", 200, 1))
    free()
    writer.commit()
    capture = look()
    info = capture.info()
    assert capture.count("/early 200") == capture.count("/open 200") == 1
    assert info.exchanges == len(capture.page(limit=5_000)) < 600
    assert info.lost >= 1_000 - info.exchanges
    assert info.stored == sum(each.stored for each in capture.page(limit=5_000))


def test_a_large_batch_is_written_without_being_told(create, look):
    writer = create()
    worker = writer.new_worker()
    writer.add(worker, Began(1, WALL, "GET", "/", "p"))
    for seq in range(5):
        writer.add(worker, BodyPart(1, seq, bytes(2**20)))
    assert look().summary(1).stored >= 4 * 2**20


def test_pins_come_from_any_thread(create, look):
    writer = create()
    worker = writer.new_worker()
    record(writer, worker, range(1, 4))
    writer.commit()
    thread = threading.Thread(target=writer.pin, args=(2, True))
    thread.start()
    thread.join()
    writer.commit()
    capture = look()
    assert (capture.pinned(), capture.summary(2).pinned) == ([2], True)
    writer.add(worker, BodyPart(2, 1, b"late"))
    writer.commit()
    assert capture.pinned() == [2]
    writer.pin(2, on=False)
    writer.pin(99)
    writer.commit()
    assert capture.pinned() == []


def test_an_idle_commit_changes_nothing(create, look):
    writer = create(keep_exchanges=1)
    worker = writer.new_worker()
    record(writer, worker, range(1, 4))
    for number in (1, 2, 3):
        writer.pin(number)
    writer.commit()
    version = look().data_version()
    capture = look()
    version = capture.data_version()
    writer.commit()
    assert capture.data_version() == version
    record(writer, worker, range(4, 5))
    writer.commit()
    assert capture.data_version() != version
