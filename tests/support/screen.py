"""Screens in tests: waiting for them, reading them as text, comparing them with what was checked in."""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.scripted_feed import ScriptedFeed
from tests.support.waiting import PATIENCE
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.internals import screen_text
from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from tests.support.scenes import Scene

__all__ = ["SNAPSHOTS", "UPDATE", "at_rest", "compare", "grid", "listed", "ready", "shown", "wait_for"]

SNAPSHOTS = Path(__file__).parents[1] / "tui" / "snapshots"
UPDATE = "WSGITRACE_UPDATE_SCREENS"
"""Set in the environment: what is on the screen is what shall be from now on."""


async def wait_for(condition: Callable[[], object], what: str = "") -> None:
    """Let the app go on until something is so; raises :class:`TimeoutError` when it does not become so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what or "the screen did not become as expected")
        await asyncio.sleep(0.01)


def grid(app: WsgitraceApp) -> str:
    """The text on the screen, blanks at the ends of lines left out."""
    return "\n".join(line.rstrip() for line in screen_text(app.screen)) + "\n"


async def compare(name: str, app: WsgitraceApp) -> str:
    """Wait until the screen is as checked in as ``name``; with :data:`UPDATE` set, check it in. Returns the text."""
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get(UPDATE):
        await asyncio.sleep(0.5)
        path.write_text(grid(app), "utf-8")
        return grid(app)
    expected = path.read_text("utf-8") if path.exists() else ""
    try:
        await wait_for(lambda: grid(app) == expected)
    except TimeoutError:
        lines = difflib.unified_diff(expected.splitlines(), grid(app).splitlines(), str(path), "screen", lineterm="")
        raise AssertionError("\n".join([f"{name} looks otherwise; {UPDATE}=1 takes it as it is.", *lines])) from None
    return expected


def at_rest(app: WsgitraceApp) -> bool:
    """True when the selected request is read and shown."""
    main = app.screen_stack[0]
    assert isinstance(main, MainScreen)
    if not main.ready or main.is_loading:
        return False
    return main.subject is None or main.subject.summary == main.wanted


async def ready(app: WsgitraceApp) -> MainScreen:
    """The main screen, once a request is selected and shown."""
    await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
    return app.screen_stack[0]


def listed(screen: MainScreen) -> list[int]:
    """The numbers of the requests in the list."""
    return [row.number for row in screen.list.window.rows]


@asynccontextmanager
async def shown(scene: Scene, directory: Path) -> AsyncIterator[tuple[WsgitraceApp, Pilot[int], ScriptedFeed]]:
    """A scene on its screen, keys pressed, at rest."""
    feed = ScriptedFeed(directory / "scene.wtrace")
    scene.prepare(feed)
    app = WsgitraceApp(feed, theme=scene.theme)
    try:
        async with app.run_test(size=scene.size) as pilot:
            await wait_for(lambda: at_rest(app))
            for key in scene.keys.split():
                await pilot.press(key)
                await wait_for(lambda: at_rest(app))
            yield app, pilot, feed
    finally:
        feed.close()
