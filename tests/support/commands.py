"""Commands as a user gives them: servers with a process and a URL, and verbs that end by themselves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Self

from click.testing import CliRunner

from tests.support.waiting import PATIENCE
from wsgitrace.cli.group import run_verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WSGITRACE = (sys.executable, "-m", "wsgitrace")
WAITRESS = """
import importlib, sys
from waitress import create_server
sys.path.insert(0, "")
module, _, name = sys.argv[1].partition(":")
server = create_server(getattr(importlib.import_module(module), name), host="127.0.0.1", port=0, threads=8)
print(f"serving on http://127.0.0.1:{server.effective_port}/", file=sys.stderr, flush=True)
server.run()
"""


class Serving:
    """A command that says on standard error at which URL it serves; ended when left as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path | str | None = None,
        env: Mapping[str, str] | None = None,
        talks: bool = False,
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WSGITRACE_")}
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=kept | dict(env or {}),
        )
        self.errors: list[str] = []
        self.output: list[str] = []
        self._url: str | None = None
        self._serving = threading.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.output), (self.process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.wait()

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end; waits until it does."""
        if not self._serving.wait(PATIENCE) or self._url is None:
            raise AssertionError("it does not serve:\n" + "".join(self.errors + self.output))
        return self._url

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; gives the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, all output read; gives the exit status."""
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return status

    def _read(self, stream: object, lines: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]  # a text stream
            lines.append(line)
            if self._url is None and (match := re.search(r"(https?://[^\s/]+)/?", line)):
                self._url = match[1]
                self._serving.set()
        self._serving.set()


def record(app: str, file: Path, *options: str, cwd: Path | str | None = None, **env: str) -> Serving:
    """``wsgitrace record`` on a free port."""
    return Serving([*WSGITRACE, "record", app, "--port", "0", "-o", str(file), *options], cwd=cwd, env=env)


def waitress(app: str, *, cwd: Path | str | None = None, **env: str) -> Serving:
    """The same application under waitress, to compare with."""
    return Serving([sys.executable, "-c", WAITRESS, app], cwd=cwd, env=env)


def wsgitrace(*arguments: str, cwd: Path | str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a verb that ends by itself."""
    return subprocess.run(
        [*WSGITRACE, *arguments], capture_output=True, text=True, cwd=cwd, timeout=PATIENCE, check=False
    )


def verb(*arguments: object) -> tuple[int, str, str]:
    """Run a verb in this process, which is much quicker: exit code, standard output, standard error."""
    with CliRunner().isolation() as streams:
        code = run_verb([str(each) for each in arguments])
        sys.stdout.flush()
        out, err = streams[0].getvalue().decode(), streams[1].getvalue().decode()
    return code, out, err
