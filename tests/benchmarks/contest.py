"""Servers by turns under the load of wrk, pinned to one core, the load to the other. Needs wrk, taskset, Linux."""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    size = {"/8k": 8192, "/1m": 1 << 20}.get(path, 13)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(size))])
    return [b"x" * size]

port = int(sys.argv[1])
"""


class Contestant:
    """One server process on core 0."""

    def __init__(self, code: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = ["taskset", "-c", "0", sys.executable, "-c", APPLICATION + code, str(self.port)]
        self.process = subprocess.Popen(command)
        self.runs: list[tuple[float, float, float]] = []
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self, connections: str, seconds: str, path: str) -> None:
        """One measurement."""
        fields = [part for name, value in BROWSER.items() for part in ("-H", f"{name}: {value}")]
        load = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *fields]
        before = self.cpu()
        out = subprocess.run([*load, f"http://127.0.0.1:{self.port}{path}"], capture_output=True, text=True, check=True)
        used = self.cpu() - before
        total = int(re.search(r"(\d+) requests in", out.stdout)[1])
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out.stdout)[1])
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\s", out.stdout).groups()
        self.runs.append((rate, used / total * 1e6, float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]))


Medians = dict[str, tuple[float, float, float]]
"""Of each server: requests per second, microseconds of CPU for each, milliseconds of p99."""


def arguments(description: str) -> argparse.ArgumentParser:
    """What every comparison of servers can be told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", default="3")
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--path", default="/", help="/, /8k, /1m or /chunks")
    return parser


def compare(servers: dict[str, str], chosen: argparse.Namespace) -> Iterator[tuple[str, Medians]]:
    """Run servers by turns; for each number of connections print one line for each, and give the medians."""
    contestants = {name: Contestant(code) for name, code in servers.items()}
    try:
        for connections in chosen.connections.split(","):
            for contestant in contestants.values():
                contestant.runs.clear()
            for _ in range(chosen.rounds):
                for contestant in contestants.values():
                    contestant.run(connections, chosen.seconds, chosen.path)
            medians: Medians = {}
            for name, contestant in contestants.items():
                rate, cpu, p99 = medians[name] = tuple(
                    statistics.median(column) for column in zip(*contestant.runs, strict=True)
                )
                print(f"{connections:>3} open  {name:24} {rate:8.0f}/s  {cpu:6.1f} us CPU each  p99 {p99:6.2f} ms")
            yield connections, medians
    finally:
        for contestant in contestants.values():
            contestant.process.kill()
            contestant.process.wait()


def print_ratio(connections: str, medians: Medians, mine: str, other: str) -> None:
    """One server against another."""
    rate, cpu, p99 = (one / two for one, two in zip(medians[mine], medians[other], strict=True))
    print(f"{connections:>3} open  {mine + ' / ' + other:24} {rate:8.2f}    {cpu:6.2f}              {p99:6.2f}")
