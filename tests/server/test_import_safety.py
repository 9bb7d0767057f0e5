"""What the application does to the interpreter leaves the server alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

SERVE = """
import socket, sys, threading
from wsgitrace.server import Server

{before}

import json

def application(environ, start_response):
    {inside}
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a", environ["wsgi.input"].read(), b"b"]

server = Server(application, listener)

CLIENT = '''
import http.client, sys, threading
def ask():
    client = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
    for _ in range(5):
        client.request("POST", "/", body=b"x" * 100000)
        response = client.getresponse()
        assert response.status == 200, response.status
        assert response.read() == b"a" + b"x" * 100000 + b"b"
    client.close()
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
'''

def stop_when_done(process):
    process.wait()
    server.stop(5)
    if process.returncode:
        print("client failed", process.returncode)

import subprocess
process = Popen([sys.executable, "-c", CLIENT, str(listener.getsockname()[1])])
start_new_thread(stop_when_done, (process,))
server.serve()
print("classes", sorted({{type(c.sock).__module__ for c in seen}}), server.stuck_threads)
"""

BEFORE = """
from subprocess import Popen
from _thread import start_new_thread
listener = socket.create_server(("127.0.0.1", 0))
seen = []
import wsgitrace.server.selector as selector
add = selector.Selector._add
def noting(self, *args):
    add(self, *args)
    seen.append(self._connections[args[0].fileno()])
selector.Selector._add = noting
{}
"""


def run(before, inside="pass"):
    code = SERVE.format(before=BEFORE.format(before), inside=inside)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "client failed" not in done.stdout, done.stdout + done.stderr
    return done.stdout


def test_plainly():
    assert run("") == "classes ['socket'] ()\n"


@pytest.mark.skipif(not importlib.util.find_spec("gevent"), reason="gevent is not installed")
def test_gevent_patching_everything_later():
    """The application patches the world when it is imported, after the server's modules were."""
    out = run(
        "from gevent import monkey; monkey.patch_all(subprocess=False)",
        inside="import time; time.sleep(0.01); threading.Lock().acquire()",
    )
    assert out == "classes ['socket'] ()\n"


def test_nothing_but_the_standard_library():
    code = "import sys; before = set(sys.modules); import wsgitrace.server; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    foreign = {name.partition(".")[0] for name in done.stdout.split()} - set(sys.stdlib_module_names)
    assert foreign == {"wsgitrace"}


def test_safety_does_not_depend_on_asserts():
    code = (
        "from wsgitrace.server.fields import Announced\n"
        "try: Announced('200 OK', [('A', 'b\\r\\nEvil: 1')])\n"
        "except AssertionError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
