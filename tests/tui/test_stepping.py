from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.events import LayerFound
from wsgitrace.trace.moment import Moment
from wsgitrace.trace.stepping import boundaries
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.lines.steps import step_layers
from wsgitrace.tui.screens.step import StepScreen
from wsgitrace.tui.subject import read_subject
from wsgitrace.tui.walk import Walk

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def subject_of(feed: ScriptedFeed, number: int):
    return read_subject(feed.capture, feed.capture.summary(number))


def test_a_recording_is_walked_from_its_first_stop_to_its_last_and_back(feed: ScriptedFeed):
    walk = Walk()
    walk.begin(subject_of(feed, feed.add(stories.page())))
    stops = boundaries(walk.trace)
    assert walk.seq == stops[0]
    assert walk.why_not_back()
    seen = [walk.seq]
    while not walk.why_not_on() and walk.seq != stops[-1]:
        walk.forward(whole=True)
        seen.append(walk.seq)
    assert seen == stops
    for expected in reversed(stops[:-1]):
        walk.back(whole=True)
        assert walk.seq == expected
    walk.to_end()
    assert walk.seq == stops[-1]
    walk.to_start()
    assert walk.seq == stops[0]


def test_a_recording_is_walked_to_where_a_standard_was_not_kept(feed: ScriptedFeed):
    walk = Walk()
    walk.begin(subject_of(feed, feed.add(stories.hostile())))
    broken = sorted({one.seq for one in walk.broken if one.severity == "must"})
    assert walk.seq < broken[0]
    walk.to_end()
    assert walk.seq == broken[0]
    for _ in broken:
        walk.to_end()
    assert walk.seq == walk.stops[-1]
    walk.to_start()
    assert walk.seq == broken[-1]


def test_events_are_walked_one_by_one_and_jumped_to(feed: ScriptedFeed):
    walk = Walk()
    walk.begin(subject_of(feed, feed.add(stories.page())))
    walk.forward(whole=False)
    walk.forward(whole=False)
    assert walk.seq == 2
    walk.back(whole=False)
    assert walk.seq == 1
    walk.jump(7)
    assert walk.seq == 7
    walk.jump(10**6)
    assert walk.seq == walk.seqs[-1]


def test_a_held_request_is_walked_at_its_living_position(feed: ScriptedFeed):
    exchange = Exchange("GET", "/slow")
    session = exchange.call("demos.shop.session.Session")
    exchange.held()
    number = feed.add(exchange)
    walk = Walk()
    walk.begin(subject_of(feed, number))
    assert (walk.live, walk.seq) == (True, 1)
    exchange.wait(5)
    session.environ["shop.session"] = "9f3c"
    session.call("demos.shop.auth.Auth")
    exchange.held()
    feed.more(number)
    walk.follow(subject_of(feed, number))
    assert (walk.live, walk.seq, walk.earlier) == (True, 3, 1)
    walk.back(whole=True)
    assert not walk.live
    assert walk.held
    feed.more(number)
    walk.follow(subject_of(feed, number))
    assert not walk.live, "who looks back is not taken away from it"
    walk.to_end()
    assert walk.live


@pytest.mark.parametrize("story", [name for name in stories.__dict__ if name.islower() and not name.startswith("_")])
def test_any_request_can_be_walked_through(feed: ScriptedFeed, story: str):
    make = getattr(stories, story)
    if not callable(make) or getattr(make, "__module__", "") != stories.__name__:
        pytest.skip("not a story")
    walk = Walk()
    walk.begin(subject_of(feed, feed.add(make())))
    for _ in range(60):
        walk.forward(whole=False)
    assert walk.seq in walk.seqs


async def test_a_held_request_is_stepped_and_let_go(feed: ScriptedFeed):
    number = feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and "HELD" in grid(app))
        await pilot.press("s")
        assert feed.commands == [("step", number)]
        await pilot.press("S")
        await wait_for(lambda: "looking back" in grid(app))
        await pilot.press("s")
        assert feed.commands == [("step", number)], "a step while looking back only looks"
        await wait_for(lambda: "looking back" not in grid(app))
        await pilot.press("S", "c")
        assert feed.commands == [("step", number)], "looking back, to continue only returns"
        assert [n.message for n in app._notifications] == ["Back at the present; c again lets it go."]
        await pilot.press("c")
        assert feed.commands == [("step", number), ("resume", number)]
        await pilot.press("A")
        assert feed.commands[-1] == ("resume", None)
        await pilot.press("escape")
        await wait_for(lambda: not isinstance(app.screen, StepScreen))


def test_layers_that_were_not_reached_are_inside_those_that_hold_them(feed: ScriptedFeed):
    def found(number: int, name: str, parent: int | None, kind: str = "wsgi") -> LayerFound:
        return LayerFound(number, f"shop.{name}", kind, "", 0, "test", parent)

    layers = [
        found(1, "Session", None),
        found(2, "Mount", 1),
        found(3, "Gzip", 6),
        found(4, "Shop", 3, "application"),
        found(5, "Api", 2),
        found(6, "router", 2, "framework"),
        found(7, "Ring", 8),
        found(8, "Gnir", 7),
    ]
    exchange = Exchange("GET", "/", layers=layers)
    exchange.call("shop.Session").call("shop.Mount")
    exchange.held()
    trace = subject_of(feed, feed.add(exchange)).trace
    rows = step_layers(Moment(trace, 2, 1), 60)
    assert [row.runs[0].text + row.runs[1].text.rstrip() for row in rows] == [
        "● server",
        "● └ Session",
        "▸   └ Mount",
        "○     └ Gzip",
        "○       └ Shop",
        "○     └ Api",
        "○ └ Ring",
        "○   └ Gnir",
    ]
    assert {run.role for row in rows[3:] for run in row.runs} == {"faint"}


async def test_a_recorded_request_is_stepped_both_ways_and_shows_its_state(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and "RECORDED" in grid(app))
        for _ in range(6):
            await pilot.press("s")
        await wait_for(lambda: "event 6" in grid(app))
        assert "+ shop.session" in grid(app)
        await pilot.press("left")
        await wait_for(lambda: "event 5" in grid(app))
        await pilot.press("right", "right")
        await wait_for(lambda: "event 7" in grid(app))
        await pilot.press("J", "1", "0", "enter")
        await wait_for(lambda: "event 10" in grid(app))
        await pilot.press("C")
        await wait_for(lambda: "event 0" in grid(app))
        await pilot.press("c")
        await wait_for(lambda: "event 29" in grid(app))
        await pilot.press("s")
        assert feed.commands == []
        assert [n.message for n in app._notifications] == ["This is the last event."]


async def test_the_step_screen_goes_along_with_the_request(feed: ScriptedFeed):
    exchange = Exchange("GET", "/slow")
    session = exchange.call("demos.shop.session.Session")
    exchange.held()
    number = feed.add(exchange)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and "at called Session" in grid(app))
        exchange.wait(3)
        session.call("demos.shop.auth.Auth")
        exchange.held()
        feed.more(number)
        await wait_for(lambda: "at called Auth" in grid(app))
        assert "event 3 of" in grid(app)


async def test_to_continue_can_be_ordered_while_a_step_is_on_its_way(feed: ScriptedFeed):
    exchange = Exchange("GET", "/slow")
    session = exchange.call("demos.shop.session.Session")
    exchange.held()
    number = feed.add(exchange)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and "at called Session" in grid(app))
        await pilot.press("s")
        exchange.wait(3)
        session.call("demos.shop.auth.Auth")
        feed.more(number)
        await wait_for(lambda: "RUNNING" in grid(app))
        assert "Continue" in grid(app).splitlines()[-1]
        await pilot.press("c")
        assert feed.commands == [("step", number), ("resume", number)]
        await wait_for(lambda: "Continue" not in grid(app).splitlines()[-1])
        await pilot.press("c")
        assert len(feed.commands) == 2, "it was let go: there is nothing to continue"
