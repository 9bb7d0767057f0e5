"""Who gets the terminal, and when; what is said when it is given back. The relay itself is tried in test_relay."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, wait_for
from wsgitrace.supervisor.holding import Hold
from wsgitrace.supervisor.relay import Outcome
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.step import StepScreen

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (80, 24)


class FakeRelay:
    """Copies nothing."""

    name = "/dev/pts/99"
    outcome = Outcome()

    def run(self, interrupt):
        interrupt()
        return self.outcome

    def say(self, text):
        self.said = text

    def end(self):
        pass

    def close(self):
        pass


@pytest.fixture
def lent(monkeypatch):
    """A terminal that can be lent."""
    relay = FakeRelay()
    monkeypatch.setattr("wsgitrace.tui.lending.Relay", lambda: relay)
    monkeypatch.setattr(WsgitraceApp, "suspend", lambda _: nullcontext())
    return relay


def said(app):
    return [one.message for one in app._notifications]


def asking(number, since):
    return Hold(number, 7, "code", 1, since, 0, asks=True)


async def test_p_gives_the_terminal_to_pdb_and_says_what_became_of_the_request(feed: ScriptedFeed, lent):
    number = feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("P")
        await wait_for(lambda: said(app) == ["P (pdb) works while stepping (s)."])
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        await pilot.press("P")
        await wait_for(lambda: feed.commands)
        assert feed.commands == [("debug", number), ("interrupt", number)]
        assert lent.said.startswith(f"pdb in request {number}, POST /cart/checkout\n")
        await wait_for(lambda: said(app)[-1] == f"pdb in request {number} has ended. The request is still held.")


async def test_those_that_ask_get_it_one_after_the_other_and_none_twice(feed: ScriptedFeed, lent):
    feed.add(stories.held())
    feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("?")
        feed.become(holds=(asking(1, 200), asking(2, 100)))
        await wait_for(lambda: app.feed.version() == app._version)
        assert feed.commands == [], "something else is open"
        await pilot.press("escape")
        await wait_for(lambda: len(feed.commands) == 4)
        app.poll()
        assert [what for what in feed.commands if what[0] == "debug"] == [("debug", 2), ("debug", 1)]


async def test_a_terminal_that_is_taken_back_or_cannot_be_lent_is_told(feed: ScriptedFeed, lent, monkeypatch):
    number = feed.add(stories.held())
    monkeypatch.setattr(feed, "debug", lambda *_: None)
    lent.outcome = Outcome(taken_back=True)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE):
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        app.lending.give(number)
        await wait_for(lambda: said(app) == [f"The terminal was taken back from pdb in request {number}."])
        monkeypatch.undo()
        app.lending.give(number)
        await wait_for(lambda: len(said(app)) == 2)
        assert said(app)[-1].startswith("The terminal cannot be given to pdb: ")
