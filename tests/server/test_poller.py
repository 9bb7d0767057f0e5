"""Both ways of waiting for sockets behave alike."""

from __future__ import annotations

import socket
import threading

import pytest

from wsgitrace.server import poller as module
from wsgitrace.server.poller import PollPoller, ended, new_poller, reset_within, wait_for


@pytest.fixture(params=[PollPoller, new_poller])
def poller(request):
    made = request.param()
    yield made
    made.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def wait(poller, timeout=20):
    while not (ready := poller.wait(timeout)):
        if not timeout:
            break
    return ready


def test_armed_once_reported_once(poller, pair):
    ours, theirs = pair
    poller.arm(ours.fileno())
    assert poller.wait(0) == []
    theirs.send(b"x")
    assert wait(poller) == [ours.fileno()]
    assert poller.wait(0) == []
    poller.arm(ours.fileno())
    assert wait(poller) == [ours.fileno()]


def test_armed_for_writing(poller, pair):
    poller.arm(pair[0].fileno(), writing=True)
    assert wait(poller) == [pair[0].fileno()]


def test_kept_is_reported_each_time_until_forgotten(poller, pair):
    ours, theirs = pair
    poller.keep(ours.fileno())
    theirs.send(b"x")
    assert wait(poller) == wait(poller) == [ours.fileno()]
    poller.forget(ours.fileno())
    poller.forget(ours.fileno())
    assert poller.wait(0) == []


def test_forgotten_while_armed(poller, pair):
    poller.arm(pair[0].fileno())
    poller.forget(pair[0].fileno())
    pair[1].send(b"x")
    assert poller.wait(0) == []


def test_arming_from_another_thread_takes_effect(poller, pair):
    ours, theirs = pair
    theirs.send(b"x")
    threading.Timer(0.01, poller.arm, (ours.fileno(),)).start()
    assert wait(poller) == [ours.fileno()]


def test_wake_from_another_thread(poller):
    threading.Timer(0.01, poller.wake).start()
    assert poller.wait(20) == []
    poller.wake()
    assert poller.wait(20) == []


def test_a_whole_server_on_poll(serve, echo, monkeypatch):
    monkeypatch.setattr(module, "EpollPoller", None)
    running = serve(echo)
    assert isinstance(running.server._selector._poller, PollPoller)
    wires = [running.connect() for _ in range(5)]
    for _ in range(20):
        for wire in wires:
            wire.ask("/", "Content-Length: 2", method="POST", body=b"ok")
        for wire in wires:
            assert wire.answer().body == b"ok"
    running.stop(0)


def test_wait_for_one(pair):
    assert wait_for(pair[0].fileno(), 0, writing=True)
    assert not wait_for(pair[0].fileno(), 0)
    pair[1].send(b"x")
    assert wait_for(pair[0].fileno(), 20)


def test_ended_and_reset():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        servers = [listener.accept()[0] for _ in clients]
    fds = [server.fileno() for server in servers]
    assert ended(fds) == ([], [])
    assert not reset_within(fds[0], 0)
    clients[0].shutdown(socket.SHUT_WR)
    clients[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    clients[1].close()
    assert reset_within(fds[1], 20)
    gone, half = ended(fds)
    assert gone == [fds[1]]
    assert half in ([fds[0]], [])
    for sock in [*servers, clients[0], clients[2]]:
        sock.close()
