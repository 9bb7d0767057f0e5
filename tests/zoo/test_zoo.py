"""Every animal of the zoo: the same bytes, the right layers, nothing left behind.

    python -m pytest --dist=load tests/zoo

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
ALARMS = ("AssertionError", "WSGIWarning", "garbage collected")
ERROR, FRAMES, ERRORS = 3, 4, 6
"""Of what is told of a response: what was raised, the functions it came through, what was written to its errors."""


def installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def golden(name):
    """The layers of each request, as they stand in its file: an empty line after each."""
    text = (HERE / "golden" / f"{name}.txt").read_text(encoding="utf-8")
    return [part.splitlines() for part in text.strip().split("\n\n")]


def visited(name, *options):
    """The report of one visit."""
    command = [sys.executable, str(HERE / "visit.py"), name, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def different(ones, others, frames=0):
    """Those outcomes of two runs that are not the same; a traceback may be ``frames`` longer."""
    pairs = zip(ones, others, strict=False)
    return [(one, other) for one, other in pairs if one != other and not _longer(one, other, frames)]


def _longer(one, other, frames):
    without = [[*outcome[:FRAMES], *outcome[FRAMES + 1 :]] for outcome in (one, other)]
    return without[0] == without[1] and 0 < len(one[FRAMES]) - len(other[FRAMES]) <= frames


def alarms(report):
    """What ``wsgiref.validate`` says, outside and between the layers, of an application that is not observed."""
    said = set()
    for plain, validated in zip(report["outcomes"], report["validated"], strict=False):
        texts = [validated[index] for index in (ERROR, ERRORS) if validated[index] != plain[index]]
        said.update(text for text in texts if any(sign in text for sign in ALARMS))
    return said


@pytest.mark.parametrize("name", ZOO)
def test_animal(name):
    animal = ZOO[name]
    missing = [module for module in animal.modules if not installed(module)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: pip install -e '.[zoo]'")
    plain, traced = visited(name, "--plain"), visited(name)
    assert different(traced["outcomes"], plain["outcomes"], animal.frames) == []
    assert different(traced["restored"], plain["outcomes"]) == []
    assert different(traced["validated"], plain["validated"], animal.frames) == []
    said = alarms(plain)
    assert [text for text in said if not any(known in text for known in animal.alarms)] == []
    assert all(any(known in text for text in said) for known in animal.alarms)
    assert traced["faults"] == []
    assert traced["not restored"] == []
    first, second, third = traced["lists"]
    assert second == golden(name)
    assert third == golden(name)
    if sys.version_info >= (3, 12):
        assert first == golden(name)
    assert traced["leak"] - plain["leak"] < LEAKED_AT_MOST
