"""What is done with many requests at once: figures of them, deleting them; and keys that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import stories
from tests.support.scenes import traffic
from tests.support.screen import at_rest, grid, listed, ready, wait_for
from tests.support.streams import Exchange
from wsgitrace.query import parse
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.lines.bodies import LINES_LIMIT
from wsgitrace.tui.painting import line_text
from wsgitrace.tui.screens.statistics import StatisticsScreen
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def said(app: WsgitraceApp) -> list[str]:
    return [notification.message for notification in app._notifications]


async def test_figures_of_what_the_filter_lets_through_lead_back_to_the_list(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("slash", *"path", "colon", "slash", *"cart", "enter", "T")
        await wait_for(lambda: isinstance(app.screen, StatisticsScreen) and app.screen.tally.done)
        done = sum(row.done for row in feed.capture.page(where=parse("path:/cart")))
        await wait_for(lambda: f"of {done} requests that match “path:/cart”" in grid(app))
        assert "▼COUNT" in grid(app)
        number = feed.add(stories.page("/cart?sku=A-18"))
        await wait_for(lambda: f"of {done + 1} requests" in grid(app))
        await pilot.press("greater_than_sign", "greater_than_sign")
        await wait_for(lambda: "▼P95" in grid(app))
        routes = app.screen.query_one("#stats-routes", LineView)
        method, path = routes.current.key
        await pilot.press("enter")
        await wait_for(lambda: app.screen is screen)
        rows = feed.capture.page(where=parse("path:/cart"))[::-1]
        expected = [row.number for row in rows if (row.method, row.path) == (method, path)]
        await wait_for(lambda: listed(screen) == expected)
        assert f"method:{method} path~" in grid(app)
        assert (number in listed(screen)) == (path == "/cart")
        await pilot.press("T", "z", "escape")
        await wait_for(lambda: not app.screen.has_class("-zoomed"))
        assert isinstance(app.screen, StatisticsScreen)
        await pilot.press("escape")
        await wait_for(lambda: app.screen is screen)


async def test_layers_are_known_once_they_are_analysed(feed: ScriptedFeed):
    from wsgitrace.supervisor import analyse  # noqa: PLC0415 -- only here

    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("T")
        await wait_for(lambda: "known to request 0 of 22" in grid(app))
        analyse(feed.capture)
        feed.add(stories.hello())
        await wait_for(lambda: "demos.shop.session.Session" in grid(app))
        await pilot.press("2", "enter")
        await wait_for(lambda: app.screen is app.screen_stack[0])
        await wait_for(lambda: "layer:" in grid(app))


async def test_what_nobody_else_analyses_is_analysed_while_one_looks(feed: ScriptedFeed):
    traffic(feed)
    feed.live = False
    feed.writer.close()
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("T")
        await wait_for(lambda: "demos.shop.session.Session" in grid(app) and "known to" not in grid(app))


async def test_deleting_says_how_many_and_spares_what_is_marked(feed: ScriptedFeed):
    traffic(feed)
    marked = feed.capture.pinned()
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        selected = screen.selected.number
        await pilot.press("d")
        await wait_for(lambda: f"request {selected}," in grid(app) and "1 marked request" in grid(app))
        await pilot.press("escape")
        assert not feed.commands
        await pilot.press("d", "enter")
        await wait_for(lambda: selected not in listed(screen))
        await pilot.press("slash", *"cart", "enter")
        await wait_for(lambda: "6 of 21 match" in grid(app))
        await pilot.press("d")
        await wait_for(lambda: "6 requests that match cart; 1 marked stay" in grid(app))
        await pilot.press("j", "j", "enter")
        await wait_for(lambda: set(listed(screen)) <= {*marked, *feed.capture.open_exchanges()})
        await wait_for(lambda: feed.commands[-1] == ("delete", "cart", False))
        assert feed.capture.pinned() == marked


async def test_where_nothing_can_be_deleted_it_says_why(feed: ScriptedFeed):
    feed.refusals["delete"] = "A recording is opened read-only."
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("d")
        await wait_for(lambda: said(app) == ["A recording is opened read-only."])


async def test_keys_without_a_meaning_say_so(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed, keymap={"help": "Z"})
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("L", "J", "0", "left_parenthesis", "apostrophe")
        await wait_for(
            lambda: (
                said(app)
                == [
                    "Bodies are on the tabs Request and Response.",
                    "J (Jump) works while stepping (s).",
                    *(f"{char} does nothing here; ? shows the keys that do." for char in "0('"),
                ]
            )
        )
        await pilot.press("Z")
        await wait_for(lambda: "enter runs one" in grid(app))


async def test_the_whole_of_a_long_body_is_shown_when_it_is_asked_for(feed: ScriptedFeed):
    exchange = Exchange("GET", "/numbers")
    with exchange.call("shop.app", "application") as app_span:
        app_span.start_response("200 OK", [("Content-Type", "text/plain")])
        app_span.returns([b"1\n" * LINES_LIMIT, b"the last line"])
    feed.add(exchange.finish())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        lines = screen.inspector.view
        await pilot.press("right_square_bracket", "right_square_bracket")
        await wait_for(lambda: lines.rows and "L shows all" in line_text(lines.rows[-1].runs))
        await pilot.press("L")
        await wait_for(lambda: "the last line" in line_text(lines.rows[-1].runs))


async def test_a_request_that_is_held_off_the_screen_is_told_of_once(feed: ScriptedFeed):
    for _ in range(60):
        feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        feed.add(stories.held())
        await wait_for(lambda: 61 in {row.number for row in screen.list.window.rows})
        assert said(app) == [], "it is on the screen"
        await pilot.press("g")
        await wait_for(lambda: screen.list.window.cursor == 1)
        feed.add(stories.held())
        await wait_for(lambda: said(app))
        feed.add(stories.hello())
        await wait_for(lambda: screen.feed.totals() == feed.counted and at_rest(app))
        assert said(app) == ["Request 62 is held, and not shown here: the filter is:held finds what waits."]
