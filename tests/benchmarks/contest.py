"""Servers by turns under the load of wrk, pinned to one core, the load to the other. Needs wrk, taskset, Linux."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
APPLICATION = """
import logging, socket, sys
logging.disable(logging.CRITICAL)

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/chunks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter([b"x" * 400] * 20)
    if path == "/upload":
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    size = {"/8k": 8192, "/1m": 1 << 20}.get(path, 13)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size))])
    return [b"x" * size]
"""


@dataclass(frozen=True)
class Case:
    """What is asked."""

    path: str = "/"
    browser: bool = True
    """With the header fields of a browser."""
    upload: int = 0
    """Bytes of the body."""


CASES = {
    "hello": Case(browser=False),
    "browser": Case(),
    "8k": Case("/8k"),
    "1m": Case("/1m"),
    "chunks": Case("/chunks"),
    "upload": Case("/upload", upload=64 * 1024),
}


@dataclass
class Run:
    """What one measurement gave, or the medians of several."""

    rate: float
    """Requests per second: what is left of two cores that others may be using, so of less worth than CPU."""
    cpu: float
    """Microseconds of each request in the process of the application."""
    beside: float
    """The same in the process that started that one, which is the debugger; 0 where there is none."""
    p50: float
    """Milliseconds."""
    p99: float


class Contestant:
    """One server: the process that runs the application on core 0, all else on that of the load."""

    def __init__(self, name: str, command: Sequence[str], port: int, folder: Path | None = None) -> None:
        self.name = name
        self.port = port
        self.runs: list[Run] = []
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # Linux shares a busy machine out by session. The worker has one of its own; so has every other server, then.
        self.process = subprocess.Popen(command, cwd=folder, start_new_session=True, **quiet)
        self._await()
        self.pids = self._pin()
        """Its processes that run the application."""
        self._signal(signal.SIGSTOP)

    def run(self, case: Case, connections: str, seconds: str) -> None:
        """One measurement, while all other servers stand still: what they still have to do is no load on this one."""
        self._signal(signal.SIGCONT)
        try:
            self._measure(case, connections, seconds)
        finally:
            self._signal(signal.SIGSTOP)

    def _measure(self, case: Case, connections: str, seconds: str) -> None:
        load = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        for name, value in BROWSER.items() if case.browser else ():
            load += ["-H", f"{name}: {value}"]
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            if case.upload:
                script.write(f'wrk.method = "POST"\nwrk.body = string.rep("x", {case.upload})\n')
                script.flush()
            load += ["-s", script.name, f"http://127.0.0.1:{self.port}{case.path}"]
            before, beside = self._cpu(self.pids), self._cpu([self.process.pid])
            out = subprocess.run(load, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out:
            raise SystemExit(f"{self.name} does not answer {case.path} as it should:\n{out}")
        total = max(1, int(re.search(r"(\d+) requests in", out)[1]))
        used = (self._cpu(self.pids) - before) / total * 1e6
        beside = (self._cpu([self.process.pid]) - beside) / total * 1e6 if self.process.pid not in self.pids else 0.0
        p50, p99 = (
            float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
            for number, unit in re.findall(r"(?:50|99)%\s+([\d.]+)(us|ms|s)\s", out)
        )
        self.runs.append(Run(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), used, beside, p50, p99))

    def median(self) -> Run:
        """Of its runs."""
        return Run(*(statistics.median(getattr(run, name) for run in self.runs) for name in Run.__annotations__))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self._signal(signal.SIGCONT)
        self.process.wait()

    def _await(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 30) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if sock.recv(100):
                    return
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not serve")

    def _pin(self) -> list[int]:
        """The children that serve, where there are any, run the application; all else shares a core with the load."""
        children = _children(self.process.pid)
        pythons = [pid for pid in children if "python" in Path(f"/proc/{pid}/exe").readlink().name]
        serving = pythons or [self.process.pid]
        for pid, core in ((self.process.pid, 1), *((pid, 0) for pid in serving)):
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {core})
        return serving

    def _signal(self, number: int) -> None:
        """To all its processes."""
        pids = [self.process.pid]
        for pid in pids:
            pids += _children(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @staticmethod
    def _cpu(pids: Iterable[int]) -> float:
        """Seconds of CPU so far."""
        total = 0
        for pid in pids:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    try:
        tasks = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for task in tasks for child in task.read_text("ascii").split()]
    except FileNotFoundError:
        return []


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def arguments(description: str) -> argparse.ArgumentParser:
    """What every comparison of servers can be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", default="3")
    parser.add_argument("--connections", default="1,16,64")
    return parser


def compare(
    contestants: Sequence[Contestant], cases: dict[str, Case], chosen: argparse.Namespace
) -> Iterator[tuple[str, dict[str, Run]]]:
    """By turns, round by round; for each case and number of connections its label, and the medians by name."""
    for name, case in cases.items():
        for connections in chosen.connections.split(","):
            for contestant in contestants:
                contestant.runs.clear()
            for _ in range(chosen.rounds):
                for contestant in contestants:
                    contestant.run(case, connections, chosen.seconds)
            yield f"{name:8} {connections:>3}", {contestant.name: contestant.median() for contestant in contestants}


def figures(run: Run) -> str:
    """A run in one line."""
    beside = f" and {run.beside:5.1f} beside" if run.beside else ""
    return f"{run.rate:8.0f}/s {run.cpu:7.1f} us CPU{beside:17}  p50 {run.p50:7.2f}  p99 {run.p99:7.2f} ms"
