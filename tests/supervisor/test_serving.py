from __future__ import annotations

import time

import pytest

from tests.support.served import alive
from tests.support.waiting import until
from wsgitrace.events import ImportFailed, Start, Started
from wsgitrace.replay import replay
from wsgitrace.supervisor import inspect
from wsgitrace.trace import Trace

ECHO = """
import sys

def inner(environ, start_response):
    data = environ["wsgi.input"].read()
    print("serving", environ["PATH_INFO"])
    sys.stderr.write("two\\nlines\\n")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", data]

class Outer:
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        environ["shop.outer"] = "yes"
        return self.app(environ, start_response)

print("imported")
app = Outer(inner)
"""


@pytest.mark.smoke
def test_a_request_goes_all_the_way_into_the_capture(serve):
    service = serve(ECHO)
    state = service.phase("serving")
    assert state.app == "served:app"
    assert service.get("/cart?x=1", "POST", b"sku=7") == (200, b"POST sku=7")
    ended = service.ended()
    assert (ended.number, ended.method, ended.target, ended.status) == (1, "POST", "/cart?x=1", 200)
    assert (ended.how, ended.layers, ended.input, ended.response_size) == ("complete", 2, "full", 10)
    service.supervisor.stop()
    with service.capture() as capture:
        assert [row.number for row in capture.page()] == [1]
        trace = Trace.from_events(capture.events(1))
    assert [span.name for span in trace.spans][1:] == ["Outer", "inner"]
    assert trace.request_body.data == b"sku=7"
    assert trace.response_body.data == b"POST sku=7"


def test_what_is_printed_is_tied_to_its_exchange(serve):
    service = serve(ECHO)
    service.phase("serving")
    service.get("/a")
    service.get("/b")
    until(lambda: len(service.output()) == 7)
    lines = service.output()
    assert ("stdout", "imported", None) in lines
    for number, path in ((1, "/a"), (2, "/b")):
        assert ("stdout", f"serving {path}", number) in lines
        assert [text for stream, text, exchange in lines if stream == "stderr" and exchange == number] == [
            "two",
            "lines",
        ]


def test_what_the_server_says_of_an_exception_is_tied_to_its_exchange(serve):
    service = serve("def app(environ, start_response):\n    raise KeyError('coupon')\n")
    service.phase("serving")
    assert service.get("/")[0] == 500
    until(lambda: ("stderr", "KeyError: 'coupon'", 1) in service.output())
    assert {exchange for _, _, exchange in service.output()} == {1}


def test_the_counters_count(serve):
    service = serve("def app(environ, start_response):\n    start_response('503 Busy', [])\n    return []\n")
    for _ in range(3):
        assert service.get()[0] == 503
    for _ in range(3):
        service.ended()
    until(lambda: service.supervisor.counters.p95 and service.supervisor.counters.rate)
    counters = service.supervisor.counters
    assert (counters.requests, counters.errors, counters.open, counters.dropped) == (3, 3, 0, 0)
    assert counters.rate > 0
    assert 0 < counters.p50 <= counters.p95


def test_an_exchange_is_held_stepped_and_continued(serve):
    service = serve(ECHO)
    service.phase("serving")
    with service.hold("/held") as client:
        (number,) = service.state.held
        assert not service.state.hold_next
        with service.capture() as capture:
            first = until(lambda: (row := capture.summary(number)) and row.held_event)
            service.supervisor.step(number)
            until(lambda: capture.summary(number).held_event > first)
        assert service.get("/other")[0] == 200
        assert service.ended().target == "/other"
        service.supervisor.resume(number)
        with client.makefile("rb") as response:
            assert response.readline() == b"HTTP/1.1 200 OK\r\n"
    held = service.ended()
    assert (held.number, held.target, held.status) == (number, "/held", 200)
    assert held.held > 0
    assert not service.state.held


def test_to_continue_counts_while_a_step_is_on_its_way(serve):
    service = serve(
        "import time\n"
        "def inner(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'over']\n"
        "def app(environ, start_response):\n"
        "    time.sleep(0.5)\n"
        "    return inner(environ, start_response)\n"
    )
    service.phase("serving")
    with service.hold("/held") as client:
        (number,) = service.state.held
        service.supervisor.step(number)
        until(lambda: not service.state.held)
        service.supervisor.resume(number)
        with client.makefile("rb") as response:
            assert response.readline() == b"HTTP/1.1 200 OK\r\n"
    assert service.ended().number == number


def test_a_replay_is_a_new_exchange_that_says_so(serve):
    service = serve(ECHO)
    service.phase("serving")
    service.get("/cart?x=1", "POST", b"sku=7", {"X-Odd": "a  b"})
    original = service.ended()
    with service.capture() as capture:
        until(lambda: (row := capture.summary(1)) and row.done)
        replay(1, capture, service.supervisor)
        again = service.ended()
        assert again.number == 2
        assert again.replay_of == 1
        assert (again.method, again.target, again.status) == ("POST", "/cart?x=1", 200)
        assert (again.peer, again.request_size, again.response_size) == (original.peer, 5, 10)
        until(lambda: (row := capture.summary(2)) and row.done)
        first, second = (Trace.from_events(capture.events(number)) for number in (1, 2))
    assert first.head.raw == second.head.raw
    assert second.request_body.data == b"sku=7"


def test_a_replay_of_a_chunked_body(serve):
    service = serve(ECHO)
    service.phase("serving")
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with service.open(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks):
        assert service.ended().request_size == 5
    with service.capture() as capture:
        until(lambda: (row := capture.summary(1)) and row.done)
        replay(1, capture, service.supervisor)
    assert service.ended().request_size == 5


def test_stopping_ends_the_worker_and_finishes_what_is_open(serve):
    service = serve(
        """
        import time
        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "4")])
            yield b"ab"
            time.sleep(0.3)
            yield b"cd"
        """
    )
    pid = service.phase("serving").pid
    with service.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        until(lambda: service.supervisor.counters.open == 1)
        service.supervisor.stop(10.0)
        assert b"".join(iter(lambda: client.recv(1000), b"")).endswith(b"abcd")
    assert service.ended().how == "complete"
    assert service.state.phase == "gone"
    assert not alive(pid)


def test_stopping_cuts_what_does_not_end(serve):
    service = serve(
        """
        import threading
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"ab"
            threading.Event().wait()
        """
    )
    pid = service.phase("serving").pid
    with service.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        until(lambda: service.supervisor.counters.open == 1)
        began = time.monotonic()
        service.supervisor.stop(0.2)
        assert time.monotonic() - began < 20
    assert service.ended().how in {"cut", "worker gone"}
    assert not alive(pid)


def test_stopping_before_starting_and_twice(serve):
    service = serve(ECHO)
    service.supervisor.stop()
    service.supervisor.stop()
    service.supervisor.resume()


def test_without_a_probe_it_is_served_all_the_same(serve):
    service = serve(ECHO, start={"trace": False})
    service.phase("serving")
    assert service.get("/x")[1] == b"GET "


def test_layers_are_told_without_serving(tmp_path, capfd):
    (tmp_path / "inspected.py").write_text(ECHO)
    layers, started = inspect(Start(app="inspected", directory=str(tmp_path)))
    assert isinstance(started, Started)
    assert [layer.name for layer in layers if layer.kind != "server"] == ["inspected.Outer", "inspected.inner"]
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "imported" in captured.err


def test_layers_of_what_does_not_import(tmp_path):
    (tmp_path / "broken.py").write_text("import no_such_module_at_all\n")
    layers, failed = inspect(Start(app="broken", directory=str(tmp_path)))
    assert isinstance(failed, ImportFailed)
    assert not failed.usage
    assert "no_such_module_at_all" in failed.message
    assert layers == [] or layers[0].kind == "server"
    (tmp_path / "dies.py").write_text("import os\nos._exit(5)\n")
    _, failed = inspect(Start(app="dies", directory=str(tmp_path)))
    assert failed.message == "the process that imported dies ended with exit code 5"
