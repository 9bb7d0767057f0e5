"""Servers side by side: requests per second, CPU per request, p50 and p99, in interleaved runs with wrk.

    python -m tests.benchmarks.server_speed [--rounds 5] [--seconds 3] [--connections 1,16,64] [--cases hello,browser]
                                            [--servers waitress,gunicorn]

One line for each case, number of connections and server, with the ratios of ours to it, which are what counts. The
process that runs the application is pinned to one core; the load, and the debugger of the traced one, to the other.
``server`` is ``wsgitrace.server`` alone, ``--no-trace`` and ``traced`` are the whole of ``wsgitrace record``, the last
one with five layers of middleware observed; the others serve the same five layers. The debugger's own CPU is what
stands ``beside``: it takes the load's core from the load, so that where it is much, rates say less than CPU. Needs wrk,
taskset and Linux; servers that are not installed (``pip install '.[benchmarks]'``) are left out.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.contest import APPLICATION, CASES, Contestant, Run, arguments, compare, figures, free_port

LAYERS = """
class Layer:
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

class Marks(Layer):
    def __call__(self, environ, start_response):
        environ["bench.mark"] = "yes"
        return self.app(environ, start_response)

application = Layer(Marks(Layer(Marks(application))))
"""
SERVE = {
    "server": """
from wsgitrace.server import Server
Server(application, socket.create_server(("127.0.0.1", port), backlog=1024)).serve()
""",
    "waitress": """
import waitress
waitress.serve(application, host="127.0.0.1", port=port, threads=8)
""",
    "gunicorn": """
from gunicorn.app.base import BaseApplication
class Bench(BaseApplication):
    def load_config(self):
        for name, value in {"bind": f"127.0.0.1:{port}", "worker_class": "gthread", "threads": 8}.items():
            self.cfg.set(name, value)
    def load(self):
        return application
Bench().run()
""",
    "cheroot": """
from cheroot.wsgi import Server
Server(("127.0.0.1", port), application, numthreads=8, request_queue_size=1024).start()
""",
    "werkzeug": """
from werkzeug.serving import make_server, WSGIRequestHandler
class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_request(self, *_): pass
make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet).serve_forever()
""",
    "wsgiref": """
from wsgiref.simple_server import make_server, WSGIRequestHandler
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
make_server("127.0.0.1", port, application, handler_class=Quiet).serve_forever()
""",
    "granian": "",  # by its own command
}
OURS = ("server", "--no-trace", "traced")


def start(name: str, folder: Path) -> Contestant:
    """Start a server; returns when it serves."""
    port = free_port()
    file = folder / f"bench_{port}.py"
    file.write_text(APPLICATION + LAYERS, "utf-8")
    if name in {"--no-trace", "traced"}:
        command = [sys.executable, "-m", "wsgitrace", "record", f"{file}:application", "-o", f"{file}.wtrace"]
        command += ["--keep-bytes", "64M", "--port", str(port), *(["--no-trace"] if name == "--no-trace" else [])]
    elif name == "granian":
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--port", str(port)]
        command += ["--working-dir", str(folder), "--blocking-threads", "8", f"{file.stem}:application"]
    else:
        file.write_text(f"{APPLICATION}{LAYERS}\nport = {port}\n{SERVE[name]}", "utf-8")
        command = [sys.executable, str(file)]
    return Contestant(name, command, port, folder)


def show(label: str, medians: dict[str, Run]) -> None:
    """A line for each."""
    ours = {name: medians[name] for name in OURS if name in medians}
    for name, run in medians.items():
        ratios = "  ".join(f"{own} x{mine.rate / run.rate:5.2f}" for own, mine in ours.items() if own != name)
        cpu = "  ".join(f"x{mine.cpu / run.cpu:4.2f}" for own, mine in ours.items() if own != name and run.cpu)
        print(f"{label}  {name:10} {figures(run)}   {ratios}   CPU {cpu}", flush=True)


def main() -> None:
    """Measure, print."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--servers", default=",".join(SERVE), help="others than ours")
    chosen = parser.parse_args()
    others = [name for name in chosen.servers.split(",") if name not in OURS and find_spec(name)]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        contestants = []
        for each in (*OURS, *others):
            contestants.append(start(each, Path(name)))
            stack.callback(contestants[-1].stop)
        cases = {case: CASES[case] for case in chosen.cases.split(",")}
        for label, medians in compare(contestants, cases, chosen):
            show(label, medians)


if __name__ == "__main__":
    main()
