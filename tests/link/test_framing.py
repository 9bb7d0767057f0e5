from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.link import FrameError, FrameReader, Receiver, send_frame

pytestmark = pytest.mark.smoke


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 97))
def test_frames_survive_any_fragmentation(payloads, piece):
    wire = b"".join(len(payload).to_bytes(4, "little") + payload for payload in payloads)
    reader = FrameReader()
    out = [frame for at in range(0, len(wire), piece) for frame in reader.feed(wire[at : at + piece])]
    assert out == payloads
    assert reader.unfinished == 0


def test_a_large_frame_in_many_pieces_is_joined_once():
    payload = bytes(range(256)) * 200_000
    wire = len(payload).to_bytes(4, "little") + payload
    reader = FrameReader()
    view = memoryview(wire)
    pieces = [bytes(view[at : at + 1000]) for at in range(0, len(wire), 1000)]
    frames = [frame for piece in pieces for frame in reader.feed(piece)]
    assert frames == [payload]


def test_an_announced_length_beyond_the_limit_is_nonsense_before_anything_is_buffered():
    with pytest.raises(FrameError, match="announced"):
        FrameReader(limit=100).feed((101).to_bytes(4, "little"))


def test_a_receiver_yields_whole_frames_until_the_other_end_is_gone():
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            sending = threading.Thread(target=lambda: [send_frame(theirs, bytes([n]) * 100_000) for n in range(20)])
            sending.start()
            receiver = iter(Receiver(ours))
            frames = [next(receiver) for _ in range(20)]
            sending.join()
            theirs.sendall((5).to_bytes(4, "little") + b"cut")
        assert list(receiver) == []
    assert frames == [bytes([n]) * 100_000 for n in range(20)]


def test_a_receiver_refuses_nonsense():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(FrameError):
            list(Receiver(ours))
