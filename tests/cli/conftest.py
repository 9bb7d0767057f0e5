from __future__ import annotations

import os
import sys

import pytest
from click.testing import CliRunner

from tests.support.recorded import record_stories
from wsgitrace.cli.group import run_verb


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

    def run(*arguments):
        with CliRunner().isolation() as streams:
            code = run_verb([str(each) for each in arguments])
            sys.stdout.flush()
            out, err = streams[0].getvalue().decode(), streams[1].getvalue().decode()
        return code, out, err

    return run
