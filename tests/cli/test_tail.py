from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from tests.support.traffic import all_frames
from tests.support.waiting import until
from wsgitrace.capture import Capture, Writer
from wsgitrace.cli.following import Follower
from wsgitrace.events import Began, Ended
from wsgitrace.query import parse


@pytest.fixture
def recording(tmp_path):
    """A writer, and its worker, with three exchanges of which the second is open."""
    writer = Writer.create(tmp_path / "x.wtrace", keep_exchanges=20)
    worker = writer.new_worker()
    add(writer, worker, range(1, 2))
    writer.add(worker, Began(2, 2, "GET", "/stream", "p:1"))
    add(writer, worker, range(3, 4))
    yield writer, worker
    writer.close()


def add(writer, worker, locals_):
    for frame in all_frames(locals_, 1_763_820_127_000_000_000):
        writer.add(worker, frame)
    writer.commit()


def taken(follower):
    return [summary.number for summary in follower.take()]


def test_each_is_given_once_when_it_ends(recording):
    writer, worker = recording
    with Capture.open(writer.path) as capture:
        follower = Follower(capture, writer.path, after=0)
        assert taken(follower) == [1, 3]
        assert taken(follower) == []
        add(writer, worker, range(4, 6))
        assert taken(follower) == [4, 5]
        writer.add(worker, Ended(2, "complete", 200, 1))
        add(writer, worker, range(6, 7))
        assert taken(follower) == [2, 6]
        assert (follower.live, follower.gone, follower.missed) == (True, False, 0)


def test_what_was_open_at_the_beginning_is_given_at_its_end(recording):
    writer, worker = recording
    with Capture.open(writer.path) as capture:
        follower = Follower(capture, writer.path, after=3)
        assert taken(follower) == []
        writer.add(worker, Ended(2, "complete", 200, 1))
        writer.commit()
        assert taken(follower) == [2]


def test_text_chooses(recording):
    writer, worker = recording
    with Capture.open(writer.path) as capture:
        follower = Follower(capture, writer.path, after=0, where=parse('"/stream 500"'))
        writer.add(worker, Ended(2, "complete", 500, 1))
        writer.commit()
        assert taken(follower) == [2]
        assert taken(Follower(capture, writer.path, after=0, where=parse("stream 200"))) == []


def test_what_is_evicted_meanwhile_is_counted(recording):
    writer, worker = recording
    with Capture.open(writer.path) as capture:
        follower = Follower(capture, writer.path, after=0)
        assert taken(follower) == [1, 3]
        writer.add(worker, Ended(2, "complete", 200, 1))
        for start in range(4, 64, 10):
            add(writer, worker, range(start, start + 10))
        assert taken(follower) == list(range(44, 64))
        assert follower.missed == 41


def test_more_than_one_stretch(tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace", keep_exchanges=None)
    add(writer, writer.new_worker(), range(1, 1_204))
    with Capture.open(writer.path) as capture:
        assert taken(Follower(capture, writer.path, after=0)) == list(range(1, 1_204))
    writer.close()


class Tail:
    """The verb in a process of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wsgitrace", "tail", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.out, self.err = [], []
        self.readers = [
            threading.Thread(target=lambda: self.out.extend(iter(self.process.stdout.readline, ""))),
            threading.Thread(target=lambda: self.err.extend(iter(self.process.stderr.readline, ""))),
        ]
        for reader in self.readers:
            reader.start()

    def end(self, number=None):
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        for reader in self.readers:
            reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def tail():
    started = []

    def start(*arguments):
        started.append(Tail(*arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.end()


def test_follows_until_interrupted(recording, tail):
    writer, worker = recording
    following = tail(writer.path, "-n", "1")
    until(lambda: following.out)
    assert "#3 " in following.out[0]
    add(writer, worker, range(4, 5))
    until(lambda: len(following.out) == 2)
    assert "#4 " in following.out[1]
    assert following.end(signal.SIGINT) == 130
    assert following.err == []


def test_json_lines_and_the_end_of_the_recording_and_of_the_file(recording, tail):
    writer, worker = recording
    following = tail(writer.path, "--json")
    until(lambda: len(following.out) == 2)
    writer.add(worker, Ended(2, "complete", 200, 1))
    writer.close()
    until(lambda: len(following.out) == 3)
    assert [json.loads(line)["number"] for line in following.out] == [1, 3, 2]
    until(lambda: following.err)
    assert "nobody is recording to" in following.err[0]
    again = Writer.create(writer.path)
    add(again, again.new_worker(), range(1, 2))
    until(lambda: len(following.out) == 4)
    again.close()
    writer.path.unlink()
    assert following.end() == 0
    assert "was removed" in following.err[-1]


def test_what_is_no_recording(verb, tmp_path):
    (tmp_path / "x.txt").write_text("hello, I am no database at all\n" * 100)
    code, out, err = verb("tail", tmp_path / "x.txt")
    assert (code, out) == (2, "")
    assert "is not a wsgitrace capture" in err
