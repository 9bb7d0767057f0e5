"""Out of the screen: by the clipboard, into files."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from wsgitrace.tui import clipboard
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.copying import start_copying
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.screens.step import StepScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def said(app: WsgitraceApp) -> list[str]:
    return [notification.message for notification in app._notifications]


def sizes(folder: Path) -> list[int]:
    return sorted(path.stat().st_size for path in folder.glob("wsgitrace-*.http"))


async def asked_for_a_name(app, pilot, down: int) -> AskScreen:
    """Export this one, in the format so many lines down."""
    await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
    await pilot.press("x")
    await wait_for(lambda: "This one" in grid(app))
    await pilot.press("enter")
    await wait_for(lambda: "raw-response" in grid(app))
    await pilot.press(*["j"] * down, "enter")
    await wait_for(lambda: isinstance(app.screen, AskScreen))
    return app.screen


async def test_a_request_is_exported_and_nothing_is_overwritten_in_silence(
    feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    feed.add(stories.hello())
    feed.add(stories.page())
    taken = tmp_path / "request-2.har"
    taken.write_text("something else")
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await asked_for_a_name(app, pilot, 4)
        await pilot.press("enter")
        await wait_for(lambda: "request-2.har exists" in grid(app))
        assert taken.read_text() == "something else"
        await pilot.press("enter")
        await wait_for(lambda: any("1 request in request-2.har" in text for text in said(app)))
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and app.screen.ready)
        await pilot.press("x")
        await wait_for(lambda: "This one  request 2, GET /cart" in grid(app))
    (entry,) = json.loads(taken.read_text())["log"]["entries"]
    assert entry["request"]["url"] == "http://shop.example/cart"
    assert "sid=9f3c" not in taken.read_text()
    assert taken.stat().st_mode & 0o777 == 0o600


async def test_what_matches_the_filter_is_exported(feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "requests.jsonl"
    for story in (stories.hello, stories.page, stories.upload):
        feed.add(story())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("slash", *"cart", "enter")
        await wait_for(lambda: len(app.screen_stack[0].list.window.rows) == 2)
        await pilot.press("x")
        await wait_for(lambda: "Matching" in grid(app))
        await pilot.press("j", "enter")
        await wait_for(lambda: "raw-response" in grid(app))
        await pilot.press(*["j"] * 5, "enter")
        await wait_for(lambda: isinstance(app.screen, AskScreen))
        await pilot.press("enter")
        await wait_for(written.exists)
    assert [json.loads(line)["number"] for line in written.read_text().splitlines()] == [2, 3]


@pytest.mark.parametrize(
    ("environ", "platform", "wanted"),
    [
        ({}, "linux", []),
        ({}, "darwin", ["pbcopy"]),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", []),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "linux", ["wl-copy", "xclip", "xsel"]),
        ({"SSH_CONNECTION": "a b", "DISPLAY": "localhost:10"}, "linux", ["xclip", "xsel"]),
    ],
)
def test_programs_are_those_that_reach_whoever_sits_there(environ, platform, wanted):
    assert [command[0] for command in clipboard.programs(environ, platform)] == wanted


async def test_each_way_of_copying_is_named(feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    feed.add(stories.hello())
    program = tmp_path / "xclip"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/copied\n")
    program.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(clipboard, "_SECONDS", 60.0)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE):
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        for data in (b"\xff\0", b"x" * (clipboard.TERMINAL_LIMIT + 1)):
            start_copying(app, "raw", partial(bytes, data), ".http")
        await wait_for(
            lambda: sum("is nothing for a terminal's clipboard: it is in" in text for text in said(app)) == 2
        )
        assert sizes(tmp_path) == [2, clipboard.TERMINAL_LIMIT + 1]
        monkeypatch.setenv("DISPLAY", ":0")
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        start_copying(app, "raw", lambda: b"\xff\0", ".http")
        await wait_for(lambda: "Copied the raw, 2 bytes, by xclip." in said(app))
    assert (tmp_path / "copied").read_bytes() == b"\xff\0"
