from __future__ import annotations

import pytest

from tests.support.waiting import until
from wsgitrace.trace import Trace

CRASHING = """
import ctypes, os, signal

def application(environ, start_response):
    if environ["PATH_INFO"] == "/kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if environ["PATH_INFO"] == "/segfault":
        ctypes.string_at(0)
    if environ["PATH_INFO"] == "/exit":
        os._exit(1)
    start_response("200 OK", [])
    return [b"fine"]

def middleware(environ, start_response):
    return application(environ, start_response)

app = middleware
"""


@pytest.mark.parametrize("way", ["kill", "segfault", "exit"])
def test_the_request_that_ends_its_worker_at_once_shows_how_it_came_there(serve, way):
    service = serve(CRASHING)
    service.phase("serving")
    with service.open(f"GET /{way} HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
        service.phase("gone")
    with service.capture() as capture:
        until(lambda: capture.summary(1) is not None and capture.summary(1).done)
        trace = Trace.from_events(capture.events(1))
    assert trace.head.target == f"/{way}"
    assert [span.name for span in trace.spans] == ["server", "middleware", "application"]
    assert trace.how == "worker gone"
