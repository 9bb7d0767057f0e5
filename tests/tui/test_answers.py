"""``w``: who did this; the ledger tab; from one change to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from tests.tui.test_keys import main_of, press, ready
from wsgitrace.trace import Span, Trace, findings
from wsgitrace.trace.blame import Thing
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.feed import Totals
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.lines.blames import thing_of
from wsgitrace.tui.lines.ledgers import ledger_rows
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import Row, line_text
from wsgitrace.tui.screens.blame import BlameScreen
from wsgitrace.tui.screens.step import StepScreen
from wsgitrace.tui.widgets.top_bar import top_line

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

TEXT = ("Content-Type", "text/plain")


def dropped() -> Exchange:
    """A cache that keeps only what it knows."""
    exchange = Exchange("GET", "/items")
    with exchange.call("shop.Cache") as cache:
        with cache.call("shop.views.listing", "application", wraps=True) as view:
            view.start_response("200 OK", [TEXT, ("X-Total", "412")])
            view.returns([b"items"])
        cache.start_response("200 OK", [TEXT])
    return exchange.finish()


def eaten() -> Exchange:
    """A layer that takes the body away."""
    exchange = Exchange("POST", "/orders", body=b"x" * 812)
    with exchange.call("shop.Audit") as audit:
        audit.read(812)
        with audit.call("shop.orders", "application") as orders:
            orders.read(812)
            orders.start_response()
            orders.returns([b"empty"])
    return exchange.finish()


async def window(app: WsgitraceApp, pilot: Pilot[int], text: str) -> str:
    await wait_for(lambda: isinstance(app.screen, BlameScreen) and text in grid(app), text)
    return grid(app)


async def test_w_asks_about_the_row_or_about_everything(feed: ScriptedFeed):
    feed.add(dropped())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await ready(app)
        await pilot.press("w")
        await window(app, pilot, "resp.header:x-total  ")
        await pilot.press("enter")
        text = await window(app, pilot, "Who did this: resp.header:x-total")
        assert "set by listing, dropped by Cache: the client never got it" in text
        assert "shop/views.py:13  never reached the client" in text
        await pilot.press("escape")
        await window(app, pilot, "Who set, changed and dropped what")
        await pilot.press("escape")
        await wait_for(lambda: not isinstance(app.screen, BlameScreen))
        await press(app, pilot, "3 right_square_bracket right_square_bracket")
        await wait_for(lambda: "Set inside, never sent" in grid(app))
        screen.inspector.view.select_key(("lost", "x-total"))
        await pilot.press("w")
        await window(app, pilot, "Who did this: resp.header:x-total")
        await pilot.press("w")
        await wait_for(lambda: not isinstance(app.screen, BlameScreen))


async def test_changes_ledgers_and_what_analysis_found(feed: ScriptedFeed):
    late, number = feed.add(stories.buffered()), feed.add(eaten())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await ready(app)
        for each in (late, number):
            found = {each: findings(Trace.from_events(feed.capture.events(each)))}
            feed.writer.add_findings(found, (), each)
            feed.writer.commit()
        await wait_for(lambda: "in 812→0" in grid(app) and "buffered 7" in grid(app))
        await press(app, pilot, "3 left_square_bracket left_square_bracket z")
        await wait_for(lambda: "orders found the body empty" in grid(app))
        assert "read(812) got 0 bytes, at 812" in grid(app)
        view = screen.inspector.view
        view.select_key(("fault", "input"))
        await press(app, pilot, "right_curly_bracket")
        assert view.current is not None
        assert view.current.key == ("fault", "input", 1)
        await press(app, pilot, "left_curly_bracket")
        assert view.current.key == ("fault", "input")
        await press(app, pilot, "space")
        await wait_for(lambda: at_rest(app) and "read(812) got 0 bytes" not in grid(app))


async def test_enter_on_a_broken_rule_goes_to_its_event(feed: ScriptedFeed):
    number = feed.add(stories.hostile())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await ready(app)
        await press(app, pilot, "3 left_square_bracket left_square_bracket")
        await wait_for(lambda: "rules broken" in grid(app))
        rule = next(
            row for row in screen.inspector.view.rows if row.key is not None and row.key[:2] == ("fault", "rules")
        )
        screen.inspector.view.select_key(rule.key)
        await pilot.press("enter")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and app.screen.ready)
        assert (app.screen.number, app.screen.walk.seq) == (number, rule.key[-1])
        await wait_for(lambda: f"{rule.key[2]} must Shop: " in grid(app))


async def test_w_asks_while_stepping(feed: ScriptedFeed):
    feed.add(dropped())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        await ready(app)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and app.screen.ready)
        await pilot.press("w")
        await window(app, pilot, "resp.header:x-total  ")


async def test_without_a_request_w_says_why_not(feed: ScriptedFeed):
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: at_rest(app))
        assert main_of(app).why_not("who") == "No request is selected."
        await pilot.press("w")
        assert not isinstance(app.screen, BlameScreen)


@pytest.mark.parametrize("cells", [46, 76, 120])
@pytest.mark.parametrize("name", sorted(stories.STORIES))
def test_ledgers_fit_and_mask(name, cells):
    trace = stories.STORIES[name]().trace()
    rows = ledger_rows(trace, cells, {("ledger", each) for each in ("input", "chunks")}, Shown())
    text = "\n".join(line_text(row.runs) for row in rows)
    assert "start_response" in text
    keys = [row.key for row in rows if row.key is not None]
    assert len(keys) == len(set(keys))


def test_rows_know_what_they_are_about():
    span = stories.page().trace().outermost
    assert isinstance(span, Span)

    def of(*key: object) -> Thing | None:
        return thing_of(Row((), key=key), span)

    assert of("status") == Thing("status")
    assert of("change", 0, "shop.user") == Thing("environ", "shop.user")
    assert of("request", 3, "X-Forwarded-For") == Thing("environ", "HTTP_X_FORWARDED_FOR")
    names = [name for name, _ in span.headers]
    assert of("response", names.index("Set-Cookie"), "Set-Cookie") == Thing("cookie", "sid")
    assert of("response", names.index("Vary"), "Vary") == Thing("resp.header", "vary")
    assert of("response", 99, "Gone") is None
    assert of("since", "shop.user") == Thing("environ", "shop.user")
    assert thing_of(Row((), key=("header", 1), title="Vary"), None) == Thing("resp.header", "vary")
    assert of("group", "x") is None
    assert thing_of(None, span) is None


def test_responses_never_closed_are_counted_in_the_top_bar(feed: ScriptedFeed):
    for story in (stories.hello, stories.unclosed, stories.page, stories.unclosed):
        feed.add(story())
    recorded = FileFeed(feed.capture, "shop.wtrace")
    assert recorded.totals().unclosed == 2
    assert recorded.totals().unclosed == 2
    feed.add(stories.unclosed())
    assert recorded.totals().unclosed == 3
    line = line_text(top_line(recorded.status(), recorded.totals(), 120))
    assert "3 never closed" in line
    assert "never closed" not in line_text(top_line(recorded.status(), Totals(requests=5), 120))
