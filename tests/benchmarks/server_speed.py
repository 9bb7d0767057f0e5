"""Our server against waitress: requests per second, CPU per request and p99, in interleaved runs with wrk.

``python -m tests.benchmarks.server_speed [--rounds 5] [--seconds 3] [--connections 1,16,64] [--path /]``

Prints one line per server and number of connections, then the ratios, which are what counts. The server is pinned to
one core and the load to another. Needs wrk, taskset and Linux.
"""

from __future__ import annotations

from tests.benchmarks.contest import arguments, compare, print_ratio

SERVERS = {
    "wsgitrace": """
from wsgitrace.server import Server
Server(application, socket.create_server(("127.0.0.1", port), backlog=1024)).serve()
""",
    "waitress": """
import waitress
waitress.serve(application, host="127.0.0.1", port=port, threads=8)
""",
}


def main() -> None:
    """Measure, print."""
    for connections, medians in compare(SERVERS, arguments(__doc__.splitlines()[0]).parse_args()):
        print_ratio(connections, medians, "wsgitrace", "waitress")


if __name__ == "__main__":
    main()
