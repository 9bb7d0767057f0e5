"""Sentry with the variables of each frame, coverage, cProfile and a debugger, all at work while layers are traced."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def watched(*options):
    command = [sys.executable, "-X", "faulthandler", str(HERE / "watch.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("sentry_sdk", "coverage")),
    reason="sentry-sdk and coverage are not installed: pip install -e '.[zoo]'",
)
def test_all_of_them_see_the_same_as_without_the_probe():
    plain, traced = watched("--plain"), watched()
    assert traced["outcomes"] == plain["outcomes"]
    assert [frames for event in plain["events"] for frames in event if frames]
    for tool in ("events", "covered", "profiled", "debugged"):
        assert traced[tool] == plain[tool], tool
    assert traced["stacks"] == plain["stacks"]
    assert traced["variables"] >= plain["variables"]
    assert traced["faults"] == []
    for layer in ("Keeping", "closing_over", "decorated", "generating", "made_anew", "AsApplication", "leaf"):
        assert any(layer in name for name in traced["layers"]), layer
