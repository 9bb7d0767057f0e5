"""What tracing costs a server under load: five layers traced, the same untraced, and waitress, one process each.

    python -m tests.benchmarks.traced_speed [--rounds 5] [--seconds 2] [--connections 1,16,64] [--path /]

Interleaved runs with wrk; prints requests per second, CPU of the application's process per request and p99, then the
ratios, which are what counts. What the probe sends is read by a process that throws it away, on the core of the load.
Needs wrk, taskset and Linux. Decides nothing.
"""

from __future__ import annotations

import argparse
import statistics

from tests.benchmarks.server_speed import Contestant

LAYERS = """
class PassOn:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

stack = PassOn(PassOn(PassOn(PassOn(application))))
"""
SERVE = """
from wsgitrace.server import Server
listener = socket.create_server(("127.0.0.1", port), backlog=1024)
"""
CONTESTANTS = {
    "traced": LAYERS
    + SERVE
    + """
import subprocess
from wsgitrace.events import Start
from wsgitrace.link import Sender
from wsgitrace.probe import Probe

ours, theirs = socket.socketpair()
subprocess.Popen(["taskset", "-c", "1", "cat"], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
probe = Probe(Sender(ours), Start(app="bench", directory=""))
probe.find_layers(stack, "bench")
Server(probe.application(stack), listener, observer=probe).serve()
""",
    "untraced": LAYERS + SERVE + "Server(stack, listener).serve()",
    "waitress": LAYERS
    + """
import waitress
waitress.serve(stack, host="127.0.0.1", port=port, threads=8)
""",
}


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", default="2")
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--path", default="/", help="/, /8k, /1m or /chunks")
    chosen = parser.parse_args()
    contestants = {name: Contestant(code) for name, code in CONTESTANTS.items()}
    try:
        for connections in chosen.connections.split(","):
            for contestant in contestants.values():
                contestant.runs.clear()
            for _ in range(chosen.rounds):
                for contestant in contestants.values():
                    contestant.run(connections, chosen.seconds, chosen.path)
            report(connections, contestants)
    finally:
        for contestant in contestants.values():
            contestant.process.kill()
            contestant.process.wait()


def report(connections: str, contestants: dict[str, Contestant]) -> None:
    """One line for each server, then traced against the others."""
    medians = {}
    for name, contestant in contestants.items():
        medians[name] = rate, cpu, p99 = [statistics.median(column) for column in zip(*contestant.runs, strict=True)]
        print(f"{connections:>3} open  {name:20} {rate:8.0f}/s  {cpu:6.1f} us CPU each  p99 {p99:6.2f} ms")
    for name in ("untraced", "waitress"):
        rate, cpu, p99 = (mine / other for mine, other in zip(medians["traced"], medians[name], strict=True))
        print(f"{connections:>3} open  {'traced / ' + name:20} {rate:8.2f}    {cpu:6.2f}              {p99:6.2f}")
    added = medians["traced"][1] - medians["untraced"][1]
    print(f"{connections:>3} open  {'tracing adds':20} {'':8}    {added:6.1f} us CPU each")


if __name__ == "__main__":
    main()
