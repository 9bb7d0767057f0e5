"""``e``: a copy of the selected request is edited, and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from tests.support import stories
from tests.support.screen import at_rest, wait_for
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.repeating import check_options
from wsgitrace.tui.screens.asking import AskScreen

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


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
