"""What tracing costs a server under load: an application traced, the same untraced, and waitress, one process each.

    python -m tests.benchmarks.traced_speed [--application layers|flask|django] [--rounds 5] [--seconds 3]
                                            [--connections 1,16,64] [--path /]

Interleaved runs with wrk; prints requests per second, CPU of the application's process per request and p99, then the
ratios, which are what counts. What the probe sends is read by a process that throws it away, on the core of the load.
``layers`` are five of which two change something; of frameworks it is their hello with five layers of their own. Needs
wrk, taskset and Linux. Decides nothing.
"""

from __future__ import annotations

import contextlib
import sys

from tests.benchmarks.contest import APPLICATION, Case, Contestant, arguments, compare, figures, free_port

APPLICATIONS = {
    "layers": "from tests.benchmarks.stacks import stack\napplication = stack(5, 2, application)\n",
    "flask": "from tests.benchmarks.framework_stacks import flask_hello\napplication = flask_hello(4)\n",
    "django": "from tests.benchmarks.framework_stacks import django_hello\napplication = django_hello(4)\n",
}
LISTENER = """
from wsgitrace.server import Server
listener = socket.create_server(("127.0.0.1", port), backlog=1024)
"""
SERVERS = {
    "traced": LISTENER
    + """
import subprocess
from wsgitrace.events import Start
from wsgitrace.link import Remains, Sender, share
from wsgitrace.probe import Probe

ours, theirs = socket.socketpair()
subprocess.Popen(["taskset", "-c", "1", "cat"], stdin=theirs, stdout=subprocess.DEVNULL)
theirs.close()
probe = Probe(Sender(ours, remains=Remains(share())), Start(app="bench", directory=""))
probe.find_layers(application, "bench")
Server(probe.application(application), listener, observer=probe).serve()
""",
    "untraced": LISTENER + "Server(application, listener).serve()",
    "waitress": """
import waitress
waitress.serve(application, host="127.0.0.1", port=port, threads=8)
""",
}


def main() -> None:
    """Measure, print."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--application", choices=APPLICATIONS, default="layers")
    parser.add_argument("--path", default="/", help="/, /8k, /1m or /chunks")
    chosen = parser.parse_args()
    path = chosen.path if chosen.application == "layers" else "/shop"
    with contextlib.ExitStack() as stack:
        contestants = []
        for name, code in SERVERS.items():
            port = free_port()
            program = f"{APPLICATION}\nport = {port}\n{APPLICATIONS[chosen.application]}{code}"
            contestants.append(Contestant(name, [sys.executable, "-c", program], port))
            stack.callback(contestants[-1].stop)
        for label, medians in compare(contestants, {path: Case(path)}, chosen):
            for name, run in medians.items():
                print(f"{label}  {name:10} {figures(run)}")
            traced = medians["traced"]
            for name in ("untraced", "waitress"):
                other = medians[name]
                ratios = f"rate {traced.rate / other.rate:5.2f}, CPU {traced.cpu / other.cpu:5.2f}"
                print(f"{label}  traced / {name:9} {ratios}, p99 {traced.p99 / other.p99:5.2f}")
            print(f"{label}  tracing adds {traced.cpu - medians['untraced'].cpu:6.1f} us of CPU to each", flush=True)


if __name__ == "__main__":
    main()
