from __future__ import annotations

import os
import socket

import pytest

from wsgitrace.link import Rank, Reader, Receiver, Remains, Sender, share
from wsgitrace.link.remains import FRAME_MAX, SIZE


@pytest.fixture
def ends():
    fd = share()
    remains, reader = Remains(fd), Reader(fd)
    os.close(fd)
    yield remains, reader
    reader.close()


def keep(remains, *frames):
    for frame in frames:
        remains.keep(frame, whole=True)


def test_what_was_kept_is_read_from_the_frame_on_that_is_missing(ends):
    remains, reader = ends
    keep(remains, b"a", b"bb", b"", b"dddd")
    assert list(reader.unsent(0)) == [b"a", b"bb", b"dddd"]
    assert list(reader.unsent(1)) == [b"bb", b"dddd"]
    assert list(reader.unsent(4)) == []


def test_frames_that_are_sent_are_forgotten_and_the_count_goes_on(ends):
    remains, reader = ends
    keep(remains, b"a", b"b")
    remains.forget()
    assert list(reader.unsent(0)) == []
    keep(remains, b"c", b"d")
    assert list(reader.unsent(2)) == [b"c", b"d"]
    assert list(reader.unsent(3)) == [b"d"]


def test_bodies_and_giants_leave_a_gap(ends):
    remains, reader = ends
    remains.keep(b"body", whole=False)
    keep(remains, b"x" * (FRAME_MAX + 1), b"last")
    assert list(reader.unsent(0)) == [b"last"]
    assert list(reader.unsent(2)) == [b"last"]


def test_a_full_memory_keeps_the_first_and_starts_again_when_they_are_sent(ends):
    remains, reader = ends
    frames = [b"%06d" % number * 1000 for number in range(SIZE // 6000 + 10)]
    keep(remains, *frames)
    kept = list(reader.unsent(0))
    assert kept == frames[: len(kept)]
    assert len(kept) < len(frames)
    remains.forget()
    keep(remains, b"after")
    assert list(reader.unsent(len(frames))) == [b"after"]


def test_nonsense_is_not_followed(ends):
    remains, reader = ends
    keep(remains, b"good", b"bad")
    remains._memory[16:20] = b"\xff\xff\xff\xff"
    assert list(reader.unsent(0)) == [b"good"]
    remains._memory[:] = b"\xff" * SIZE
    assert list(reader.unsent(0)) == []


def test_what_a_dead_process_had_queued_is_there():
    fd = share()
    reader = Reader(fd)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pid = os.fork()
        if pid == 0:
            sender = Sender(theirs, remains=Remains(fd))
            for number in range(100):
                sender.put(b"%d" % number, Rank.CONTROL)
            os._exit(1)
        os.close(fd)
        theirs.close()
        received = list(Receiver(ours))
        os.waitpid(pid, 0)
    assert received + list(reader.unsent(len(received))) == [b"%d" % number for number in range(100)]
    reader.close()
