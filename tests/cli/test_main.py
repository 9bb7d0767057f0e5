from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import WSGITRACE, wsgitrace
from wsgitrace import __version__
from wsgitrace.cli.group import VERBS
from wsgitrace.cli.reader import check_reader

LOADED = """
import sys
from wsgitrace.cli.main import main
sys.argv[1:] = {arguments!r}
try:
    main()
except SystemExit:
    pass
print(sorted(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)
"""


def loaded(arguments, *heavy):
    code = LOADED.format(arguments=arguments, heavy=heavy)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.splitlines()


@pytest.mark.smoke
def test_version_is_told_without_importing_anything():
    assert wsgitrace("--version").stdout == f"wsgitrace {__version__}\n"
    assert loaded(["--version"], "click", "msgspec", "rich", "textual", "sqlite3", "wsgitrace.settings") == ["[]"]


def test_help_imports_no_verb():
    assert loaded(["--help"], "msgspec", "rich", "textual", "wsgitrace.cli.run", "wsgitrace.capture") == ["[]"]


def test_reading_a_file_never_imports_the_screen_or_a_server(stories):
    path, _ = stories
    heavy = ("textual", "rich", "pygments", "watchfiles", "asyncio", "wsgitrace.server", "wsgitrace.supervisor")
    assert loaded(["ls", str(path)], *heavy)[-1] == "[]"
    assert loaded(["show", str(path), "1"], *heavy)[-1] == "[]"


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help_that_begins_with_its_line_in_the_list(name, verb):
    code, out, err = verb(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: wsgitrace {name}")
    assert name in verb("--help")[1]


def test_help_tells_the_defaults_of_its_own_verb(verb):
    def said(name):
        return " ".join(verb(name, "--help")[1].split())

    assert "when its files change. [on]" in said("run")
    assert "when its files change. [off]" in said("record")
    assert "older ones go. 0: no bound. [no bound]" in said("record")
    assert "older exchanges go. 0: no bound. [no bound]" in said("record")
    for name in ("run", "demo"):
        assert "0: no bound. [10000; no bound with --save]" in said(name)
    assert "Usage: wsgitrace run [OPTIONS] [APP]" in said("run")


def test_no_verb_at_all_is_help_and_a_usage_error(verb):
    code, _, err = verb()
    assert code == 2
    assert "Usage: wsgitrace" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rn"], "There is no verb 'rn'; the nearest is 'run' (see wsgitrace --help)."),
        (["shop:app"], "There is no verb 'shop:app'; to serve it, 'wsgitrace run shop:app' (see wsgitrace --help)."),
        (["f.wtrace"], "There is no verb 'f.wtrace'; to look at it, 'wsgitrace open f.wtrace' (see wsgitrace --help)."),
        (["ls"], "Missing argument 'FILE' (see wsgitrace ls --help)."),
        (
            ["show", "f", "x"],
            "Invalid value for 'ID': 'x': ID is a number, as ls lists them, or last (see wsgitrace show --help).",
        ),
        (["run", "--port", "http"], "--port 'http': it must be a whole number from 0 to 65535."),
        (["run", "-b", "fd:x"], "--bind 'fd:x': it must be the number of a descriptor, as in fd://3."),
        (["record", "a:b"], "no file to record to: give one, as in 'wsgitrace record APP -o FILE.wtrace'."),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_sentence(arguments, said, verb):
    code, out, err = verb(*arguments)
    assert (code, out) == (2, "")
    assert err == f"wsgitrace: {said}\n"


def test_a_wrong_pyproject_is_one_sentence_too(verb, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.wsgitrace]\nprot = 1\n")
    code, _, err = verb("run")
    assert code == 2
    assert err.endswith("[tool.wsgitrace] has no setting 'prot'; the nearest is 'port'.\n")


def test_a_reader_that_has_gone_is_noticed_before_there_is_more_to_write(monkeypatch):
    read, write = os.pipe()
    monkeypatch.setattr("wsgitrace.cli.reader._STDOUT", write)
    check_reader()
    os.close(read)
    with pytest.raises(BrokenPipeError):
        check_reader()
    os.close(write)


def test_a_reader_that_goes_away_is_no_error(stories):
    path, _ = stories
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*WSGITRACE, "ls", str(path)], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 128 + signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_is_full_is_one_sentence(stories):
    path, _ = stories
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*WSGITRACE, "ls", str(path)], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.stderr.decode() == f"wsgitrace: the output is not whole: {os.strerror(errno.ENOSPC)}.\n"
    assert done.returncode == 1


def test_a_terminal_without_the_characters_gets_escapes(stories):
    path, numbers = stories
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [*WSGITRACE, "show", str(path), str(numbers["page"])], capture_output=True, env=env, check=True
    )
    assert done.stdout.isascii()
    assert b"\\u2514 ErrorPages" in done.stdout
