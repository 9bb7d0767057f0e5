"""Servers side by side: requests per second, CPU per request, p50 and p99, in interleaved runs with wrk.

    python -m tests.benchmarks.server_speed [--rounds 5] [--seconds 3] [--connections 1,16,64] [--cases hello,browser]
                                            [--servers waitress,gunicorn]

One line for each case, number of connections and server, with the ratios of ours to it, which are what counts. The
process that runs the application is pinned to one core; the load, and the debugger of the traced one, to the other.
Where a ratio misses its target, what a request is made of follows, timed in the same run, piece by piece.
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
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contest import APPLICATION, CASES, Contestant, arguments, compare, figures, free_port
from tests.benchmarks.request_pieces import FITS, request_bytes, sending, table, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.contest import Run

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
FASTER = {
    "server": {"waitress": 3.5, "gunicorn": 5.0, "werkzeug": 10.0},
    "--no-trace": {"waitress": 3.5, "gunicorn": 5.0, "werkzeug": 10.0},
    "traced": {"waitress": 2.0, "gunicorn": 2.8, "werkzeug": 5.0, "--no-trace": 0.5},
}
"""How many times as many requests a second are aimed at with a browser's, on 16 connections and more."""
FASTER_THAN_WAITRESS = {"8k": 1.3, "chunks": 1.5, "1": 1.2}
"""The same of the traced one against waitress in other cases, and on one connection."""
CPU_OF_WAITRESS = 0.28
"""Of the untraced ones, at most."""


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


def missed(label: str, medians: dict[str, Run]) -> Iterator[tuple[str, str]]:
    """Which of ours misses what."""
    case, connections = label.split()
    for own, wanted in FASTER.items():
        for other, times in wanted.items():
            if own not in medians or other not in medians:
                continue
            aim = times
            if own == "traced" and (case not in {"hello", "browser"} or connections == "1"):
                aim = FASTER_THAN_WAITRESS.get(case, FASTER_THAN_WAITRESS.get(connections)) or 0.0
                aim = aim if other == "waitress" else 0.0
            elif own != "traced" and connections == "1":
                aim = 0.0
            ratio = medians[own].rate / medians[other].rate
            if ratio < aim:
                yield own, f"x{ratio:.2f} of {other}, target x{aim:g}"
        if own != "traced" and own in medians and "waitress" in medians:
            ratio = medians[own].cpu / medians["waitress"].cpu
            if ratio > CPU_OF_WAITRESS:
                yield own, f"CPU x{ratio:.3f} of waitress, target x{CPU_OF_WAITRESS}"


def explain(label: str, medians: dict[str, Run]) -> None:
    """Beside each of ours that misses a target: where its time goes."""
    misses: dict[str, list[str]] = {}
    for own, what in missed(label, medians):
        misses.setdefault(own, []).append(what)
    name = label.split(maxsplit=1)[0]
    scope: dict[str, Any] = {}
    exec(APPLICATION + LAYERS, scope)
    for own, whats in misses.items():
        print(f"{label}  {own} misses its target: {'; '.join(whats)}", flush=True)
        if name in FITS:
            with sending() if own == "traced" else contextlib.nullcontext() as sender:
                pieces = where(scope["application"], request_bytes(CASES[name]), sender)
            for line in table(pieces, medians[own].cpu):
                print(f"{label}      {line}", flush=True)


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
            explain(label, medians)


if __name__ == "__main__":
    main()
