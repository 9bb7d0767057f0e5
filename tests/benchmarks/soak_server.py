"""What the soak asks: applications of the zoo and of every shape behind one server, traced, with a look at itself.

    python -m tests.benchmarks.soak_server LINK [NAME]...

LINK is the descriptor of a socket that takes what the probe sends; NAMES are of applications, by default all. Prints
one line of JSON when it serves: its port, and what there is to ask. ``/soak/trace`` starts a server with the probe.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import importlib.util
import json
import logging
import os
import socket
import sys
import threading
import warnings
from collections import Counter
from pathlib import Path

from tests.support.transparency_apps import CASES, REQUESTS
from tests.support.wsgi_driver import frames_of
from tests.zoo.animal import LOG, Log
from tests.zoo.animals import ZOO
from wsgitrace.events import Start
from wsgitrace.link import Reader, Remains, Sender, share
from wsgitrace.probe import Probe
from wsgitrace.server import Server

STATE, TRACE = "/soak/state", "/soak/trace"
LEFT_OUT = {
    "beaker_session",  # keeps a session for every request in memory
    "beaker_cache_and_session",
    "werkzeug_profiler_and_lint",  # a profiler is one for all threads
    "flask_behind_profiler_and_lint",
    "werkzeug_debugger",  # keeps the frames of every exception
    "paste_logger_errors_exceptions",
    "opentelemetry_inside_django",  # one Django in a process
    "sentry_inside_django",
    "whitenoise_inside_django",
    "whitenoise_around_django",
    "django_gzip_and_async",
    "django_debug_toolbar",
    "django_and_flask_in_a_dispatcher",
    "cython_class_around_a_function",
    "cython_extension_class",
    "in_a_gevent_pool",  # a hub for every thread
    "in_a_thread_with_its_context",
    "flask_session",  # a file for every request
    "dash_application",
    "mercurial_web",
}


class Forgetful(Log):
    """A log that keeps nothing."""

    keeps = False


class Applications:
    """Each under the first part of the path; what leaves them is told in a header field, frame by frame."""

    def __init__(self, names=()):
        self.made = {name: make(Forgetful()) for name, make in CASES.items() if not names or name in names}
        for name, animal in ZOO.items():
            if (name in names or (not names and name not in LEFT_OUT)) and all(map(_installed, animal.modules)):
                self.made[name] = animal.make(lambda app: app)
        self.soak = {}

    def __call__(self, environ, start_response):
        """Call the one that is meant."""
        name, _, rest = environ["PATH_INFO"][1:].partition("/")
        if name == "soak":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self.soak[rest]()).encode()]
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{name}", f"/{rest}"
        try:
            return self.made[name](environ, start_response)
        except Exception as error:  # noqa: BLE001 -- what a server does
            frames = str(len(frames_of(error)))
            start_response("500 Oops", [("Content-Type", "text/plain"), ("X-Frames", frames)], sys.exc_info())
            return [repr(error).encode()]


def _installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def requests(applications):
    """All that is asked of each application: method, path, body."""
    for name in applications.made:
        if name in CASES:
            wanted = [{"path": path} for path in REQUESTS.get(name, ["/"])]
        else:
            wanted = [*ZOO[name].requests, *ZOO[name].more]
        for request in wanted:
            if request.keys() <= {"path", "method", "body"}:
                body = request.get("body", b"").decode()
                yield {"method": request.get("method", "GET"), "path": f"/{name}{request['path']}", "body": body}


def look(server):
    """What could have been left behind."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)  # what the C library keeps for the next time is not held by anybody
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    kinds = Counter(type(one).__name__ for one in gc.get_objects())
    return {
        "objects": sum(kinds.values()),
        "kinds": dict(kinds.most_common(40)),
        "resident": resident,
        "files": len([*Path("/proc/self/fd").iterdir()]),
        "threads": threading.active_count(),
        "open": server.open_exchanges,
    }


def serving(application, observer=None):
    """A server in a thread of its own, and its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = Server(application, listener, observer=observer)
    threading.Thread(target=server.serve, daemon=True).start()
    return server, listener.getsockname()[1]


def main():
    """Make them, serve without the probe, and with it too when that is wanted."""
    faulthandler.enable()
    logging.disable()
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _unraisable: None
    LOG.keeps = False
    link, *names = sys.argv[1:]
    applications = Applications(names)
    plain, port = serving(applications)
    applications.soak["state"] = lambda: look(plain)

    def trace():
        memory = share()
        sender, debugger = Sender(socket.socket(fileno=int(link)), remains=Remains(memory)), Reader(memory)
        probe = Probe(sender, Start(app="soak", directory=""))
        probe.find_layers(applications, "soak")
        server, traced_port = serving(probe.application(applications), probe)
        applications.soak["state"] = lambda: (
            look(server)
            | {
                "queued": sender.queued,
                "drafts": len([*debugger.drafts()]),
            }
        )
        return traced_port

    applications.soak["trace"] = trace
    sys.stdout.write(json.dumps({"port": port, "asked": list(requests(applications))}) + "\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
