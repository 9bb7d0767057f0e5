from __future__ import annotations

import sys

from wsgitrace.cli.failed_import import other_environment, say_import_failed
from wsgitrace.redact import Masker, Names

MASKER = Masker(Names())


def test_nothing_is_said_where_the_environments_agree(tmp_path):
    assert other_environment({}) == ""
    assert other_environment({"VIRTUAL_ENV": sys.prefix}) == ""
    (tmp_path / "link").symlink_to(sys.prefix)
    assert other_environment({"VIRTUAL_ENV": str(tmp_path / "link")}) == ""


def test_another_environment_is_named_with_the_command_to_run():
    said = other_environment({"VIRTUAL_ENV": "/srv/my shop/.venv"}, ["run", "shop:make('x')"], prefix="/opt/pipx")
    assert "installed in /opt/pipx, not in the active virtual environment /srv/my shop/.venv" in said
    assert said.endswith(
        "'/srv/my shop/.venv/bin/python' -m pip install wsgitrace && '/srv/my shop/.venv/bin/python' -m wsgitrace run "
        "'shop:make('\"'\"'x'\"'\"')'"
    )


def test_what_the_application_says_is_made_safe_and_the_code_tells_whose_fault_it_is(capsys, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", "/srv/.venv")
    assert say_import_failed("no \x1b]0;x\x07", "Traceback\n  \x9b31m", MASKER, usage=True) == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\x9b" not in err
    assert "/srv/.venv/bin/python -m pip install wsgitrace" in err
    assert say_import_failed("run `/srv/.venv/bin/python -m pip install wsgitrace`", "", MASKER, usage=False) == 3
    assert capsys.readouterr().err.count("pip install") == 1
