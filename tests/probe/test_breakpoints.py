from __future__ import annotations

import pytest

import wsgitrace
from tests.support.answering import PassOn
from tests.support.holding import InThread, Pilot
from tests.support.waiting import until
from wsgitrace.events import BreakpointHit, Held, Parked, Released


def app(environ, start_response):
    count = 3
    start_response("200 OK", [("Content-Type", "text/plain"), ("Vary", "Cookie")])
    yield b"one"
    yield str(count).encode()


class Session(PassOn):
    def __call__(self, environ, start_response):
        environ["shop.session"] = "9f3c"

        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("Set-Cookie", "sid=1")], exc_info)

        return self.app(environ, start)


class Vary(PassOn):
    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [field for field in headers if field[0] != "Vary"])

        return self.app(environ, start)


class Catches(PassOn):
    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except KeyError:
            start_response("302 Found", [])
            return [b""]


def failing(environ, start_response):
    cart = {"a": 1}
    raise KeyError(len(cart))


STACK = Vary(Session(PassOn(app)))
PLAIN = PassOn(app)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("layer:Session", "called Session"),
        ("layer:app on:start_response", "start_response app"),
        ("layer:Session on:start_response path:/", "start_response Session"),
        ("layer:app on:chunk", "chunk app"),
        ("layer:PassOn on:start_response", "start_response app"),
        ("layer:PassOn on:chunk", "chunk app"),
        ("layer:Vary on:close", "close app"),
        ("layer:app on:close", "close app"),
        ("layer:app on:closed", "closed app"),
        ("layer:app on:end", "end app"),
        ("layer:app on:iteration", "iteration app"),
        ("on:returned", "returned app"),
        ("on:head", "head server"),
        ("status:2xx", "start_response app"),
        ("resp.header:content-type=text/plain", "start_response app"),
        ("on:chunk status:200", "chunk app"),
        ("method:GET", "called Vary"),
        ("adds:set-cookie", "start_response Session"),
        ("changed:vary", "start_response app"),
        ("removes:vary", "start_response Vary"),
        ("layer:Vary changed:vary", "start_response Vary"),
        ("changed:environ:shop.session", "called PassOn"),
        ("adds:shop.session layer:Session", "called PassOn"),
    ],
)
def test_holds_where_it_is_met(shared, text, where):
    made = shared(STACK)
    pilot = Pilot(made, text)
    running = pilot.run()
    assert pilot.stops == [where]
    assert (pilot.held.breakpoint, pilot.hits) == (1, [1])
    made.probe.arm(())
    made.probe.resume()
    assert running.join().body == b"one3"
    assert made.probe.held == ()
    assert made.serve().body == b"one3", "no breakpoint is left"
    assert pilot.stops == [where]


@pytest.mark.parametrize(
    "text", ["layer:Auth", "method:POST", "status:5xx", "exc:*", "layer:PassOn changed:vary", "adds:vary layer:Session",
             "layer:PassOn changed:shop.session", "removes:set-cookie"],
)  # fmt: skip
def test_holds_nothing_where_it_is_not_met(shared, text):
    made = shared(STACK)
    Pilot(made, text)
    assert made.serve().body == b"one3"
    assert not made.sender.of_event(Held)
    assert not made.sender.of(BreakpointHit)


def test_variables_of_the_layer(shared):
    made = shared(STACK)
    pilot = Pilot(made, "layer:app on:start_response,chunk", "layer:Session")
    running = pilot.run()
    assert set(pilot.held.locals) == {"self", "environ", "start_response"}
    assert pilot.held.line == Session.__call__.__code__.co_firstlineno
    made.probe.resume()
    until(lambda: pilot.stops[-1] == "start_response app" and made.probe.held)
    assert pilot.held.locals["count"] == 3
    line = pilot.held.line
    made.probe.resume()
    until(lambda: pilot.stops[-1] == "chunk app" and made.probe.held)
    assert (pilot.held.locals["count"], pilot.held.line) == (3, line + 1)
    assert pilot.held.environ == {}
    made.probe.arm(())
    made.probe.resume()
    running.join()


def test_once_holds_one_request_and_after_lets_some_pass(shared):
    made = shared(PLAIN)
    pilot = Pilot(made, "layer:PassOn after:1 once:yes")
    assert made.serve().body == b"one3"
    running = pilot.run()
    made.probe.resume()
    running.join()
    assert made.serve().body == b"one3"
    assert [(hit.breakpoint, hit.used_up) for hit in made.sender.of(BreakpointHit)] == [(1, False), (1, True)]


def test_what_is_counted_is_counted_on_when_another_one_is_added(shared):
    made = shared(PLAIN)
    pilot = Pilot(made, "layer:PassOn after:2")
    made.serve()
    pilot.arm("layer:PassOn after:2", "layer:nothing")
    made.serve()
    running = pilot.run()
    made.probe.resume()
    running.join()
    assert pilot.hits == [1, 1, 1]


def test_a_breakpoint_holds_a_request_that_was_open_before_it(shared):
    made = shared(PLAIN)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: made.probe.held)
    pilot = Pilot(made, "layer:app on:chunk")
    made.probe.resume(made.probe.held[0])
    until(lambda: pilot.stops[-1] == "chunk app" and made.probe.held)
    made.probe.resume()
    until(lambda: len(pilot.stops) > 2 and made.probe.held)
    made.probe.arm(())
    made.probe.resume()
    assert running.join().body == b"one3"


def test_a_delay_goes_on_by_itself(shared):
    made = shared(PLAIN)
    pilot = Pilot(made, "layer:PassOn")
    running = pilot.run()
    made.probe.resume(made.probe.held[0], "continue", delay=0.02)
    assert running.join().body == b"one3"
    assert [event.by for event in made.sender.of_event(Released)] == ["delay"]


def test_every_stop_says_why_there_is_no_frame(shared):
    made = shared(PLAIN)
    pilot = Pilot(made, "on:any")
    running = pilot.run()
    while pilot.stops[-1] != "over server":
        held = pilot.held
        assert bool(held.no_frame) != bool(held.function)
        before = len(pilot.stops)
        made.probe.resume()
        until(lambda before=before: len(pilot.stops) > before and made.probe.held)
    made.probe.resume()
    assert running.join().body == b"one3"


def test_no_more_than_the_bound_are_held_and_the_rest_goes_on(bench):
    made = bench(PassOn(app), hold_limit=2)
    pilot = Pilot(made, "layer:PassOn")
    held = [pilot.run(), pilot.run()]
    assert made.serve().body == b"one3"
    assert [(hit.breakpoint, hit.full) for hit in made.sender.of(BreakpointHit)][-1] == (1, True)
    made.probe.resume(None, "debugger gone")
    assert [running.join().body for running in held] == [b"one3", b"one3"]


def test_the_time_can_be_extended_or_taken_away(bench):
    made = bench(PassOn(app), hold_timeout=60)
    pilot = Pilot(made, "layer:PassOn")
    running = pilot.run()
    until(lambda: made.sender.of(Parked))
    first = made.sender.of(Parked)[-1]
    assert 50e9 < first.until - first.since < 70e9
    made.probe.extend(1, 100)
    until(lambda: made.sender.of(Parked)[-1].until > first.until + 90e9)
    made.probe.extend(1, None)
    until(lambda: made.sender.of(Parked)[-1].until == 0)
    made.probe.resume()
    assert running.join().body == b"one3"


def test_a_client_that_hangs_up_is_told_of_and_stays_held(bench):
    made = bench(PassOn(app))
    pilot = Pilot(made, "layer:PassOn")
    running = pilot.run()
    for recording in made.probe._exchanges.open.values():
        recording.handle.hung_up = True
    until(lambda: made.sender.of(Parked)[-1].gone)
    assert made.probe.held == (1,)
    made.probe.resume()
    running.join()


def test_a_breakpoint_in_the_code_holds_there_and_is_nothing_without_a_debugger(bench):
    def asks(environ, start_response):
        total = 7
        wsgitrace.breakpoint()
        start_response("200 OK", [])
        return [str(total).encode()]

    wsgitrace.breakpoint()
    made = bench(PassOn(asks))
    wsgitrace.breakpoint()
    pilot = Pilot(made)
    running = pilot.run()
    assert pilot.stops == ["code asks"] or pilot.stops[0].startswith("code ")
    assert pilot.held.locals["total"] == 7
    assert pilot.held.line == asks_line(asks) + 2
    made.probe.resume()
    assert running.join().body == b"7"
    made.probe.detach()
    wsgitrace.breakpoint()


def test_an_exception_holds_where_it_leaves_a_layer_first_though_another_swallows_it(bench):
    made = bench(Catches(PassOn(failing)))
    pilot = Pilot(made, "exc:KeyError")
    running = pilot.run()
    assert pilot.stops == ["raised failing"]
    assert pilot.held.locals["cart"].text == "{'a': 1}"
    assert pilot.held.function == "failing"
    made.probe.resume()
    assert running.join().status == "302 Found"
    assert pilot.stops == ["raised failing"]


def asks_line(function):
    return function.__code__.co_firstlineno
