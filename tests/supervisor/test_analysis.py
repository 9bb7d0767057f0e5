from __future__ import annotations

import socket
import subprocess
import sys

import msgspec
import pytest

from tests.support.recorded import record_stories
from tests.support.traffic import LAYERS, all_frames
from tests.support.waiting import until
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import Began, BodyPart, Ended, Events
from wsgitrace.link import Receiver
from wsgitrace.supervisor import analyse, analysis
from wsgitrace.supervisor.analysis import Analysed, Analysis
from wsgitrace.supervisor.analyst import Analyst
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
def reader(recorded):
    with Capture.open(recorded[0].path) as capture:
        yield capture


@pytest.fixture
def analyst(recorded, monkeypatch):
    """The analyst at work, committing by itself."""
    monkeypatch.setattr("wsgitrace.supervisor.analyst.PATIENCE", 0.01)
    working = Analyst(recorded[0], recorded[0].commit)
    working.start()
    yield working
    working.stop()
    assert working.process.returncode is not None


def store(writer, analysed):
    writer.add_findings(analysed.found, analysed.passed, analysed.upto)
    writer.commit()


def test_all_that_ended_is_analysed_in_order_and_what_was_open_later(recorded, reader):
    writer, worker = recorded
    analysis = Analysis(reader)
    slices = [analysis.step() for _ in range(4)]
    assert [each and each.upto for each in slices] == [16, 32, 40, None]
    for each in slices[:3]:
        store(writer, each)
    assert reader.analysed_to() == 40
    assert not writer.unanalysed
    assert reader.findings(1) == []
    for number in range(2, 41):
        expected = findings(Trace.from_events(reader.events(number)))
        assert sorted(reader.findings(number)) == sorted(tuple(each) for each in expected)
    assert analysis.step() is None
    for frame in (all_frames(range(1, 2), 0)[1], Ended(1, "complete", 200, 1)):
        writer.add(worker, frame)
    writer.commit()
    late = analysis.step()
    assert list(late.found) == [1]
    assert analysis.step() is None, "what is not stored yet is not analysed again"
    store(writer, late)
    assert reader.findings(1)
    assert analysis.step() is None


def test_it_goes_on_where_it_stopped(recorded, reader):
    writer, _ = recorded
    store(writer, Analysis(reader).step())
    assert writer.unanalysed
    again = Analysis(reader).step()
    assert (min(again.found), again.upto) == (17, 32)


def test_a_process_of_its_own_analyses_what_is_recorded(recorded, reader, analyst):
    writer, worker = recorded
    until(lambda: reader.analysed_to() == 40)
    assert reader.findings(40) == [tuple(each) for each in findings(Trace.from_events(reader.events(40)))]
    for frame in all_frames(range(41, 43), 0):
        writer.add(worker, frame)
    writer.commit()
    until(lambda: reader.analysed_to() == 42)
    assert analyst.process.poll() is None


def test_where_there_is_nothing_to_analyse_no_process_is_started(monkeypatch):
    monkeypatch.setattr("wsgitrace.supervisor.analyst.PATIENCE", 0.01)
    looks = []

    class Analysed:
        @property
        def unanalysed(self):
            looks.append(1)
            return False

    idle = Analyst(Analysed(), lambda: None)
    idle.start()
    until(lambda: len(looks) > 1)
    idle.stop()
    assert idle.process is None


def test_it_is_started_again_when_it_was_killed(recorded, reader, analyst, monkeypatch):
    monkeypatch.setattr("wsgitrace.supervisor.analyst._AGAIN", 0.01)
    writer, worker = recorded
    first = until(lambda: analyst.process)
    first.kill()
    first.wait()
    for frame in all_frames(range(41, 42), 0):
        writer.add(worker, frame)
    writer.commit()
    until(lambda: reader.analysed_to() == 41)
    assert analyst.process is not first


def test_it_ends_with_the_debugger(tmp_path, recorded):
    debugger, theirs = socket.socketpair()
    command = [sys.executable, "-P", "-m", "wsgitrace.supervisor.analysing", recorded[0].path]
    with subprocess.Popen(command, stdin=theirs.fileno(), stderr=subprocess.PIPE) as process:
        theirs.close()
        payload = next(iter(Receiver(debugger)))
        assert msgspec.msgpack.decode(payload, type=Analysed).upto == 16
        debugger.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


def test_a_record_that_makes_no_sense_does_not_stop_it(tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace")
    worker = writer.new_worker()
    for frame in all_frames(range(1, 4), 0):
        spoilt = isinstance(frame, Events) and frame.exchange == 2
        writer.add(worker, Events(2, 5, b"\xc1 nonsense") if spoilt else frame)
    writer.commit()
    with Capture.open(writer.path) as capture:
        store(writer, Analysis(capture).step())
        assert [bool(capture.findings(number)) for number in (1, 2, 3)] == [True, False, True]
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
