"""What the screen costs, and how fast it answers, while an application serves 200 requests a second.

``python -m tests.benchmarks.tui_load [--rate 200] [--seconds 60] [--app demos.hello] [--columns 120 --rows 36]``

Runs ``wsgitrace run`` in a terminal of its own and a client in a process of its own, presses a key four times a second
and waits for what it paints. Prints figures, decides nothing.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.terminal import Terminal

MARK = "━".encode()
"""Painted by nothing but the tabs of the inspector, which the pressed keys change."""

PRESS_EVERY = 0.25
"""Seconds from one key to the next."""

PATIENCE = 5.0
"""Seconds after which a key counts as lost."""

CLIENTS = 8
TARGETS = ("/", "/shop", "/cart?page=2", "/static/app.css", "/api/stock/A-17", "/missing")
ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


class FastTerminal(Terminal):
    """A terminal that only takes what it is sent while it is not looked at: emulating costs more than the screen."""

    looked_at = True

    def _show(self, data: bytes) -> None:
        if self.looked_at:
            super()._show(data)


def client(port: int, rate: float, seconds: float) -> None:
    """Make requests at a steady rate over connections that stay open."""
    sent = [0] * CLIENTS
    start = time.monotonic()

    def run(index: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (due := start + sent[index] * CLIENTS / rate) < start + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("GET", TARGETS[sent[index] % len(TARGETS)])
            connection.getresponse().read()
            sent[index] += 1

    threads = [threading.Thread(target=run, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"requests made                {sum(sent):8}   {sum(sent) / (time.monotonic() - start):.0f} a second")


def key_to_paint(terminal: Terminal, key: str) -> float:
    """Seconds from a key to the first of what it paints."""
    seen = len(terminal.raw)
    start = time.perf_counter()
    terminal.press(key)
    while MARK not in terminal.raw[seen:]:
        if time.perf_counter() - start > PATIENCE:
            return PATIENCE
        time.sleep(0.0005)
    return time.perf_counter() - start


def used(pid: int) -> tuple[float, float]:
    """Resident megabytes and seconds of processor time of a process."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    memory = re.search(r"VmRSS:\s+(\d+)", status)
    return int(memory[1]) / 1024 if memory else 0.0, (int(fields[11]) + int(fields[12])) / TICKS


def measure(terminal: FastTerminal, port: int, rate: float, seconds: float) -> None:
    """Load it, press keys, look."""
    pid = terminal.process.pid
    command = [sys.executable, "-m", "tests.benchmarks.tui_load", "--client", str(port)]
    load = subprocess.Popen([*command, "--rate", str(rate), "--seconds", str(seconds)], cwd=ROOT)
    start = time.monotonic()
    terminal.looked_at = False
    terminal.press("3")
    times: list[float] = []
    checks = {10.0: "memory at 10 s", seconds: f"memory at {seconds:.0f} s"}
    before = used(pid)[1]
    while load.poll() is None:
        times.append(key_to_paint(terminal, "[" if len(times) % 2 else "]"))
        time.sleep(max(0.0, PRESS_EVERY - times[-1]))
        for due in [due for due in checks if time.monotonic() - start >= due - 0.5]:
            print(f"{checks.pop(due):<28} {used(pid)[0]:8.1f} MB")
    spent = used(pid)[1] - before
    times.sort()
    print(f"processor of the debugger    {100 * spent / (time.monotonic() - start):8.1f} % of a core")
    print(f"bytes to the terminal        {len(terminal.raw) / 1024 / seconds:8.1f} kB a second")
    print(f"keys pressed                 {len(times):8}")
    for name, part in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
        print(f"key to paint, {name}            {1000 * times[min(len(times) - 1, int(len(times) * part))]:8.1f} ms")
    terminal.looked_at = True
    terminal.resize(161, 41)
    terminal.wait_for(lambda it: re.search(r"[1-9][\d,]* req", it.lines[0]))
    print(f"top bar                      {' '.join(terminal.lines[0].split())}")


def main() -> None:
    """Run the load, or (``--client``) be it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--app", default="demos.hello")
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=36)
    parser.add_argument("--client", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client is not None:
        client(arguments.client, arguments.rate, arguments.seconds)
        return
    command = [sys.executable, "-m", "wsgitrace", "run", arguments.app, "--port", "0", "--no-reload"]
    with FastTerminal(command, columns=arguments.columns, rows=arguments.rows, cwd=ROOT) as terminal:
        terminal.wait_for("LIVE")
        found = re.search(r"http://127\.0\.0\.1:(\d+)", terminal.text)
        if found is None:
            raise SystemExit("the screen does not tell where it serves")
        measure(terminal, int(found[1]), arguments.rate, arguments.seconds)
        terminal.press("q")
        terminal.wait()


if __name__ == "__main__":
    main()
