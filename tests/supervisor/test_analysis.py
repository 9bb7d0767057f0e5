from __future__ import annotations

import threading

import pytest

from tests.support.recorded import record_stories
from tests.support.served import until
from tests.support.traffic import LAYERS, all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import Began, BodyPart, Ended, Events
from wsgitrace.supervisor import analyse, analysis
from wsgitrace.supervisor.analysis import Analyst
from wsgitrace.trace import Trace, findings

APP = """
    def app(environ, start_response):
        environ["shop.user"] = "ada"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    class Vary:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            def start(status, headers, exc_info=None):
                return start_response(status, [*headers, ("Vary", "Cookie")])
            environ["vary"] = "yes"
            return self.app(environ, start)

    app = Vary(app)
"""


def test_what_is_served_is_analysed(serve):
    service = serve(APP)
    service.phase("serving")
    service.get("/")
    number = service.ended().number
    with service.capture() as capture:
        facts = until(lambda: capture.analysed_to() >= number and capture.findings(number))
        changed = {(layer.rpartition(".")[2], name) for kind, layer, name, _ in facts if kind == "changed"}
        assert {("Vary", "resp.header:vary"), ("Vary", "environ:vary")} <= changed
        assert {layer.rpartition(".")[2] for kind, layer, *_ in facts if kind == "layer"} == {"Vary", "app"}


@pytest.fixture
def recorded(tmp_path):
    """A writer of 40 exchanges that nobody has analysed, the first of them open."""
    writer = Writer.create(tmp_path / "x.wtrace", keep_exchanges=None)
    worker = writer.new_worker()
    for frame in [*LAYERS, Began(1, 1, "GET", "/open", "p"), *all_frames(range(2, 41), 0)]:
        writer.add(worker, frame)
    writer.commit()
    yield writer, worker
    writer.close()


@pytest.fixture
def analyst(recorded):
    """An analyst at work, committing by itself."""
    working = Analyst(recorded[0], recorded[0].commit)
    working.start()
    yield working
    working.stop()


def test_all_that_ended_is_analysed_in_order_and_what_was_open_later(recorded, analyst):
    writer, worker = recorded
    with Capture.open(writer.path) as capture:
        until(lambda: capture.analysed_to() == 40)
        assert capture.findings(1) == []
        for number in range(2, 41):
            expected = findings(Trace.from_events(capture.events(number)))
            assert sorted(capture.findings(number)) == sorted(tuple(each) for each in expected)
        events = all_frames(range(1, 2), 0)[1]
        writer.add(worker, events)
        writer.add(worker, Ended(1, "complete", 200, 1))
        writer.commit()
        until(lambda: capture.findings(1))


def test_it_goes_on_where_it_stopped(recorded):
    writer, _ = recorded
    seen = []
    first = Analyst(writer, lambda: None)
    first.start()
    until(lambda: writer._ledger)
    first.stop()
    writer.commit()
    second = Analyst(writer, writer.commit)
    second._writer = _Spy(writer, seen)
    with Capture.open(writer.path) as capture:
        done = {number for number in range(1, 41) if capture.findings(number)}
        second.start()
        until(lambda: capture.analysed_to() == 40 and len(done | set(seen)) >= 39)
        second.stop()
    assert not done & set(seen)
    assert done | set(seen) == set(range(2, 41))


class _Spy:
    def __init__(self, writer, seen):
        self.path, self._writer, self._seen = writer.path, writer, seen

    def add_findings(self, found, passed, upto):
        self._seen.extend(found)
        self._writer.add_findings(found, passed, upto)


def test_it_stops_at_once(recorded, monkeypatch):
    writer, _ = recorded
    begun, go_on = threading.Event(), threading.Event()
    counted = []

    def slow(trace):
        counted.append(trace)
        begun.set()
        go_on.wait(30)
        return []

    monkeypatch.setattr(analysis, "findings", slow)
    analyst = Analyst(writer, writer.commit)
    analyst.start()
    begun.wait(30)
    stopper = threading.Thread(target=analyst.stop)
    stopper.start()
    until(analyst._stopping.is_set)
    go_on.set()
    stopper.join(30)
    assert len(counted) == 1
    with Capture.open(writer.path) as capture:
        assert capture.analysed_to() == 2


def test_a_record_that_makes_no_sense_does_not_stop_it(tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace")
    worker = writer.new_worker()
    for frame in all_frames(range(1, 4), 0):
        spoilt = isinstance(frame, Events) and frame.exchange == 2
        writer.add(worker, Events(2, 5, b"\xc1 nonsense") if spoilt else frame)
    writer.commit()
    analyst = Analyst(writer, writer.commit)
    analyst.start()
    with Capture.open(writer.path) as capture:
        until(lambda: capture.analysed_to() == 3)
        assert [bool(capture.findings(number)) for number in (1, 2, 3)] == [True, False, True]
    analyst.stop()
    writer.close()


def test_bodies_that_came_apart_are_compared_whole(tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace")
    worker = writer.new_worker()
    began, events, ended = all_frames(range(1, 2), 0)
    for frame in (began, events, BodyPart(1, 17, b"x" * 50), ended):
        writer.add(worker, frame)
    writer.close()
    with Capture.open(tmp_path / "x.wtrace") as capture:
        assert capture.events_of([1])[1] == capture.events(1)


def test_a_file_is_analysed_in_memory(tmp_path):
    path = tmp_path / "stories.wtrace"
    numbers = record_stories(path)
    heard = []
    with Capture.open(path) as capture:
        assert analyse(capture, seconds=0) == 0
        assert analyse(capture, stopped=lambda: bool(heard), progress=heard.append) == analysis.SLICE
        assert analyse(capture, progress=heard.append) == capture.newest() == heard[-1] == capture.analysed_to()
        assert "body" in {name for kind, _, name, _ in capture.findings(numbers["page"]) if kind == "changed"}
        assert analyse(capture) == capture.newest()
