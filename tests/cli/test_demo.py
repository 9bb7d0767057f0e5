from __future__ import annotations

import socket

from tests.support.commands import wsgitrace
from wsgitrace.cli.demo import find_demos


def test_visitors_browse_the_shop(tmp_path):
    done = wsgitrace("demo", "--port", "0", "--count", "5", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("\n") >= 5
    # Which pages the first five are is up to the visitors: one of them asks for JSON alone.
    assert '"GET /' in done.stdout
    assert '" 200 ' in done.stdout
    assert "7 layers" in done.stdout


def test_a_port_in_use_is_no_reason_not_to_try_it(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "pyproject.toml").write_text("")
        done = wsgitrace("demo", "--port", str(port), "--count", "1", cwd=tmp_path)
    # A port that was asked for is meant; only the default is given up for another.
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr


def test_the_demos_are_found():
    assert (find_demos() / "shop").is_dir()
