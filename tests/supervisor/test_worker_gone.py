from __future__ import annotations

import os
import signal
import time

import pytest

from tests.support.served import alive
from tests.support.waiting import until

FATAL = """
import ctypes, os, sys, threading

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/wait":
        start_response("200 OK", [])
        yield b"first"
        threading.Event().wait()
    print("about to", path, flush=True)
    if path == "/segfault":
        ctypes.string_at(0)
    if path == "/exit":
        os._exit(7)
    start_response("200 OK", [])
    yield b"fine"
"""


def kill(service, way):
    if way == "kill":
        os.kill(service.state.pid, signal.SIGKILL)
        return None
    return service.open(f"GET /{way} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("kill", "The worker was killed by SIGKILL (kill -9, or the system when memory ran out)."),
        ("segfault", "The worker was killed by SIGSEGV (segmentation fault)."),
        ("exit", "The worker ended with exit code 7."),
    ],
)
def test_open_exchanges_end_with_their_worker_and_the_next_one_starts_on_demand(serve, way, reason):
    service = serve(FATAL)
    first = service.phase("serving")
    with service.open(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") as waiting:
        until(lambda: b"first" in waiting.recv(10_000))
        culprit = kill(service, way)
        gone = service.phase("gone")
        if culprit is not None:
            culprit.close()
    assert gone.exit_reason == reason
    ended = {summary.target: summary for summary in (service.ended() for _ in range(1 + (culprit is not None)))}
    assert {(summary.how, summary.note) for summary in ended.values()} == {("worker gone", reason)}
    assert ended["/wait"].state == "done"
    if way == "segfault":
        fatal, frame = gone.last_output[-2:]
        assert fatal == "Fatal Python error: Segmentation fault"
        assert frame.startswith('File "')
        assert " line " in frame
    if culprit is not None:
        assert f"about to /{way}" in gone.last_output
        with service.capture() as capture:
            until(lambda: capture.summary(2).done)
            assert capture.events(2)[-1].how == "worker gone"
    service.supervisor.restart()
    second = service.phase("serving")
    assert second.pid != first.pid
    assert (second.restarts, second.exit_reason, second.last_output) == (1, "", ())
    assert service.get("/")[1] == b"fine"
    assert service.ended().worker == 2


def test_a_save_starts_the_next_worker_and_until_then_clients_are_told(serve):
    service = serve(FATAL, reload=True)
    service.phase("serving")
    os.kill(service.state.pid, signal.SIGKILL)
    service.phase("gone")
    for _ in range(2):
        status, body = service.get("/", "POST", b"x" * 200_000)
        assert (status, b"was killed by SIGKILL" in body) == (503, True)
    assert service.get("/", "HEAD") == (503, b"")
    idle = service.open(b"GET / HT")
    service.write(FATAL.replace("fine", "finer"))
    service.phase("serving")
    assert service.get("/")[1] == b"finer"
    idle.close()


def test_death_during_the_import(serve):
    service = serve("import os, sys\nsys.stderr.write('last words')\nos._exit(9)\n", reload=True)
    gone = service.phase("gone")
    assert gone.exit_reason == "The worker ended with exit code 9."
    service.write(FATAL)
    service.phase("serving")
    assert service.get("/")[1] == b"fine"


def test_an_interpreter_that_is_not_there(serve):
    service = serve(FATAL, python="/no/such/python")
    assert "/no/such/python cannot be started" in service.phase("gone").exit_reason
    assert service.get("/") == (
        503,
        b"There is no application: /no/such/python cannot be started: No such file or directory.\n",
    )


def test_a_hanging_import_is_ended_and_replaced(serve):
    service = serve("import time\nprint('hanging', flush=True)\nwhile True:\n    time.sleep(100)\n", reload=True)
    until(lambda: ("stdout", "hanging", None) in service.output())
    hanging = service.state.pid
    service.write(FATAL)
    service.phase("serving")
    assert service.state.pid != hanging
    assert not alive(hanging)
    assert service.get("/")[1] == b"fine"


def test_a_worker_that_ignores_everything_is_killed(serve):
    service = serve(
        """
        import signal, sys, threading
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.setswitchinterval(1000)
        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "5")])
            yield b"start"
            while True:
                pass
        """
    )
    pid = service.phase("serving").pid
    with service.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        until(lambda: b"start" in client.recv(1000))
        began = time.monotonic()
        service.supervisor.stop(0.1)
    assert time.monotonic() - began < 20
    assert not alive(pid)


def test_children_of_the_worker_are_left_alone_and_leave_us_alone(serve):
    service = serve(
        """
        import os, signal
        def app(environ, start_response):
            start_response("200 OK", [])
            pid = os.fork()
            if pid == 0:
                print("from the child", flush=True)
                os._exit(0 if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL else 1)
            return [str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode()]
        """
    )
    service.phase("serving")
    assert service.get() == (200, b"0")
    assert service.get() == (200, b"0")
    until(lambda: sum(text == "from the child" for _, text, _ in service.output()) == 2)
    assert [service.ended().how, service.ended().how] == ["complete", "complete"]


def test_a_child_that_outlives_the_worker_holds_nothing_up(serve):
    service = serve(
        """
        import os, time
        def app(environ, start_response):
            start_response("200 OK", [])
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(0)
            return [str(pid).encode()]
        """
    )
    service.phase("serving")
    child = int(service.get()[1])
    try:
        os.kill(service.state.pid, signal.SIGKILL)
        service.phase("gone")
        began = time.monotonic()
        service.supervisor.stop()
        assert time.monotonic() - began < 20
        assert alive(child)
    finally:
        os.kill(child, signal.SIGKILL)
