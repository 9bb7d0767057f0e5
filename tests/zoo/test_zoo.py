"""Every animal of the zoo: the same bytes, the right layers, nothing left behind. ``python -m pytest tests/zoo``.

Each is visited in a process of its own. Those whose packages are not installed are left out; the ``zoo`` extra has all.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.zoo.animals import ZOO

HERE = Path(__file__).parent
LEAKED_AT_MOST = 250
"""Objects more after 300 requests: caches that are not full yet."""


def installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def golden(name):
    """The layers of each request, as they stand in its file: an empty line after each."""
    text = (HERE / "golden" / f"{name}.txt").read_text(encoding="utf-8")
    return [part.splitlines() for part in text.strip().split("\n\n")]


@pytest.mark.parametrize("name", ZOO)
def test_animal(name):
    missing = [module for module in ZOO[name].modules if not installed(module)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: pip install -e '.[zoo]'")
    done = subprocess.run(
        [sys.executable, str(HERE / "visit.py"), name], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["traced"] == report["plain"]
    assert report["restored"] == report["plain"]
    assert report["faults"] == []
    assert report["second"] == golden(name)
    assert report["third"] == golden(name)
    if sys.version_info >= (3, 12):
        assert report["first"] == golden(name)
    assert report["leak"] < LEAKED_AT_MOST
