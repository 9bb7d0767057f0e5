"""The names of Textual that are not public still do what they are used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.internals import screen_text

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed


async def test_the_grid_is_the_size_of_the_screen(feed: ScriptedFeed):
    app = WsgitraceApp(feed)
    async with app.run_test(size=(90, 20)):
        lines = screen_text(app.screen)
        assert (len(lines), {len(line) for line in lines}) == (20, {90})


async def test_a_crash_of_ours_ends_with_1_and_shows_no_values(feed: ScriptedFeed, capsys: pytest.CaptureFixture[str]):
    app = WsgitraceApp(feed)

    def crash() -> None:
        secret = "hunter2"  # noqa: F841 -- what a traceback with locals would show
        raise ZeroDivisionError("\x1b]0;no\x07")

    async def run() -> None:
        async with app.run_test(size=(90, 20)):
            app.call_later(crash)
            await wait_for(lambda: not app.is_running)

    with pytest.raises(ZeroDivisionError):
        await run()
    app._print_error_renderables()
    said = capsys.readouterr().err
    assert app.return_code == 1
    assert "ZeroDivisionError" in said
    assert "in crash" in said
    assert "hunter2" not in said
    assert "\x1b]0" not in said


async def test_a_streaming_response_is_shown_as_it_comes(feed: ScriptedFeed):
    exchange = stories.streaming(2)
    number = feed.add(exchange)
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 60)) as pilot:
        await wait_for(lambda: at_rest(app) and "chunk 2" in grid(app))
        await pilot.press("right_square_bracket", "right_square_bracket")
        await wait_for(lambda: "data: 1" in grid(app))
        timing, shop = exchange.calls
        for count in range(2, 5):
            timing.yields(shop.yields(b"data: %d\n\n" % count, took=40))
            feed.more(number)
            await wait_for(lambda count=count: f"data: {count}" in grid(app) and f"chunk {count + 1}" in grid(app))
        exchange.finish()
        feed.more(number)
        await wait_for(lambda: "streaming" not in grid(app))


async def test_a_quiet_screen_is_not_painted(feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)):
        await wait_for(lambda: at_rest(app) and "ProxyFix" in grid(app))
        polls = app._polls
        await wait_for(lambda: app._polls > polls + 10)
        painted: list[object] = []
        monkeypatch.setattr(type(app.screen), "_compositor_refresh", painted.append)
        polls = app._polls
        await wait_for(lambda: app._polls > polls + 25)
        assert painted == []
