"""Promise 1 over real sockets: the server gives the same bytes whether it is watched or not."""

from __future__ import annotations

import re
import socket
import threading

import pytest

from tests.support.fake_sender import FakeSender
from tests.support.frameworks import FRAMEWORKS
from tests.support.transparency_apps import CASES
from tests.support.waiting import PATIENCE, until
from wsgitrace.events import Ended, Start
from wsgitrace.probe import Probe
from wsgitrace.server import Server


def everything(log):
    applications = {f"/{name}": make(log) for name, make in CASES.items()}

    def dispatch(environ, start_response):
        return applications[environ["PATH_INFO"]](environ, start_response)

    return dispatch


class Serving:
    """A server in a thread."""

    def __init__(self, application, observer=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.server = Server(application, self.listener, observer=observer)
        self.thread = threading.Thread(target=self.server.serve, daemon=True)
        self.thread.start()

    def request(self, raw):
        with socket.create_connection(self.address, timeout=PATIENCE) as client:
            client.sendall(raw)
            received = []
            try:
                while data := client.recv(65_536):
                    received.append(data)
            except ConnectionResetError:
                # What a client that cannot see the end of a body otherwise is given when it is cut short.
                received = [b"reset"]
        until(lambda: not self.server.open_exchanges)
        return re.sub(rb"\r\nDate: [^\r]*", b"", b"".join(received))

    def stop(self):
        self.server.stop(PATIENCE)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        self.listener.close()


def raw_requests(paths):
    for path in paths:
        for version in ("1.1", "1.0"):
            head = f"GET {path} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n"
            yield head.encode()
        fields = "Host: x\r\nConnection: close\r\nContent-Length: 8"
        yield f"POST {path} HTTP/1.1\r\n{fields}\r\n\r\nab\ncd\nef".encode()


def answers(application, paths, observer=None):
    serving = Serving(application, observer)
    try:
        return [serving.request(raw) for raw in raw_requests(paths)]
    finally:
        serving.stop()


def traced(application, paths):
    sender = FakeSender()
    probe = Probe(sender, Start(app="tests:app", directory=""))
    try:
        probe.find_layers(application, "tests:app")
        got = answers(probe.application(application), paths, probe)
    finally:
        probe.detach()
    return got, sender


def test_every_shape_over_sockets(capfd):
    paths = [f"/{name}" for name in CASES]
    log, traced_log = [], []
    expected = answers(everything(log), paths)
    got, sender = traced(everything(traced_log), paths)
    assert got == expected
    assert traced_log == log
    assert not sender.faults
    assert len(sender.of(Ended)) == len(expected)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:pkg_resources")  # of the frameworks' own imports
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_frameworks_over_sockets(name, capfd):
    paths = [request["path"] for request in FRAMEWORKS[name].requests]
    if name == "wsgiref_demo":
        pytest.skip("prints the environ, ports included")
    expected = answers(FRAMEWORKS[name].make(), paths)
    got, sender = traced(FRAMEWORKS[name].make(), paths)
    assert got == expected
    assert not sender.faults
