from __future__ import annotations

from typing import get_args

import pytest

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.tui.subject import read_subject
from wsgitrace.tui.transitions import TABLE, Effect, Key, State, transition
from wsgitrace.tui.walk import Walk

STEPS = ("into", "over", "out", "cursor")
BACK = ("back_into", "back_over", "back_out", "back_continue", "event_previous")
ABOUT = ("edit", "undo", "end", "evaluate")


def test_every_key_means_something_in_every_state():
    assert set(TABLE) == {(state, key) for state in State for key in get_args(Key)}


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("key", get_args(Key))
def test_every_entry_makes_sense(state, key):
    do = transition(state, key)
    assert do.effect in get_args(Effect)
    assert bool(do.why) == (do.effect == "refuse")
    assert do.then
    if do.effect in {"command", "refuse"}:
        assert do.then == (state,), "nothing moves"
    if do.effect == "move" and state is not State.HELD and state is not State.BEHIND:
        assert do.then == (state,), "looking changes nothing about the request"


def test_only_where_it_is_held_does_a_step_reach_the_request():
    assert {place for place, do in TABLE.items() if do.effect == "step"} == {(State.HELD, key) for key in STEPS}
    assert {place for place, do in TABLE.items() if do.effect == "resume"} == {
        (State.HELD, "continue"),
        (State.AWAY, "continue"),
    }


def test_looking_back_never_orders_anything():
    for key in (*STEPS, *BACK, "continue", "event_next", "jump"):
        assert transition(State.BEHIND, key).effect == "move"
    for key in ABOUT:
        assert transition(State.BEHIND, key).effect == "refuse"


def test_going_back_is_looking_in_every_state():
    assert {transition(state, key).effect for state in State for key in BACK} == {"move"}


def at(walk):
    event = next(each for each in walk.trace.events if each.seq == walk.seq)
    return f"{type(event).__name__} {walk.trace.by_id[event.span].name}"


@pytest.fixture
def walk(feed):
    """At the first event of a recorded request through three layers."""
    found = Walk()
    number = feed.add(stories.page())
    found.begin(read_subject(feed.capture, feed.capture.summary(number)))
    return found


def places(walk, *keys):
    found = []
    for key in keys:
        walk.go(key)
        found.append(at(walk))
    return found


def test_over_stays_in_a_pass_and_out_leaves_it(walk):
    walk.go("into")
    walk.go("into")
    called = at(walk)
    name = called.split()[1]
    assert called.startswith("Called ")
    walk.go("over")
    assert at(walk).split()[1] == name
    walk.go("back_out")
    assert at(walk) == called
    walk.go("out")
    assert at(walk) in {f"Returned {name}", f"Raised {name}"}
    walk.go("out")
    assert at(walk).split()[1] != name


def test_every_way_forward_ends_and_every_way_back_begins_again(walk):
    for way, back in (("over", "back_over"), ("out", "back_out"), ("into", "back_into")):
        seen = [walk.seq]
        while walk.go(way):
            seen.append(walk.seq)
        assert seen == sorted(seen)
        while walk.go(back):
            assert walk.seq < seen[-1]
        walk.go("back_continue")
        assert walk.seq == walk.stops[0]


def test_to_the_cursor_goes_on_to_the_next_event_of_a_layer(walk):
    inner = walk.trace.spans[-1]
    assert walk.go("cursor", inner.layer_id)
    assert at(walk).split()[1] == inner.name
    walk.to_end()
    assert not walk.go("cursor", inner.layer_id), "it stays where it is"


def test_continue_stops_where_the_request_was_held(feed):
    exchange = Exchange("GET", "/")
    session = exchange.call("demos.shop.session.Session")
    exchange.hold(20)
    session.call("demos.shop.auth.Auth")
    exchange.finish()
    walk = Walk()
    walk.begin(read_subject(feed.capture, feed.capture.summary(feed.add(exchange))))
    assert places(walk, "continue", "continue") == ["Called Session", "Done server"]
    assert places(walk, "back_continue", "back_continue") == ["Called Session", "HeadReceived server"]


def test_the_states_of_a_held_request(feed):
    exchange = Exchange("GET", "/")
    session = exchange.call("demos.shop.session.Session")
    exchange.held()
    number = feed.add(exchange)

    def now():
        return read_subject(feed.capture, feed.capture.summary(number))

    walk = Walk()
    walk.begin(now())
    assert walk.state is State.HELD
    walk.go("back_into")
    assert walk.state is State.BEHIND
    walk.go("over")
    assert walk.state is State.HELD
    walk.away = True
    exchange.wait(1)
    session.call("demos.shop.auth.Auth")
    feed.more(number)
    walk.follow(now())
    assert walk.state is State.AWAY
    exchange.held()
    feed.more(number)
    walk.follow(now())
    assert (walk.state, walk.away) == (State.HELD, False)
    exchange.wait(1)
    exchange.finish()
    feed.more(number)
    walk.follow(now())
    assert walk.state is State.RECORDED
