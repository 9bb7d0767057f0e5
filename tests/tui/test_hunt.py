"""A request that is run many times: a hunt, its kinds of outcome, what they differ in, and the way to their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.replay import prepare
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.keys import keys_of
from wsgitrace.tui.painting import line_text
from wsgitrace.tui.screens.diff import DiffScreen
from wsgitrace.tui.screens.hunting import HuntScreen
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def page(*, tenant: str | None = "fern", serial: int = 0) -> Exchange:
    """A page of a tenant, or an error where the tenant is not known; its number is another one each time."""
    exchange = Exchange("GET", "/tenant", headers=[("Host", "shop.example")])
    with exchange.call("shop.Tenants") as tenants:
        if tenant is None:
            tenants.raises("builtins.KeyError", "'fern'")
        else:
            tenants.environ["shop.tenant"] = tenant
            with tenants.call("shop.view", "application") as view:
                view.wait(4)
                view.start_response("200 OK", [("Content-Type", "text/plain"), ("X-Serial", str(serial))])
                view.returns([b"Hello"])
    exchange.response_head([("Date", "Mon")]) if tenant is not None else None
    return exchange.finish()


async def hunting(app: WsgitraceApp, times: int, jobs: int = 1) -> HuntScreen:
    """Begin one, as ``R`` does."""
    await wait_for(lambda: at_rest(app))
    main = app.screen
    assert isinstance(main, MainScreen)
    assert main.selected is not None
    trace, command = prepare(main.selected.number, app.feed.capture)
    main.begin_hunt(main.selected, trace, command, times, jobs)
    await wait_for(lambda: isinstance(app.screen, HuntScreen) and app.screen.ready)
    screen = app.screen
    assert isinstance(screen, HuntScreen)
    return screen


def rows(screen: HuntScreen, name: str) -> list[str]:
    return [" ".join(line_text(row.runs).split()) for row in screen.query_one(f"#hunt-{name}", LineView).rows]


async def end(feed: ScriptedFeed, screen: HuntScreen, original: int, exchange: Exchange) -> int:
    """A replay comes, and is counted."""
    before = screen.hunt.done
    number = feed.add(exchange, replay_of=original)
    await wait_for(lambda: screen.hunt.done > before)
    return number


async def test_kinds_of_outcome_are_told_as_they_come(feed: ScriptedFeed):
    original = feed.add(page(serial=1))
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await hunting(app, 5, jobs=2)
        await wait_for(lambda: len(feed.commands) == 1)
        await end(feed, screen, original, page(serial=2))
        await end(feed, screen, original, page(serial=3))
        await wait_for(lambda: len(feed.commands) == 3)
        assert screen.hunt.calm, "the first three run alone"
        await end(feed, screen, original, page(serial=4))
        await wait_for(lambda: sum(name == "send" for name, *_ in feed.commands) == 5)
        bad = await end(feed, screen, original, page(tenant=None))
        await wait_for(lambda: ("pin", bad, True) in feed.commands)
        await end(feed, screen, original, page(serial=6))
        await wait_for(lambda: "5 replays, 2 kinds of outcome" in grid(app))
        assert ("pin", 2, True) in feed.commands
        told = rows(screen, "kinds")
        assert told[0].startswith("5 100.0%")
        assert told[1].startswith("4 80.0% #2")
        assert told[1].endswith("200 as recorded")
        assert told[2].startswith(f"1 20.0% #{bad}")
        assert "KeyError in Tenants" in told[2]
        assert told[3].endswith("header:x-serial")
        await wait_for(lambda: any(line.startswith("shop.Tenants (") for line in rows(screen, "beside")))
        assert [line.split()[0] for line in rows(screen, "layers")] == ["shop.view", "shop.Tenants"]
        await pilot.press("j", "j")
        await wait_for(lambda: [line.split()[0] for line in rows(screen, "layers")] == ["shop.Tenants"])
        await pilot.press("D")
        await wait_for(lambda: isinstance(app.screen, DiffScreen))
        assert app.screen.numbers == (2, bad)
        await pilot.press("escape")
        await wait_for(lambda: app.screen is screen)
        await pilot.press("m", "D")
        await wait_for(lambda: isinstance(app.screen, DiffScreen))
        assert app.screen.numbers == (bad, 2), "the marked one is what others are compared with"
        await pilot.press("escape")
        await wait_for(lambda: app.screen is screen)
        await pilot.press("enter")
        await wait_for(lambda: isinstance(app.screen, MainScreen) and app.screen.list.window.cursor == bad)
        await pilot.press("H")
        await wait_for(lambda: isinstance(app.screen, HuntScreen) and app.screen.ready)
        await pilot.press("/")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await wait_for(lambda: [row.number for row in app.screen.list.window.rows] == [2, 3, 4, 5, 6])


async def test_it_is_stopped_and_what_has_come_stays(feed: ScriptedFeed):
    original = feed.add(page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await hunting(app, 1_000)
        await wait_for(lambda: feed.commands)
        await pilot.press("D")
        await wait_for(lambda: any("only one kind" in one.message for one in app._notifications))
        await end(feed, screen, original, page(tenant="moss"))
        await end(feed, screen, original, page(tenant="moss"))
        await end(feed, screen, original, page(tenant="moss"))
        await pilot.press("escape")
        await wait_for(lambda: screen.pursuit.over)
        await wait_for(lambda: "3 of 1,000, 1 kind of outcome ─╯" in grid(app))
        assert any(line == "Not all were run: it was stopped." for line in rows(screen, "kinds"))
        assert any("compared with one of them" in line for line in rows(screen, "kinds"))
        await pilot.press("escape")
        await wait_for(lambda: isinstance(app.screen, MainScreen))


async def test_it_goes_on_while_something_else_is_shown_and_ends_with_the_application(feed: ScriptedFeed):
    original = feed.add(page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await hunting(app, 2)
        first = feed.add(page(), replay_of=original)
        await wait_for(lambda: screen.pursuit.last == first)
        await pilot.press("/")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        feed.add(page(), replay_of=original)
        told = f"Hunt of {original}: 2 replays, 1 kind of outcome; H shows it."
        await wait_for(lambda: any(one.message == told for one in app._notifications))
        await wait_for(lambda: at_rest(app))
        await pilot.press("escape")
        endless = await hunting(app, 9)
        await wait_for(lambda: endless.pursuit.sent)
    await wait_for(lambda: endless.pursuit.over)


async def test_without_a_hunt_it_is_said_how_to_begin_one(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("H")
        await wait_for(lambda: any("There was no hunt yet" in one.message for one in app._notifications))


def test_every_key_has_an_action():
    for key in keys_of("hunt"):
        assert callable(getattr(HuntScreen, f"action_{key.action.partition('(')[0]}", None)), key.id
