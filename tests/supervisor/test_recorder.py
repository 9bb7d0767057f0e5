"""What the recorder tells of exchanges that are over."""

from __future__ import annotations

import contextlib
import queue

import pytest

from wsgitrace.capture import Capture, CaptureError, Writer
from wsgitrace.events import Began, Ended
from wsgitrace.supervisor.recorder import Recorder
from wsgitrace.supervisor.state import Tally


@pytest.fixture
def recorder(tmp_path):
    with contextlib.closing(Writer.create(tmp_path / "x.wtrace")) as writer:
        made = Recorder(writer, Tally())
        made.summaries = queue.SimpleQueue()
        worker = made.new_worker()
        made.add(worker, Began(1, 0, "GET", "/", "peer"))
        made.add(worker, Ended(1, "complete", 200, 1))
        yield made


def test_what_is_over_is_on_disk_once_it_is_told_of(recorder, tmp_path):
    assert recorder.summaries.empty()
    recorder.commit()
    told = recorder.summaries.get_nowait()
    with Capture.open(tmp_path / "x.wtrace") as capture:
        assert capture.summary(told.number).done
    recorder.commit()
    assert recorder.summaries.empty()


def test_it_is_told_of_also_where_the_disk_refuses(recorder, monkeypatch):
    def refuse(_writer):
        raise CaptureError("No space.")

    monkeypatch.setattr(Writer, "commit", refuse)
    recorder.commit()
    assert (recorder.summaries.get_nowait().number, recorder.fault) == (1, "No space.")
    monkeypatch.undo()


def test_a_replay_that_somebody_waits_for_is_told_of_soon(recorder):
    assert not recorder.urgent
    recorder.add(1, Began(2, 0, "GET", "/", "peer", replay_of=1))
    recorder.add(1, Ended(2, "complete", 200, 1))
    assert recorder.urgent
    recorder.commit()
    assert not recorder.urgent
