"""Editing the application while it runs, and looking at what was recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.commands import record, wsgitrace
from tests.support.comparing import Asked, ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.conftest import Session

    Start = Callable[..., Session]

HELLO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "{length}")])
    return [b"{text}"]
"""


def save(path: Path, source: str) -> None:
    """Save as editors do: a new file in the place of the old."""
    fresh = path.with_name("." + path.name + ".swp")
    fresh.write_text(source)
    os.replace(fresh, path)  # noqa: PTH105 -- what editors call


def hello(text: str) -> str:
    return HELLO.format(text=text, length=len(text))


def test_saving_reloads_and_keeps_the_list(start: Start, tmp_path: Path) -> None:
    target = tmp_path / "target.py"
    save(target, hello("first"))
    session = start("run", "target:app", "--port", "0", cwd=tmp_path)
    assert session.get("/before") == (200, b"first")
    session.terminal.wait_for(lambda it: "200" in it.row("/before"))
    save(target, hello("second"))
    session.terminal.wait_for(lambda _: session.get("/after")[1] == b"second")
    session.terminal.wait_for(lambda it: "200" in it.row("/after"))
    assert "200" in session.terminal.row("/before")
    session.terminal.press("q")
    assert session.terminal.wait() == 0
    assert session.terminal.survivors(4) == []


def test_a_broken_import_is_shown_and_mended_by_saving(start: Start, tmp_path: Path) -> None:
    target = tmp_path / "target.py"
    save(target, "import a_module_that_is_not_there\n")
    session = start("run", "target:app", "--port", "0", cwd=tmp_path)
    session.terminal.wait_for("a_module_that_is_not_there")
    save(target, hello("mended"))
    session.terminal.wait_for("LIVE")
    assert session.get("/") == (200, b"mended")
    save(target, "def app(:\n")
    session.terminal.wait_for("SyntaxError")
    save(target, hello("again"))
    session.terminal.wait_for("LIVE")
    session.terminal.wait_for(lambda _: session.get("/")[1] == b"again")
    session.terminal.press("q")
    assert session.terminal.wait() == 0


def test_a_recording_is_opened(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "shop.wtrace"
    with record("demos.shop:app", file) as server:
        for target in ("/", "/plants/calathea", "/nope"):
            ask(server, Asked("GET", target))
        server.stop()
    session = start("open", str(file), columns=100, rows=30)
    session.terminal.wait_for("/plants/calathea")
    session.terminal.press("g", "j")
    session.terminal.wait_for("#2 GET /plants/calathea")
    session.terminal.press("s")
    session.terminal.wait_for("event 0")
    session.terminal.press("right")
    session.terminal.wait_for("event 1")
    session.terminal.press("q")
    assert session.terminal.wait() == 0
    assert session.terminal.left_on() == []


def test_the_recording_of_a_session_that_was_killed_opens(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "killed.wtrace"
    session = start("run", "demos.shop:app", "--port", "0", "--save", str(file))
    session.get("/plants/pothos")
    session.terminal.wait_for(lambda it: "200" in it.row("/plants/pothos"))
    session.terminal.process.kill()
    session.terminal.process.wait(30)
    assert session.terminal.survivors(4) == []
    assert "/plants/pothos" in wsgitrace("ls", str(file)).stdout


def test_faults_are_noted_in_their_rows(start: Start) -> None:
    session = start("run", "demos.broken:app", "--port", "0", "--no-reload")
    for name in ("swallowed", "never_closed", "header_dropped"):
        session.get(f"/{name}")
    session.terminal.wait_for(lambda it: "AlreadyReg" in it.row("/swallowed"))
    session.terminal.wait_for(lambda it: "never closed" in it.row("/never_closed"))
    session.terminal.wait_for("Cache")
    session.terminal.press("q")
    assert session.terminal.wait() == 0
