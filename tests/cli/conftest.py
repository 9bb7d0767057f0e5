from __future__ import annotations

import os

import pytest

from tests.support import commands
from tests.support.recorded import record_stories


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch, tmp_path):
    """No setting of whoever runs the tests, and no pyproject.toml above the working directory."""
    for name in list(os.environ):
        if name.startswith("WSGITRACE_") or name in {"PORT", "VIRTUAL_ENV", "NO_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def stories(tmp_path_factory):
    """A recorded file, and the numbers of its exchanges by the names of their stories."""
    path = tmp_path_factory.mktemp("stories") / "stories.wtrace"
    return path, record_stories(path)


@pytest.fixture
def verb():
    """Run a verb in this process: exit code, standard output, standard error."""
    return commands.verb
