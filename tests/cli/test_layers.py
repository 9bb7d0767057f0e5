from __future__ import annotations

import json
from pathlib import Path

from tests.support.commands import wsgitrace

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
    assert list(found) == ["app", "python", "layers"]
    assert found["app"] == "demos.shop:app"
    keys = ["id", "name", "kind", "file", "line", "how", "parent", "intercepted", "part"]
    assert all(list(layer) == keys for layer in found["layers"])
    assert found["layers"][0]["name"] == "demos.shop.middleware.proxy_headers.ProxyHeaders"
    assert found["layers"][-1]["kind"] == "application"
