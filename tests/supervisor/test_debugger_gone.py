from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.served import alive
from tests.support.waiting import PATIENCE, until

DEBUGGER = """
import json, sys, time
from pathlib import Path
from wsgitrace.capture import Writer
from wsgitrace.events import Start
from wsgitrace.supervisor import Supervisor, bind
listener = bind("127.0.0.1", 0)
writer = Writer.create(Path(sys.argv[1], "recording.wtrace"))
supervisor = Supervisor(Start(app="held", directory=sys.argv[1]), [listener], writer, reload=True)
supervisor.begin_breakpoints([("path:/held", True)])
supervisor.start()
deadline = time.monotonic() + 30
while supervisor.state.phase != "serving":
    time.sleep(0.005)
    assert time.monotonic() < deadline, supervisor.state
supervisor.hold_next()
print(json.dumps([listener.getsockname()[1], supervisor.state.pid]), flush=True)
while not supervisor.state.held:
    time.sleep(0.005)
    assert time.monotonic() < deadline + 30, supervisor.state
print("held", flush=True)
while len(supervisor.state.held) < 5:
    time.sleep(0.005)
print("five", flush=True)
time.sleep(600)
"""

APPS = {
    "held": "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'resumed']\n",
    "prints": """
import logging, os, sys
def app(environ, start_response):
    print("printed")
    sys.stdout.buffer.write(b"bytes")
    logging.warning("logged")
    environ["wsgi.errors"].write("an error")
    os.write(1, b"by descriptor")
    start_response('200 OK', [])
    return [b'resumed']
""",
    "stuck": """
import threading
def app(environ, start_response):
    start_response('200 OK', [('Content-Length', '7')])
    yield b'resumed'
    threading.Event().wait()
""",
    "thread": """
import threading
threading.Thread(target=threading.Event().wait).start()
def app(environ, start_response):
    start_response('200 OK', [])
    return [b'resumed']
""",
}


def held_connection(debugger, port):
    """A connection whose request is held; the worker may learn only after the first ones that it shall hold one."""
    while True:
        client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        ready, _, _ = select.select([client, debugger.stdout], [], [], PATIENCE)
        assert ready
        if debugger.stdout in ready:
            assert debugger.stdout.readline() == "held\n"
            return client
        client.close()


def received(client):
    """What comes until the application's answer is there, or the end."""
    data = b""
    while b"resumed" not in data and (part := client.recv(10_000)):
        data += part
    return data


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_without_its_debugger_lets_go_of_what_is_held_and_ends(tmp_path, app, number):
    (tmp_path / "held.py").write_text(APPS[app])
    with subprocess.Popen(
        [sys.executable, "-c", DEBUGGER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as debugger:
        try:
            port, pid = json.loads(debugger.stdout.readline())
            with held_connection(debugger, port) as client:
                debugger.send_signal(number)
                debugger.wait()
                assert b"resumed" in received(client)
                until(lambda: not alive(pid))
        finally:
            debugger.kill()


def test_all_of_five_that_are_held_get_their_responses_when_the_debugger_is_killed(tmp_path):
    (tmp_path / "held.py").write_text(APPS["held"])
    with contextlib.ExitStack() as stack:
        debugger = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", DEBUGGER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        )
        stack.callback(debugger.kill)
        port, pid = json.loads(debugger.stdout.readline())
        clients = []
        for _ in range(5):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            client.sendall(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
            clients.append(client)
        assert [debugger.stdout.readline() for _ in range(2)] == ["held\n", "five\n"]
        debugger.kill()
        debugger.wait()
        assert [b"resumed" in received(client) for client in clients] == [True] * 5
        until(lambda: not alive(pid))


def test_a_hanging_import_ends_with_the_debugger(tmp_path):
    (tmp_path / "held.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(1000)\n")
    source = DEBUGGER.replace('while supervisor.state.phase != "serving":', "while not supervisor.state.pid:")
    with subprocess.Popen([sys.executable, "-c", source, str(tmp_path)], stdout=subprocess.PIPE, text=True) as debugger:
        _, pid = json.loads(debugger.stdout.readline())
        assert alive(pid)
        os.kill(debugger.pid, signal.SIGKILL)
        debugger.wait()
        until(lambda: not alive(pid))
