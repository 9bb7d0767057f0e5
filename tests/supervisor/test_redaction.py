from __future__ import annotations

import sqlite3
import zlib

import pytest

from tests.support.planted import PAIRS, REQUESTS, RESPONSES, SECRET, all_frames, frames, leaks
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import (
    Began,
    BodyPart,
    Ended,
    Events,
    OutputLine,
    Raised,
    TracebackFrame,
    decode_events,
    encode,
    encode_events,
)
from wsgitrace.replay import ReplayRefused, replay
from wsgitrace.supervisor.lines import PrintedLine
from wsgitrace.supervisor.recorder import Recorder
from wsgitrace.supervisor.redaction import Redaction
from wsgitrace.supervisor.state import Tally
from wsgitrace.trace import Trace


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "x.wtrace"
    writer = Writer.create(path, redacted=True)
    recorder = Recorder(writer, Tally(), Redaction(["default"]))
    worker = recorder.new_worker()
    for frame in all_frames():
        recorder.add(worker, frame)
    recorder.add_lines(worker, "stdout", [PrintedLine(f"password={SECRET}")])
    recorder.commit()
    writer.close()
    return path


def everything(path):
    """All that a file holds, unpacked."""
    with sqlite3.connect(path) as connection:
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'search'")
        ]
        rows = [row for table in tables for row in connection.execute(f"SELECT * FROM [{table}]")]
        packs = connection.execute("SELECT coded, data FROM packs").fetchall()
    connection.close()
    found = [value for row in rows for value in row]
    found += [zlib.decompress(data) if coded else data for coded, data in packs]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in found)


def test_nothing_of_it_is_in_the_file(recorded):
    raw = everything(recorded)
    for piece in (SECRET, SECRET[:9], SECRET[-9:], "47110815"):
        assert piece.encode() not in raw
    assert piece.encode() not in recorded.read_bytes()
    assert b"user=ada&password=" in raw


def test_what_was_shared_keeps_its_shape(recorded):
    with Capture.open(recorded) as capture:
        assert capture.info().redacted
        for number, (request, response) in enumerate(PAIRS, 1):
            trace = Trace.from_events(capture.events(number))
            kind, body = REQUESTS[request]
            assert trace.request_body.complete
            assert len(trace.request_body.data) == trace.request_body.length == len(body)
            answer = RESPONSES[response][2]
            assert trace.response_body.length == len(answer)
            assert leaks(repr(trace.events)) == []
            packed = trace.response.header("content-encoding") is not None
            assert len(trace.response_body.data) == (0 if packed else len(answer)), kind


def test_it_cannot_be_run_again(recorded):
    with Capture.open(recorded) as capture, pytest.raises(ReplayRefused, match="its secrets were taken out"):
        replay(1, capture, None)


def test_equal_secrets_have_equal_marks(recorded):
    with Capture.open(recorded) as capture:
        head = Trace.from_events(capture.events(1)).head
        mark = head.header("x-api-key")
        assert mark.startswith(f"<redacted {len(SECRET)} #")
        assert head.header("cookie").endswith(f"session={mark}")


def test_the_bodies_of_what_never_ended_are_kept(tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace", redacted=True)
    recorder = Recorder(writer, Tally(), Redaction(["default"]))
    worker = recorder.new_worker()
    for frame in frames(1, "form", "plain"):
        if not isinstance(frame, Ended):
            recorder.add(worker, frame)
    recorder.worker_gone(worker, "it died")
    recorder.commit()
    writer.close()
    with Capture.open(tmp_path / "x.wtrace") as capture:
        trace = Trace.from_events(capture.events(1))
        assert len(trace.response_body.data) == trace.response_body.length > 0
    assert SECRET.encode() not in everything(tmp_path / "x.wtrace")


def test_what_is_no_frame_of_events_is_left_out():
    redaction = Redaction(["default"])
    assert list(redaction.frames(1, Events(1, 3, b"\xc1 nonsense"))) == []


def test_what_is_clean_stays_as_it_is():
    redaction = Redaction(["default"])
    line = OutputLine("stdout", "hello")
    assert list(redaction.frames(1, line)) == [line]
    began = Began(1, 1, "GET", "/a?b=1", "p")
    assert list(redaction.frames(1, began)) == [began]
    assert list(redaction.frames(1, Ended(1, "complete", 200, 1))) == [Ended(1, "complete", 200, 1)]


def test_waiting_bodies_are_bounded(monkeypatch):
    monkeypatch.setattr("wsgitrace.supervisor.redaction.HELD_LIMIT", 100)
    redaction = Redaction(["default"])
    out = []
    for frame in frames(1, "json", "plain"):
        out += redaction.frames(1, frame)
    assert sum(len(frame.data) for frame in out if isinstance(frame, BodyPart)) <= 100
    assert redaction._held == 0
    assert not any(SECRET.encode() in encode(frame) for frame in out)
    assert encode_events([]) == b""


def test_served_with_it(serve):
    service = serve(
        """
        def app(environ, start_response):
            print("password=" + environ["HTTP_X_API_KEY"])
            start_response("200 OK", [("Set-Cookie", "session=" + environ["HTTP_X_API_KEY"])])
            return [b'{"token": "', environ["HTTP_X_API_KEY"].encode(), b'"}']
        """,
        redact=["default"],
    )
    service.phase("serving")
    assert SECRET.encode() in service.get("/?token=" + SECRET, headers={"X-Api-Key": SECRET})[1]
    service.ended()
    service.supervisor.stop(1.0)
    service.writer.commit()
    assert SECRET.encode() not in everything(service.writer.path)


def test_variables_of_a_traceback_are_masked():
    frame = TracebackFrame("/srv/app.py", 3, "login", {"password": SECRET, "count": 3, "form": f"password={SECRET}"})
    raised = Raised(0, 1, 1, 5, "call", "KeyError", "", 7, (frame,))
    (masked,) = Redaction(["default"]).frames(1, Events(1, 1, encode_events([raised])))
    assert SECRET.encode() not in encode(masked)
    (event,) = decode_events(masked.data, 1)
    assert event.frames[0].variables["count"] == 3
