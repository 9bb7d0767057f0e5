"""What mitmproxy costs as a reverse proxy in front of an application: CPU of its own process for each request."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

from wsgitrace.server import Server

REQUESTS = 300
START = 60.0


def proxy_cost(application, rounds):
    """Microseconds for each request, round by round."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(application, listener)
    threading.Thread(target=server.serve, daemon=True).start()
    port = _free_port()
    target = f"reverse:http://127.0.0.1:{listener.getsockname()[1]}"
    proxy = subprocess.Popen(
        ["mitmdump", "-q", "--mode", target, "--listen-host", "127.0.0.1", "--listen-port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        connection = _connected(port)
        _ask(connection)  # the first ones are dearer
        costs = []
        for _ in range(rounds):
            before = _cpu(proxy.pid)
            _ask(connection)
            costs.append((_cpu(proxy.pid) - before) / REQUESTS)
        return costs
    finally:
        proxy.terminate()
        proxy.wait()
        server.stop(1.0)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def _connected(port):
    deadline = time.monotonic() + START
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
        try:
            connection.connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection


def _ask(connection):
    for _ in range(REQUESTS):
        connection.request("GET", "/shop?page=1")
        connection.getresponse().read()


def _cpu(pid):
    """Microseconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")
