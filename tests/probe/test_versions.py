"""The tests of swapping and recording on the other supported versions of Python, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def interpreters():
    """Pythons of other versions that have what the tests need, by version."""
    found = {}
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    for version in ("3.11", "3.12", "3.13"):
        if version == f"{sys.version_info.major}.{sys.version_info.minor}":
            continue
        named = os.environ.get(f"WSGITRACE_PYTHON_{version.replace('.', '_')}")
        candidates = [named] if named else [shutil.which(f"python{version}")]
        candidates += [str(path) for root in roots for path in sorted(root.glob(f"{version}.*/bin/python"))]
        for candidate in candidates:
            if candidate and _usable(candidate, version):
                found[version] = candidate
                break
    return found


def _usable(python, version):
    check = f"import sys, msgspec, pytest; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_probe_works_on(version):
    python = interpreters().get(version)
    if python is None:
        pytest.skip(f"no other Python {version} with msgspec and pytest")
    names = ("trampoline", "transparency", "recording", "constructors", "sightings", "late")
    tests = [str(HERE / f"test_{name}.py") for name in names]
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(ROOT)]
    done = subprocess.run(
        [*command, "--import-mode=importlib", *tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
