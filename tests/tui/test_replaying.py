"""``e``: a copy of the selected request is edited, and run."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from textual.widgets import Input

from tests.support import stories
from tests.support.screen import at_rest, wait_for
from tests.support.streams import Exchange
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.repeating import check_options
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    import pytest

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


async def test_the_first_line_is_edited_at_once(feed: ScriptedFeed):
    number = feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("e")
        await wait_for(lambda: isinstance(app.screen, AskScreen))
        field = app.screen.query_one(Input)
        assert field.value == "GET / HTTP/1.1"
        field.value = "GET /other"
        await pilot.press("enter")
        assert isinstance(app.screen, AskScreen), "it says what is wrong"
        field.value = "GET /other HTTP/1.1"
        await pilot.press("enter")
        await wait_for(lambda: feed.commands)
        command = feed.commands[0][1]
        assert (command.replay_of, command.head) == (number, b"GET /other HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n")


async def test_all_of_it_is_edited_in_the_editor_and_what_changes_something_is_asked_about(
    feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch
):
    feed.add(stories.upload())
    app = WsgitraceApp(feed)
    monkeypatch.setattr(app, "suspend", nullcontext)
    monkeypatch.setattr(
        "wsgitrace.tui.screens.replaying.edit_bytes", lambda data, *_: data.replace(b'"A-17"', b'"B-2"')
    )
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("e")
        await wait_for(lambda: isinstance(app.screen, AskScreen))
        await pilot.press("ctrl+e")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        assert not feed.commands
        await pilot.press("y")
        await wait_for(lambda: feed.commands)
        command = feed.commands[0][1]
        assert b'"B-2"' in command.body
        assert b"Content-Length: 50\r\n" in command.head
        await pilot.press("r")
        await wait_for(lambda: ("replay", 1) in feed.commands)


async def test_masked_secrets_and_bodies_that_are_not_whole_are_told(feed: ScriptedFeed):
    feed.add(Exchange("POST", "/unread", body=b"x" * 9).finish())
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("e")
        await wait_for(lambda: any("There are secrets in it" in one.message for one in app._notifications))
        await pilot.press("k", "e")
        await wait_for(lambda: any("nothing of 9 bytes was read" in one.message for one in app._notifications))
        assert not feed.commands


async def test_options_are_checked_before_a_request_is_run(feed: ScriptedFeed):
    number = feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("R")
        await wait_for(lambda: isinstance(app.screen, AskScreen))
        field = app.screen.query_one(Input)
        field.value = "times:0"
        await pilot.press("enter")
        assert isinstance(app.screen, AskScreen), "it says what is wrong"
        field.value = "jobs:2 cookies:fresh"
        await pilot.press("enter")
        await wait_for(lambda: len(feed.commands) == 1)
        feed.add(stories.failing(), replay_of=number)
        wanted = f"1 replay of {number} ended: 1 × 500."
        await wait_for(lambda: any(one.message == wanted for one in app._notifications))


def test_options_that_there_are_not_are_told():
    assert check_options("times:20 jobs:4 cookies:fresh") == ""
    for text in ("times:x", "jobs:65", "often"):
        assert text in check_options(text)
