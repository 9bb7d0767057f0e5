"""Good, slow, broken and hostile clients on one server for ten minutes: ``python -m tests.soak.soak [--minutes 10]``.

Serves ``soak_app`` by ``wsgitrace record``, traced, with short deadlines. Prints how the good clients fared, and the
memory, threads and descriptors of the worker at the beginning, at its worst, and when everybody has left. Ends with 1
if a good client failed, or if what should be flat is not; with 2 if the machine was too busy to tell: too few goes, or
too many good clients that were kept from speaking for longer than the server waits for anybody. Needs Linux (/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak import clients

GOOD = 6
HASTY = 4
PAUSE = 0.2
"""Seconds between two goes of one good or hasty client: the machine has other things to do."""
MINUTE = 60
WARM_UP = 45.0
"""Seconds until the worker is what it will be: threads started, caches filled, buffers grown."""
ENOUGH = 100
"""Goes of good clients that this takes at least, and without which nothing is proved."""
STARVED = 0.02
"""The share of good clients' goes that may come to nothing for want of the machine."""
SHORT = ["--head-timeout", f"{clients.HEAD_TIMEOUT}", "--idle-timeout", f"{clients.IDLE_TIMEOUT}"]
SHORT += ["--body-timeout", "6", "--reader-timeout", "6"]


@dataclass
class Worker:
    """What /proc says of the process under test."""

    pid: int
    most: Counter = field(default_factory=Counter)

    def look(self):
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        values = dict(line.split(":", 1) for line in status.splitlines())
        now = Counter(
            kilobytes=int(values["VmRSS"].split()[0]),
            threads=int(values["Threads"]),
            descriptors=len(list(Path(f"/proc/{self.pid}/fd").iterdir())),
        )
        self.most |= now
        return now


@dataclass
class Score:
    """What became of the clients."""

    goes: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    starved: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)


async def _again_and_again(kind, port, score, until, *, is_good=False, pause=0.0):
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            await kind(port)
        except clients.StarvedError as error:
            score.starved.append(f"{kind.__name__}: {error}")
        except (TimeoutError, OSError, asyncio.IncompleteReadError, AssertionError) as error:
            # Of the others an answer is not expected at all; of those in their right, every one.
            if is_good or isinstance(error, AssertionError):
                score.failures.append(f"{kind.__name__}: {error!r}")
        score.goes[kind.__name__] += 1
        if is_good:
            score.seconds.append(time.monotonic() - began)
            if len(score.seconds) == ENOUGH:
                score.enough.set()
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))


async def _hasty(port, score, until):
    while time.monotonic() < until:
        kind = random.choice(clients.HASTY)
        await _again_and_again(kind, port, score, time.monotonic() + 0.01, pause=PAUSE)


async def _watch(worker, until):
    looks = 0
    while time.monotonic() < until:
        now = worker.look()
        if not looks % MINUTE:
            print(f"minute {looks // MINUTE:2} {dict(now)}", flush=True)
        looks += 1
        await asyncio.sleep(1)


async def _soak(port, worker, minutes):
    score = Score()
    began = time.monotonic()
    until = began + minutes * 60
    tasks = [
        asyncio.create_task(_again_and_again(clients.good, port, score, until, is_good=True, pause=PAUSE))
        for _ in range(GOOD)
    ]
    tasks += [asyncio.create_task(_hasty(port, score, until)) for _ in range(HASTY)]
    for kind, number in clients.PATIENT.items():
        tasks += [asyncio.create_task(_again_and_again(kind, port, score, until, pause=1)) for _ in range(number)]
    watching = asyncio.create_task(_watch(worker, until))
    await asyncio.sleep(min(WARM_UP, minutes * 20))
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(score.enough.wait(), until - time.monotonic())
    warm = worker.most.copy()
    await asyncio.gather(*tasks, watching)
    return score, warm


def _serve(folder, port):
    (folder / "files").mkdir()
    (folder / "files" / "file.bin").write_bytes(b"f" * 50_000)
    command = [sys.executable, "-m", "wsgitrace", "record", str(Path(__file__).with_name("soak_app.py")) + ":app"]
    command += ["-o", str(folder / "soak.wtrace"), "--keep-bytes", "64M", "-b", f"127.0.0.1:{port}", *SHORT]
    command += ["--static", f"/files={folder / 'files'}"]
    log = (folder / "log").open("wb")
    return subprocess.Popen(command, stdout=log, stderr=log)


def _worker_of(process, port):
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 30) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if b" 200 " in sock.recv(1000):
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
                threads = Path(f"/proc/{process.pid}/task").iterdir()
                every = [pid for each in threads for pid in (each / "children").read_text("ascii").split()]
                return Worker(int((children + every)[0]))
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        process = _serve(Path(name), port)
        try:
            worker = _worker_of(process, port)
            before = worker.look()
            score, warm = asyncio.run(_soak(port, worker, minutes))
            # The last of the patient ones run into their deadlines.
            deadline = time.monotonic() + 60
            while worker.look()["descriptors"] > before["descriptors"] and time.monotonic() < deadline:
                time.sleep(0.5)
            after = worker.look()
        finally:
            process.terminate()
            process.wait(30)
        log = (Path(name) / "log").read_text("utf-8", "replace")
    return _report(score, {"before": before, "warm": warm, "most": worker.most, "after": after}, log)


def _report(score, looks, log):
    if not score.seconds:
        print("no good client came to its end")
        return 2
    print("goes   ", dict(score.goes.most_common()))
    ordered = sorted(score.seconds)
    p99 = ordered[len(ordered) * 99 // 100]
    middle, slowest = statistics.median(ordered), ordered[-1]
    print(f"good    {len(ordered)} goes of 10 requests, {middle:.3f} s, p99 {p99:.3f}, at most {slowest:.3f}")
    for label, values in looks.items():
        print(f"{label:7} {dict(values)}")
    wrong = list(score.failures[:20])
    if "error of the server" in log:
        wrong.append(log[log.index("error of the server") - 200 :][:2000])
    if looks["after"]["descriptors"] > looks["before"]["descriptors"]:
        wrong.append("descriptors are left open")
    if looks["most"]["kilobytes"] > looks["warm"]["kilobytes"] * 1.25 + 20_000:
        wrong.append("memory grew")
    print(f"{len(score.starved)} goes of good clients were not judged: the client had no turn in time")
    print("\n".join(wrong) or "nothing went wrong")
    if wrong:
        return 1
    if len(ordered) < 2 * ENOUGH or len(score.starved) > len(ordered) * STARVED:
        print("but the machine was too busy to tell")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
