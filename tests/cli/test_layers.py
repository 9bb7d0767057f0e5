from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import wsgitrace
from wsgitrace.cli.check_layers import read_saved
from wsgitrace.cli.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]


def test_the_stack_is_shown_without_serving():
    done = wsgitrace("layers", "demos.hello:app", cwd=ROOT)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("demos.hello.simple_middleware")
    assert lines[1].strip().startswith("demos/hello.py:")
    assert "  the application" in done.stdout
    assert done.stderr.startswith("wsgitrace: demos.hello:app on Python 3.")


def test_json_has_keys_that_stay():
    done = wsgitrace("layers", "demos.shop:app", "--json", cwd=ROOT)
    assert done.stdout.isascii()
    found = json.loads(done.stdout)
    assert list(found) == ["app", "python", "layers", "order"]
    assert found["order"] == []  # the shop has its layers in good order
    assert found["app"] == "demos.shop:app"
    keys = ["id", "name", "kind", "file", "line", "how", "parent", "intercepted", "part"]
    assert all(list(layer) == keys for layer in found["layers"])
    assert found["layers"][0]["name"] == "demos.shop.middleware.proxy_headers.ProxyHeaders"
    assert found["layers"][-1]["kind"] == "application"


@pytest.fixture(scope="module")
def hello():
    """The layers of demos.hello, as ``layers --json`` prints them."""
    return wsgitrace("layers", "demos.hello:app", "--json", cwd=ROOT).stdout


@pytest.fixture
def saved(tmp_path, hello):
    path = tmp_path / "layers.json"
    path.write_text(hello, "utf-8")
    return path


def test_a_list_that_is_still_right(saved):
    found = json.loads(saved.read_text("utf-8"))
    found["python"] = "3.99"
    found["layers"][0] |= {"line": 999, "file": "/elsewhere/hello.py", "how": "otherwise"}
    saved.write_text(json.dumps(found), "utf-8")
    done = wsgitrace("layers", "demos.hello:app", "--check", str(saved), cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("wsgitrace: the layers are those that were saved.\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_list_that_differs(saved, as_json):
    found = json.loads(saved.read_text("utf-8"))
    gone = {**found["layers"][0], "id": 77, "name": "old.Gone\x1b[31m"}
    found["layers"] = [gone, {**found["layers"][0], "parent": 77}, *found["layers"][1:]]
    saved.write_text(json.dumps(found), "utf-8")
    done = wsgitrace("layers", "demos.hello:app", "--check", str(saved), *(["--json"] if as_json else []), cwd=ROOT)
    assert done.returncode == 1
    if as_json:
        assert json.loads(done.stdout)["app"] == "demos.hello:app"
    differing = (done.stderr if as_json else done.stdout).splitlines()
    assert next(line for line in differing if line.startswith("-")) == r"- old.Gone\x1b[31m"
    assert next(line for line in differing if line.startswith("+")) == "+ demos.hello.simple_middleware"
    assert "\x1b" not in done.stdout + done.stderr
    assert "these are not the layers that were saved" in done.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "it cannot be read (No such file or directory)"),
        (b"{", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[]", "it is no list of layers"),
        (b'{"layers": [{"name": 1}]}', "it is no list of layers"),
    ],
)
def test_a_file_that_is_no_list_of_layers(tmp_path, content, problem):
    path = tmp_path / "layers.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        read_saved(path)
    assert str(refused.value) == (f"--check {path}: {problem}; write one by 'wsgitrace layers APP --json > FILE'.")
