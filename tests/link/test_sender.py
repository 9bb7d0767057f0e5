from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest

from tests.support.waiting import PATIENCE, until
from wsgitrace.events import Draining, Dropped, decode_worker_frame, encode
from wsgitrace.link import Rank, Receiver, Sender

pytestmark = pytest.mark.smoke


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    with ours, theirs:
        yield ours, theirs


def test_frames_arrive_in_order_from_one_thread(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    for number in range(1000):
        sender.send(Draining(open=number))
    received = iter(Receiver(ours))
    assert [decode_worker_frame(next(received)).open for _ in range(1000)] == list(range(1000))
    sender.close()


def test_frames_of_many_threads_all_arrive(pair):
    ours, theirs = pair
    sender = Sender(theirs)

    def report(start):
        for number in range(start, start + 500):
            sender.send(Draining(open=number))

    threads = [threading.Thread(target=report, args=(start,)) for start in range(0, 4000, 500)]
    for thread in threads:
        thread.start()
    received = iter(Receiver(ours))
    assert {decode_worker_frame(next(received)).open for _ in range(4000)} == set(range(4000))
    for thread in threads:
        thread.join()
    sender.close()


def test_frames_put_within_a_tick_travel_in_one_send():
    class Counting:
        sends = 0

        def sendall(self, data):
            self.sends += 1
            self.got = getattr(self, "got", 0) + len(data)

        def close(self):
            pass

    counting = Counting()
    sender = Sender(counting)
    payload = b"x" * 96
    for _ in range(10_000):
        sender.put(payload)
    assert sender.flush(20)
    assert counting.got == 10_000 * 100
    assert counting.sends < 1000
    sender.close()


def test_put_never_blocks_and_drops_bodies_first_then_detail_and_says_so(pair):
    ours, theirs = pair
    sender = Sender(theirs, limit=100_000)
    filler = b"\xc0" * 10_000
    # Nobody reads: the socket's own buffers fill, then the queue.
    while sender.put(filler, Rank.BODY):
        pass
    until(lambda: sender.queued > 30_000)
    body_bytes = sender.queued
    while sender.put(filler, Rank.DETAIL, count=3):
        pass
    assert sender.queued > body_bytes
    assert not sender.put(filler, Rank.BODY)
    assert sender.put(encode(Draining(open=7)), Rank.CONTROL)
    dropped = sender.dropped
    assert dropped >= 5
    told = None
    draining = None
    for frame in Receiver(ours):
        if frame == filler:
            continue
        match decode_worker_frame(frame):
            case Dropped() as told:
                pass
            case Draining() as draining:
                pass
        if told and draining and told.bodies + told.events == sender.dropped:
            break
    assert told.events == 3
    assert draining.open == 7
    sender.close()


def test_even_control_is_bounded_when_the_debugger_has_stopped(pair):
    _, theirs = pair
    sender = Sender(theirs, limit=100_000)
    until(lambda: not sender.put(b"\xc0" * 1000, Rank.CONTROL))
    assert sender.queued <= 200_000


def test_a_frame_larger_than_the_limit_is_dropped_and_reported_at_once(pair):
    ours, theirs = pair
    sender = Sender(theirs, limit=1000)
    assert not sender.put(b"x" * 5000, Rank.BODY)
    assert decode_worker_frame(next(iter(Receiver(ours)))) == Dropped(bodies=1, events=0)
    sender.close()


def test_ticks_run_while_wanted_and_start_again_on_demand(pair):
    _, theirs = pair
    sender = Sender(theirs)
    calls = []
    sender.every_tick(lambda: len(calls) < 3 and (calls.append(None) or True))
    until(lambda: len(calls) == 3)
    until(lambda: not sender._ticking)
    calls.clear()
    sender.want_ticks()
    until(lambda: len(calls) == 3)
    sender.close()


def test_a_failing_tick_is_never_called_again_and_ends_nothing_else(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    failures = []
    others = []

    def fails():
        failures.append(None)
        raise RuntimeError

    sender.every_tick(fails)
    sender.every_tick(lambda: others.append(None) or len(others) < 5)
    until(lambda: len(others) == 5)
    assert len(failures) == 1
    sender.send(Draining(open=1))
    assert decode_worker_frame(next(iter(Receiver(ours)))).open == 1
    sender.close()


def test_flush_says_false_when_nobody_reads(pair):
    _, theirs = pair
    sender = Sender(theirs)
    sender.put(b"x" * 10_000_000)
    assert not sender.flush(0.05)


def test_close_sends_what_is_queued_and_takes_no_more(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    sender.send(Draining(open=1))
    sender.close()
    assert not sender.put(b"late")
    assert sender.flush(20)
    theirs.shutdown(socket.SHUT_WR)
    assert [decode_worker_frame(frame).open for frame in Receiver(ours)] == [1]


def test_a_vanished_debugger_breaks_the_sender_without_a_word(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    ours.close()
    sender.put(b"x")
    until(lambda: sender.broken)
    assert not sender.put(b"x")
    assert sender.flush(20) in {True, False}


def test_a_forked_child_is_detached_and_the_parent_is_not(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if not sender.put(b"from the child") and theirs.fileno() == -1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    sender.send(Draining(open=5))
    assert decode_worker_frame(next(iter(Receiver(ours)))).open == 5
    sender.close()


def test_a_finalizer_may_report_while_its_thread_is_reporting(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    with sender.lock:
        sender.send(Draining(open=1))
    assert decode_worker_frame(next(iter(Receiver(ours)))).open == 1
    sender.close()


def test_frames_of_who_holds_the_lock_follow_each_other(pair):
    ours, theirs = pair
    sender = Sender(theirs)
    other = threading.Thread(target=sender.send, args=(Draining(open=3),))
    with sender.lock:
        sender.put_next(encode(Draining(open=1)), Rank.CONTROL)
        other.start()
        sender.put_next(encode(Draining(open=2)), Rank.CONTROL)
    received = iter(Receiver(ours))
    assert [decode_worker_frame(next(received)).open for _ in range(3)] == [1, 2, 3]
    other.join()
    sender.close()


def test_gevent_leaves_the_link_alone():
    pytest.importorskip("gevent")
    code = """
import socket, sys
from wsgitrace.link import Sender, Receiver
from wsgitrace.events import Draining
ours, theirs = socket.socketpair()
sender = Sender(theirs)
import gevent.monkey
gevent.monkey.patch_all()
sender.send(Draining(open=3))
assert sender.flush(20)
assert len(next(iter(Receiver(ours)))) > 3
late = Sender(theirs)
late.send(Draining(open=4))
assert late.flush(20)
print("alone")
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "alone\n", done.stderr
