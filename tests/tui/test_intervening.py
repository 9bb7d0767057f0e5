"""What is asked for where a request is held, and where it is to be held: typed keys, and what the feed is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.events import EnvironEdit, HeadersEdit, StatusEdit
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.step import StepScreen

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (80, 24)


async def test_what_is_typed_is_added_to_the_breakpoint_that_is_suggested(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("b")
        await wait_for(lambda: isinstance(app.screen, AskScreen) and at_rest(app))
        suggested = app.screen.query_one("Input").value
        assert suggested.startswith("layer:=")
        await pilot.press(*" on:start_response", "enter")
        await wait_for(lambda: feed.status().breakpoints)
        assert [one.text for one in feed.status().breakpoints] == [f"{suggested} on:start_response"]


async def test_breakpoints_that_are_there_from_the_start_are_told_and_switched_off(feed: ScriptedFeed):
    feed.add(stories.hello())
    feed.add_breakpoint("exc:KeyError")
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await wait_for(lambda: "1 breakpoint in force from the start" in grid(app))
        await pilot.press("I")
        await wait_for(lambda: "breakpoints off" in grid(app).splitlines()[0])
        feed.remove_breakpoint(1)
        await pilot.press("I")
        await wait_for(lambda: "There is no breakpoint: b asks for one." in grid(app))
        assert not feed.status().breakpoints_on


@pytest.mark.parametrize(("story", "asks"), [("hello", False), ("upload", True)])
async def test_where_one_stands_can_be_run_again_and_what_is_not_safe_asks_first(
    feed: ScriptedFeed, story: str, *, asks: bool
):
    number = feed.add(getattr(stories, story)())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("s", "R")
        if asks:
            await wait_for(lambda: isinstance(app.screen, ConfirmScreen) and at_rest(app))
            assert not feed.commands
            await pilot.press("y")
        await wait_for(lambda: feed.commands)
    assert feed.commands == [("replay", number, 1)]


async def test_an_edit_is_told_when_it_is_made_and_goes_with_the_request(feed: ScriptedFeed):
    number = feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("a")
        await wait_for(lambda: isinstance(app.screen, AskScreen) and at_rest(app))
        await pilot.press(*"shop.flag=on", "enter")
        await wait_for(lambda: any("When it goes on" in one.message for one in app._notifications))
        assert [one.message for one in app._notifications] == ["When it goes on: environ shop.flag = 'on'"]
        await pilot.press("c")
        await wait_for(lambda: feed.commands)
        assert feed.commands == [("resume", number, (EnvironEdit("shop.flag", "on"),))]


async def test_status_and_header_fields_are_edited_and_added_where_they_are_shown(feed: ScriptedFeed):
    exchange = Exchange()
    exchange.call("demos.shop.app.Shop", "application").start_response("200 OK", [("Vary", "Cookie")])
    exchange.held()
    number = feed.add(exchange)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("3", "]", "g", "e")
        await wait_for(lambda: isinstance(app.screen, AskScreen) and at_rest(app))
        await pilot.press(*["backspace"] * 6, *"404 Gone", "enter")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("g", "a")
        await wait_for(lambda: isinstance(app.screen, AskScreen) and at_rest(app))
        await pilot.press(*"X-New: 1", "enter")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("c")
        await wait_for(lambda: feed.commands)
    edits = (StatusEdit("404 Gone"), HeadersEdit((("Vary", "Cookie"), ("X-New", "1"))))
    assert feed.commands == [("resume", number, edits)]
