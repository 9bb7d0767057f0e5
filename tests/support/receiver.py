"""A server that only takes requests: what an exported command sends, and whether that is what was recorded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.support.waiting import PATIENCE


class Receiver:
    """A server that keeps the bytes of each request and answers with nothing."""

    def __init__(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.received = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def take(self):
        """Head and body of the one request that came."""
        (data,) = self.received
        self.received.clear()
        return data

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        connection.settimeout(30)
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        fields = fields_of(head)
        if "100-continue" in fields.get("expect", ""):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = "transfer-encoding" in fields
        while (not body.endswith(b"0\r\n\r\n")) if chunked else (len(body) < int(fields.get("content-length", "0"))):
            more = connection.recv(65536)
            if not more:
                break
            body += more
        self.received.append((head, unchunked(body) if chunked else body))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def fields_of(head):
    """Fields by lower-case names."""
    pairs = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
    return {name.lower(): value.strip() for name, _, value in pairs}


def unchunked(data):
    found = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        count = int(size, 16)
        found, data = found + rest[:count], rest[count + 2 :]
        if not count:
            break
    return found


def same(head, sent, *, left_out=()):
    """The same first line and the same fields, whose order tools choose by themselves."""
    first, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    first_sent, *fields_sent = sent.split(b"\r\n")
    assert first_sent == first

    def plain(lines):
        pairs = [line.split(b":", 1) for line in lines]
        return sorted((name.lower(), value.strip()) for name, value in pairs if name.lower() not in left_out)

    assert plain(fields_sent) == plain(fields)


def in_shell(command):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".sh") as script:
        script.write(command)
        script.flush()
        # No proxy and no settings of whoever runs the tests come between; programs beside Python are found first.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        nowhere = {"no_proxy": "*", "NO_PROXY": "*", "HOME": "/nonexistent", "CURL_HOME": "/nonexistent"}
        alone = {**os.environ, **nowhere, "PATH": path}
        done = subprocess.run(["sh", script.name], capture_output=True, timeout=PATIENCE, check=False, env=alone)
    assert done.returncode == 0, done.stderr.decode()
