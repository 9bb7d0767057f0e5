"""``R``: a request, or several, run again otherwise than they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, wait_for
from tests.support.streams import Exchange
from wsgitrace.replay import rebuild
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.repeating import Series
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.options_form import OptionsScreen
from wsgitrace.tui.widgets.form import FormChoice, FormLine, FormNote

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def layered(method: str = "GET") -> Exchange:
    """A request through a layer that can be skipped."""
    exchange = Exchange(method, "/cart")
    with exchange.call("shop.Session") as session, session.call("shop.app", "application") as app:
        app.start_response("200 OK", [])
        app.returns([])
    exchange.response_head()
    return exchange.finish()


async def form(app: WsgitraceApp, pilot: Pilot[int]) -> OptionsScreen:
    await wait_for(lambda: at_rest(app))
    await pilot.press("R")
    await wait_for(lambda: isinstance(app.screen, OptionsScreen) and app.screen.query(FormNote))
    assert isinstance(app.screen, OptionsScreen)
    return app.screen


def fill(screen: OptionsScreen, **texts: str) -> None:
    for name, text in texts.items():
        screen.query_one(f"#option-{name}", FormLine).put(text)


def choose(screen: OptionsScreen, **words: str) -> None:
    for name, word in words.items():
        screen.query_one(f"#option-{name}", FormChoice).put(word)


def told(app: WsgitraceApp) -> list[str]:
    return [one.message for one in app._notifications]


async def test_what_cannot_be_is_told_in_the_form_and_what_can_be_is_sent(feed: ScriptedFeed):
    number = feed.add(layered())
    feed.prepare = "hooks:sign"
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await form(app, pilot)
        for texts, said in (
            ({"times": "0"}, "Times: a number from 1 to 1,000 is wanted."),
            ({"times": "1", "jobs": "65"}, "At once: a number from 1 to 64 is wanted."),
            ({"jobs": "1", "skip": "GZip"}, "did not go through GZip: it went through Session, app."),
            ({"skip": "app"}, "it called no other layer"),
            ({"skip": "Session", "break": "on:never"}, "'on:never' is no breakpoint"),
            ({"break": "on:called", "times": "2"}, "One that is held is run once"),
            ({"times": "1", "prepare": "sign"}, "A function is written MODULE:FUNCTION, as in hooks:sign."),
        ):
            fill(screen, **texts)
            await wait_for(lambda said=said: said in screen.query_one("#form-note", FormNote).text)
        fill(screen, prepare="hooks:sign")
        choose(screen, clock="original", timing="original")
        await pilot.press("ctrl+r")
        await wait_for(lambda: feed.commands)
        ((what, command),) = feed.commands
        assert (what, command.replay_of, command.skips) == ("send", number, (("shop.Session", "shop.app"),))
        assert (command.breakpoints, command.clock) == (("on:called",), feed.capture.summary(number).wall)
        assert command.prepare is None, "it is what the settings name"
        feed.not_run = [(number, "the clock can be set only where time-machine is installed")]
        feed.say(None, "something changes")
        wanted = f"Request {number} was not run again: the clock can be set only where time-machine is installed."
        await wait_for(lambda: wanted in told(app))


async def test_marked_requests_run_in_their_order_and_what_may_change_something_is_asked_about(feed: ScriptedFeed):
    for exchange in (layered(), layered("POST"), stories.hello(), Exchange("POST", "/", body=b"unread").finish()):
        feed.add(exchange)
    for number in (1, 2, 4):
        feed.pin(number, True)  # noqa: FBT003 -- the feed's
    feed.commands.clear()
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await form_of(app, pilot, 3)
        assert screen.query_one("#option-which", FormChoice).words == ("this one", "3 marked")
        choose(screen, which="3 marked")
        await pilot.press("ctrl+r")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await wait_for(lambda: [command.replay_of for _, command in feed.commands] == [1])
        feed.add(layered(), replay_of=1)
        await wait_for(lambda: [command.replay_of for _, command in feed.commands] == [1, 2])
        await pilot.press("R")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("escape")
        feed.add(stories.failing(), replay_of=2)
        wanted = "2 requests run again: 1 × 200, 1 × 500; 1 left out: the body of request 4 is not recorded whole: "
        await wait_for(lambda: any(text.startswith(wanted) for text in told(app)))


async def form_of(app: WsgitraceApp, pilot: Pilot[int], number: int) -> OptionsScreen:
    """The form for one request."""
    await wait_for(lambda: at_rest(app))
    app.screen.go_to(number)  # type: ignore[attr-defined]
    await wait_for(lambda: app.screen.selected is not None and app.screen.selected.number == number)  # type: ignore[attr-defined]
    return await form(app, pilot)


@pytest.mark.parametrize("timed", [False, True], ids=["fast", "original"])
def test_when_each_of_a_series_is_sent(feed: ScriptedFeed, timed: bool):  # noqa: FBT001 -- a parameter of the test
    numbers = [feed.add(layered()) for _ in range(3)]
    commands = [rebuild(number, layered().trace()) for number in numbers]
    series = Series(commands, 2, [0.0, 0.5, 9.0] if timed else [], feed.capture.newest(), 100.0)
    assert series.due(100.0) == (commands[:1] if timed else commands[:2])
    assert series.wait(100.0) == (0.5 if timed else None)
    assert series.due(100.6) == (commands[1:2] if timed else [])
    feed.add(layered(), replay_of=numbers[0])
    series.look(feed.capture)
    assert series.due(101.0) == ([] if timed else commands[2:])
    assert series.progress == "1 of 3 requests"
    assert series.refuse(numbers[1], "it is gone")
    assert not series.refuse(numbers[1], "it is gone")
    assert not series.over
    assert series.due(110.0) == (commands[2:] if timed else [])
    assert series.wait(110.0) is None
    feed.add(stories.failing(), replay_of=numbers[2])
    series.look(feed.capture)
    assert series.over
    assert series.text == "3 requests run again: 1 × 200, 1 × not run, 1 × 500; not run: it is gone."
