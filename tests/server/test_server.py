"""Serving, replacing the application, and stopping: graceful, within its deadline, always."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from wsgitrace.server import Server, ServerOptions


@pytest.fixture
def waiting():
    """An application that waits, and the means to let it go."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def application(environ, start_response):
        entered.release()
        leave.wait(20)
        start_response("200 OK", [])
        return [b"done"]

    application.entered = entered
    application.leave = leave
    yield application
    leave.set()


def test_the_application_may_be_replaced_between_requests(serve, hello):
    def other(environ, start_response):
        start_response("200 OK", [])
        return [b"other"]

    running = serve(hello)
    wire = running.connect()
    assert wire.get().body == b"hello"
    running.server.application = other
    assert wire.get().body == b"other"


def test_open_exchanges(serve, waiting, wait_until):
    running = serve(waiting)
    assert running.server.open_exchanges == 0
    wires = [running.connect().ask() for _ in range(3)]
    wait_until(lambda: running.server.open_exchanges == 3)
    waiting.leave.set()
    for wire in wires:
        wire.answer()
    wait_until(lambda: running.server.open_exchanges == 0)


def test_stop_finishes_what_is_open_and_says_close(serve, waiting):
    running = serve(waiting)
    idle = running.connect()
    wire = running.connect().ask()
    assert waiting.entered.acquire(timeout=20)
    running.server.stop(20)
    assert idle.is_closed()
    waiting.leave.set()
    answer = wire.answer()
    assert (answer.body, answer.get("Connection")) == (b"done", "close")
    wire.close()
    running.thread.join(20)
    assert not running.thread.is_alive()
    assert running.server.stuck_threads == ()


def test_stop_lets_a_half_sent_head_finish(serve, hello, wait_until):
    running = serve(hello)
    wire = running.connect().send(b"GET / HTTP/1.1\r\n")
    selector = running.server._selector
    wait_until(lambda: any(connection.buffer for connection in selector._connections.values()))
    running.server.stop(20)
    assert wire.send(b"Host: x\r\n\r\n").answer().code == 200


def test_stop_cuts_what_is_left_at_its_deadline(serve, notes):
    def application(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"x" * 1000
            time.sleep(0.001)

    running = serve(application, observer=notes)
    wire = running.connect().ask()
    wire.head()
    running.stop(0.05)
    assert notes.wait("done") == [(False,)]
    assert running.server.stuck_threads == ()


def test_threads_that_do_not_end_are_named(serve, waiting):
    running = serve(waiting)
    running.connect().ask()
    assert waiting.entered.acquire(timeout=20)
    running.stop(0)
    assert running.server.stuck_threads == ("wsgi-1",)
    assert running.server.open_exchanges == 1


def test_a_second_stop_can_only_hasten(serve, waiting):
    running = serve(waiting)
    running.connect().ask()
    assert waiting.entered.acquire(timeout=20)
    running.server.stop(1000)
    running.server.stop(0.01)
    running.server.stop(1000)
    running.thread.join(20)
    assert not running.thread.is_alive()


def test_stop_before_serve(hello):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(hello, listener)
        server.stop(0)
        server.serve()


def test_the_listener_stays_open_for_its_owner(serve, hello):
    running = serve(hello)
    running.stop()
    with socket.create_connection(running.address, timeout=20) as waiting:
        waiting.sendall(b"GET / HTTP/1.0\r\n\r\n")
        server = Server(hello, running.listener)
        thread = threading.Thread(target=server.serve)
        thread.start()
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 OK")
        server.stop(0)
        thread.join(20)


def test_inject_after_stop_is_closed(serve, waiting):
    running = serve(waiting)
    running.connect().ask()
    assert waiting.entered.acquire(timeout=20)
    running.server.stop(20)
    assert running.inject("1.2.3.4:5").is_closed()
    waiting.leave.set()


def test_threads_are_named_and_end(serve, hello):
    names = []

    def application(environ, start_response):
        names.append(threading.current_thread().name)
        return hello(environ, start_response)

    running = serve(application)
    running.connect().get()
    assert names == ["wsgi-1"]


@pytest.mark.parametrize(
    "facts", [{"threads": 0}, {"head_timeout": -1}, {"threads": 9, "max_threads": 8}, {"body_limit": 0}], ids=repr
)
def test_bounds_must_make_sense(facts):
    with pytest.raises(ValueError, match=next(iter(facts)) if len(facts) == 1 else "max_threads"):
        ServerOptions(**facts)


def test_descriptors_and_threads_are_back_where_they_were(serve, hello, wait_until):
    import os  # noqa: PLC0415 -- only where /proc is

    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112 -- one question
        pytest.skip("no /proc")

    def count():
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- a count

    running = serve(hello)
    running.connect().get()
    before = count()
    for _ in range(50):
        wire = running.connect()
        wire.get()
        wire.close()
        running.connect().send(b"nonsense\r\n\r\n").rest()
    for wire in running.wires[1:]:
        wire.close()
    wait_until(lambda: count() <= before, "descriptors closed")
