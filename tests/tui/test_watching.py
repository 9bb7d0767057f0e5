"""``W``: a request runs again after each restart of the application, and its row says how it fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.diff import DiffScreen

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def answered(status: str, body: bytes) -> Exchange:
    exchange = Exchange("GET", "/hook")
    with exchange.call("shop.app", "application") as app:
        app.start_response(status, [("Content-Type", "text/plain")])
        app.returns([body])
    return exchange.finish()


async def test_it_passes_changes_and_fails_with_the_diff_a_key_away(feed: ScriptedFeed):
    number = feed.add(answered("200 OK", b"one"))
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("W")
        await wait_for(lambda: "watched" in grid(app))
        assert feed.commands == [("pin", number, True)]
        runs = [
            (answered("200 OK", b"one"), "pass"),
            (answered("200 OK", b"two"), "changed"),
            (answered("500 Oh", b""), "failed"),
        ]
        for restart, (exchange, fate) in enumerate(runs, 1):
            feed.become(restarts=restart)
            await wait_for(lambda wanted=restart: feed.commands.count(("replay", number)) == wanted)
            await wait_for(lambda: "runs again" in grid(app))
            replay = feed.add(exchange, replay_of=number)
            await wait_for(lambda said=f"{fate} #{replay}": said in grid(app))
        app.screen_stack[0].go_to(number)
        await wait_for(lambda: at_rest(app))
        await pilot.press("D")
        await wait_for(lambda: isinstance(app.screen, DiffScreen))
        assert app.screen.numbers == (number, replay)
        await pilot.press("escape", "W")
        await wait_for(lambda: "watched" not in grid(app).split("╭─ 2")[0])


async def test_it_waits_for_an_application_that_serves(feed: ScriptedFeed):
    number = feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("W")
        await wait_for(lambda: "watched" in grid(app))
        feed.become(phase="import failed", restarts=1)
        feed.add(stories.page("/seen"))
        await wait_for(lambda: "/seen" in grid(app), "the feed was looked at")
        assert ("replay", number) not in feed.commands
        feed.become(phase="serving")
        await wait_for(lambda: ("replay", number) in feed.commands)
