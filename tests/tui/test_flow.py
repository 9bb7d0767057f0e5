from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import stories
from tests.support.scenes import checkout
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.events import Released
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.flow import FlowScreen
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.screens.picking import PickScreen
from wsgitrace.tui.screens.step import StepScreen
from wsgitrace.tui.screens.value import ValueScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

WIDE, SMALL = (120, 36), (80, 24)


async def opened(app: WsgitraceApp, pilot: Pilot[int]) -> FlowScreen:
    """The picture of the newest request."""
    await wait_for(lambda: at_rest(app))
    await pilot.press("V")
    await wait_for(lambda: isinstance(app.screen, FlowScreen) and "1 Flow" in grid(app) and len(app.screen.view.rows))
    assert isinstance(app.screen, FlowScreen)
    return app.screen


def about(screen: FlowScreen) -> str:
    return "\n".join("".join(run.text for run in row.runs) for row in screen.query_one("#flow-about").rows)


async def test_the_cursor_goes_from_event_to_event_and_says_what_each_is(feed: ScriptedFeed):
    feed.add(checkout())
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(app, pilot)
        assert "client ▸ server  request POST /cart/checkout" in about(screen)
        assert [row.key for row in screen.view.rows if "38.7 ms in Shop" in row.runs[-1].text] == [None]
        for _ in range(3):
            await pilot.press("right_curly_bracket")
        await wait_for(lambda: "Auth ▸ Shop" in about(screen))
        assert "+ shop.user" in about(screen)
        assert "'ada'" in about(screen)
        assert "demos.shop.auth.Auth  column 8 of 9, self 2.5ms  demos/shop/auth.py:10" in about(screen)
        await pilot.press("left")
        await wait_for(lambda: "demos.shop.session.Session" in about(screen))
        await pilot.press("left_curly_bracket", "left_curly_bracket")
        await wait_for(lambda: "ProxyHeaders ▸ Timing" in about(screen))
        assert "~ REMOTE_ADDR" in about(screen)
        await pilot.press("2", "j", "j", "enter")
        await wait_for(lambda: isinstance(app.screen, ValueScreen))


async def test_enter_steps_at_the_event_and_the_same_key_comes_back(feed: ScriptedFeed):
    feed.add(checkout())
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("right_curly_bracket", "right_curly_bracket", "enter")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and app.screen.walk.seq == 6)
        await pilot.press("s", "V")
        await wait_for(lambda: app.screen is screen and "Auth ▸ Shop" in about(screen))
        await pilot.press("V")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await pilot.press("s", "s", "s", "V")
        await wait_for(lambda: isinstance(app.screen, FlowScreen) and "ProxyHeaders ▸ Timing" in about(app.screen))
        await pilot.press("j", "enter")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and app.screen.walk.seq == 3)
        await pilot.press("right_curly_bracket", "right_curly_bracket", "left_curly_bracket", "v")
        await wait_for(lambda: app.screen.walk.seq == 6 and "insignificant events are left out" in grid(app))


async def test_v_shows_what_changed_nothing_and_keeps_the_event(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(app, pilot)
        assert "⋯1" in grid(app)
        await pilot.press("right_curly_bracket")
        await wait_for(lambda: "ProxyFix ▸ GZip" in about(screen))
        await pilot.press("v")
        await wait_for(lambda: "ErrorP" in grid(app))
        assert "ProxyFix ▸ GZip" in about(screen)


async def test_many_columns_scroll_along_at_80(feed: ScriptedFeed):
    exchange = Exchange("GET", "/")
    names = [f"a.Layer{number:02}Middleware" for number in range(15)]
    calls = [exchange.call(names[0])]
    for name in names[1:]:
        calls[-1].environ[name] = 1
        calls.append(calls[-1].call(name))
    calls[-1].start_response("200 OK", [("Content-Type", "text/plain")])
    calls[-1].returns([b"x"])
    for outer, inner in zip(calls[-2::-1], calls[:0:-1], strict=True):
        outer.returns(inner=inner)
    feed.add(exchange.finish())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SMALL) as pilot:
        screen = await opened(app, pilot)
        assert "client" in grid(app)
        assert "▸" in grid(app).splitlines()[2]
        for _ in range(14):
            screen.action_flow_change(1)
        await wait_for(lambda: "a.Layer13Middleware" in about(screen))
        head = grid(app).splitlines()[2]
        assert "◂" in head
        assert "client" not in head
        assert "Layer14" in head
        assert all(len(line) <= 80 for line in grid(app).splitlines())


async def test_the_picture_is_the_first_that_export_offers(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        await pilot.press("x")
        await wait_for(lambda: isinstance(app.screen, PickScreen))
        await pilot.press("enter")
        await wait_for(lambda: "its way through the layers as a picture" in grid(app))
        await pilot.press("enter")
        await wait_for(lambda: "request-1.svg" in grid(app))


async def test_a_request_under_way_grows(feed: ScriptedFeed):
    exchange = stories.held()
    number = feed.add(exchange)
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(app, pilot)
        assert "it is not over yet" in about(screen)
        rows = len(screen.view.rows)
        exchange.put(Released, 2, held=1_000_000, by="continue")
        auth = exchange.calls[-1]
        auth.start_response("302 Found", [("Location", "/login")])
        feed.more(number)
        await wait_for(lambda: len(screen.view.rows) > rows and "302 Found" in grid(app))


async def test_v_in_the_inspector_leaves_out_what_is_insignificant(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=WIDE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("3", "z")
        await wait_for(lambda: "HTTP_* request headers" in grid(app))
        await pilot.press("v")
        await wait_for(lambda: "changes only: v shows everything" in grid(app))
        assert "HTTP_* request headers" not in grid(app)
        assert "REMOTE_ADDR" in grid(app)
        await pilot.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        await wait_for(lambda: "request GET /cart from" in grid(app))
        await pilot.press("right_curly_bracket")
        await wait_for(lambda: app.screen.inspector.view.current.key == ("event", 4))
        await pilot.press("v")
        await wait_for(lambda: "insignificant events are left out: v shows them" in grid(app))
        assert app.screen.inspector.view.current.key == ("event", 4)
        assert "returned what the layer inside returned" not in grid(app)
        await pilot.press("escape", "2", "v")
        await wait_for(lambda: app.screen.passes.unfolded)
