"""Servers side by side: requests per second, CPU per request, p50 and p99, in interleaved runs with wrk.

``python tests/benchmarks/server_speed.py [--rounds 5] [--seconds 3] [--connections 1,16,64] [--cases hello,browser]
[--servers waitress,gunicorn]``

One line for each case, number of connections and server, with the ratios of ours to it, which are what counts. The
process that runs the application is pinned to one core; the load, and the debugger of the traced one, to the other.
``server`` is ``wsgitrace.server`` alone, ``--no-trace`` and ``traced`` are the whole of ``wsgitrace record``, the last
one with five layers of middleware observed; the others serve the same five layers. Needs wrk, taskset and Linux;
servers that are not installed (``pip install '.[benchmarks]'``) are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Referer": "http://localhost/",
    "Cookie": "session=abcdefghijklmnopqrstuvwxyz0123456789; theme=dark",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Priority": "u=0, i",
}
CASES = {
    "hello": ("/", {}, 0),
    "browser": ("/", BROWSER, 0),
    "8k": ("/8k", BROWSER, 0),
    "1m": ("/1m", BROWSER, 0),
    "chunks": ("/chunks", BROWSER, 0),
    "upload": ("/upload", BROWSER, 64 * 1024),
}
"""Path, fields and bytes of body of each case."""
APPLICATION = """
import logging, socket, sys
logging.disable(logging.CRITICAL)

def plain(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/chunks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"x" * 400] * 20)
    if path == "/upload":
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    size = {"/8k": 8192, "/1m": 1 << 20}.get(path, 13)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size))])
    return [b"x" * size]

class Layer:
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

class Marks(Layer):
    def __call__(self, environ, start_response):
        environ["bench.mark"] = "yes"
        return self.app(environ, start_response)

application = Layer(Marks(Layer(Marks(plain))))
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


@dataclass
class Run:
    """What one measurement gave."""

    rate: float
    cpu: float
    """Microseconds of each request in the process of the application."""
    p50: float
    """Milliseconds."""
    p99: float


@dataclass
class Contestant:
    """One server, the process that runs the application on core 0."""

    name: str
    port: int
    process: subprocess.Popen
    pids: list[int] = field(default_factory=list)
    """Its processes that run the application."""
    runs: list[Run] = field(default_factory=list)

    @classmethod
    def start(cls, name: str, folder: Path) -> Contestant:
        """Start it; returns when it serves."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        file = folder / f"bench_{port}.py"
        file.write_text(APPLICATION, "utf-8")
        if name in {"--no-trace", "traced"}:
            command = [sys.executable, "-m", "wsgitrace", "record", f"{file}:application", "-o", f"{file}.wtrace"]
            command += ["--keep-bytes", "64M", "--port", str(port), *(["--no-trace"] if name == "--no-trace" else [])]
        elif name == "granian":
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--port", str(port)]
            command += ["--working-dir", str(folder), "--blocking-threads", "8", f"{file.stem}:application"]
        else:
            file.write_text(f"{APPLICATION}\nport = {port}\n{SERVE[name]}", "utf-8")
            command = [sys.executable, str(file)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        made = cls(name, port, subprocess.Popen(command, cwd=folder, **quiet))
        made._await()
        made._pin()
        return made

    def _await(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if sock.recv(100):
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not serve")

    def _pin(self) -> None:
        """The children, where there are any, run the application; all else shares a core with the load."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        children = [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text("ascii").split()]
        self.pids = children or [self.process.pid]
        for pid, core in ((self.process.pid, 1), *((pid, 0) for pid in self.pids)):
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {core})

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        total = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def run(self, connections: str, seconds: int, case: str, folder: Path) -> None:
        """One measurement."""
        path, headers, upload = CASES[case]
        load = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        for name, value in headers.items():
            load += ["-H", f"{name}: {value}"]
        if upload:
            script = folder / "upload.lua"
            script.write_text(f'wrk.method = "POST"\nwrk.body = string.rep("x", {upload})\n', "ascii")
            load += ["-s", str(script)]
        before = self.cpu()
        out = subprocess.run([*load, f"http://127.0.0.1:{self.port}{path}"], capture_output=True, text=True, check=True)
        used = self.cpu() - before
        total = int(re.search(r"(\d+) requests in", out.stdout)[1])
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out.stdout)[1])
        p50, p99 = (
            float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
            for number, unit in re.findall(r"(?:50|99)%\s+([\d.]+)(us|ms|s)\s", out.stdout)
        )
        self.runs.append(Run(rate, used / max(total, 1) * 1e6, p50, p99))

    def median(self) -> Run:
        """Of its runs."""
        return Run(*(statistics.median(getattr(run, name) for run in self.runs) for name in Run.__annotations__))


def measure(contestants: list[Contestant], case: str, connections: str, chosen: argparse.Namespace) -> None:
    """All of them in turn, round by round; then a line for each."""
    for contestant in contestants:
        contestant.runs.clear()
    for _ in range(chosen.rounds):
        for contestant in contestants:
            contestant.run(connections, chosen.seconds, case, chosen.folder)
    medians = {contestant.name: contestant.median() for contestant in contestants}
    ours = {name: medians[name] for name in OURS if name in medians}
    for name, run in medians.items():
        figures = f"{run.rate:8.0f}/s {run.cpu:7.1f} us CPU  p50 {run.p50:7.2f}  p99 {run.p99:7.2f} ms"
        ratios = "  ".join(f"{own} x{mine.rate / run.rate:5.2f}" for own, mine in ours.items() if own != name)
        cpu = f"CPU x{ours['server'].cpu / run.cpu:4.2f}" if "server" in ours and run.cpu else ""
        print(f"{case:8} {connections:>3}  {name:10} {figures}   {ratios}  {cpu}", flush=True)


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--servers", default=",".join(SERVE), help="others than ours")
    chosen = parser.parse_args()
    others = [name for name in chosen.servers.split(",") if name not in OURS and find_spec(name)]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        chosen.folder = Path(name)
        contestants = []
        for each in (*OURS, *others):
            contestants.append(Contestant.start(each, chosen.folder))
            stack.callback(contestants[-1].process.wait)
            stack.callback(contestants[-1].process.terminate)
        for case in chosen.cases.split(","):
            for connections in chosen.connections.split(","):
                measure(contestants, case, connections, chosen)


if __name__ == "__main__":
    main()
