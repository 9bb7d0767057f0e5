"""What the application does to the interpreter leaves the server alone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

SERVE = """
import os, socket, sys, threading
from _thread import start_new_thread
from wsgitrace.server import Server
import wsgitrace.server.selector as selector

listener = socket.create_server(("127.0.0.1", 0))
classes = set()
add = selector.Selector._add

def noting(self, *args):
    add(self, *args)
    classes.add(type(args[0].sock).__module__)

selector.Selector._add = noting
{before}

def application(environ, start_response):
    {inside}
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a", environ["wsgi.input"].read(), b"b"]

server = Server(application, listener)

def stop_when_told():
    os.read(0, 1)
    server.stop(5)

start_new_thread(stop_when_told, ())
print(listener.getsockname()[1], flush=True)
server.serve()
print("classes", sorted(classes), server.stuck_threads, flush=True)
os._exit(0)
"""


def ask(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        return [client.post("/", content=b"x" * 100_000).content for _ in range(5)]


def run(before="", inside="pass"):
    """What a process says at its end that did ``before`` and served eight clients at once."""
    command = [sys.executable, "-c", SERVE.format(before=before, inside=inside)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = f"http://127.0.0.1:{int(process.stdout.readline())}"
            with ThreadPoolExecutor(8) as executor:
                for bodies in executor.map(ask, [url] * 8):
                    assert bodies == [b"a" + b"x" * 100_000 + b"b"] * 5
            return process.communicate("\n", timeout=20)[0]
        finally:
            process.kill()


def test_plainly():
    assert run() == "classes ['socket'] ()\n"


@pytest.mark.skipif(not importlib.util.find_spec("gevent"), reason="gevent is not installed")
def test_gevent_patching_everything_later():
    """The application patches the world when it is imported, after the server's modules were."""
    out = run(
        # gevent imports its event loop at the first sleep; several threads at that at once deadlock in import locks.
        "import gevent.monkey; gevent.monkey.patch_all(); gevent.sleep(0)",
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
        "from wsgitrace.server.fields import announce\n"
        "try: announce('200 OK', [('A', 'b\\r\\nEvil: 1')])\n"
        "except AssertionError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
