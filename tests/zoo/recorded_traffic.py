"""A recording of an application that is really used, and its data as it was before."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.commands import WSGITRACE, record
from tests.zoo.real.applications import REAL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.zoo.real.application import Application

APP = "tests.zoo.real.served:app"
DEADLINE = 600


def missing(application: Application) -> list[str]:
    """What it needs and is not there."""
    modules = [module for module in application.modules if importlib.util.find_spec(module) is None]
    return modules + [program for program in application.programs if shutil.which(program) is None]


@dataclass(frozen=True)
class Traffic:
    """What the users of an application did."""

    name: str
    folder: Path

    @property
    def file(self) -> Path:
        """The recording."""
        return self.folder / "traffic.wtrace"

    @property
    def env(self) -> dict[str, str]:
        """With these the application is the one that was recorded."""
        # Kinto writes sets into header fields: in the same order each time only by this.
        return {"ZOO_APPLICATION": self.name, "ZOO_STATE": str(self.folder / "state"), "PYTHONHASHSEED": "0"}

    @property
    def rules(self) -> list[str]:
        """Options that name what does not count."""
        return [word for rule in REAL[self.name].noise for word in ("--ignore", rule)]

    def restore(self) -> None:
        """Give the application its data back as it was before."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        shutil.copytree(self.folder / "before", self.folder / "state", symlinks=True)

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the application's environment."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("WSGITRACE_")}
        env = plain | self.env | more
        return subprocess.run([*command], capture_output=True, text=True, env=env, timeout=DEADLINE, check=False)

    def wsgitrace(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb."""
        return self.run(*WSGITRACE, verb, *arguments)


def record_traffic(name: str, folder: Path) -> Traffic:
    """Let the users of an application do what they do."""
    traffic = Traffic(name, folder)
    for part in ("before", "clients"):
        (folder / part).mkdir()
    filled = traffic.run(sys.executable, "-m", "tests.zoo.real.served", name, str(folder / "before"))
    assert filled.returncode == 0, filled.stderr
    traffic.restore()
    with record(APP, traffic.file, **traffic.env) as server:
        REAL[name].use(server.url, folder / "clients")
        server.stop()
    return traffic
