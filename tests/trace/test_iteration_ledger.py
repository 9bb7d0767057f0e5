from __future__ import annotations

import pytest

from tests.support.stories import STORIES, buffered, unclosed
from tests.support.streams import Exchange
from wsgitrace.trace.iteration_ledger import iteration_ledger
from wsgitrace.trace.ledger_words import LEDGERS, tell_iteration


def two(*, closes_inner=True, outer_closes=True):
    """A generator around a generator, both open."""
    exchange = Exchange("GET", "/")
    with exchange.call("a.Outer") as outer:
        with outer.call("a.app", "application") as app:
            app.start_response()
            app.returns(generator=True)
        outer.returns(generator=True, closes=outer_closes)
    outer.closes_inner = closes_inner
    return exchange, outer, app


def faults(exchange):
    trace = exchange.trace()
    return {trace.by_id[each.span].name: each.faults for each in iteration_ledger(trace)}


def test_what_is_closed_by_the_layer_around_it_is_in_order():
    exchange, outer, app = two()
    outer.yields(app.yields(b"x"))
    assert faults(exchange.finish()) == {"Outer": (), "app": ()}
    inner = iteration_ledger(exchange.trace())[1]
    assert (inner.taken_by, inner.items, inner.exhausted) == (1, 1, True)
    assert [(each.by, each.during) for each in inner.closings] == [(1, "close")]


def test_a_close_that_never_came():
    trace = unclosed().trace()
    assert tell_iteration(trace).verdict == "generator of Shop was never closed"
    assert [line.fault for line in tell_iteration(trace).lines] == [False, True]


def test_a_generator_closed_before_it_began_ran_no_finally():
    exchange = Exchange("HEAD", "/")
    with exchange.call("a.Heads") as heads:
        with heads.call("a.careful", "application") as careful:
            careful.start_response()
            careful.returns(generator=True)
        careful.close()
        heads.returns([])
    careful.ended = True
    assert faults(exchange.finish())["careful"] == ("never started",)
    inner = iteration_ledger(exchange.trace())[1]
    assert [(each.by, each.during) for each in inner.closings] == [(1, "call")]


def test_closed_twice_late_and_used_after():
    exchange, outer, app = two(closes_inner=False)
    outer.yields(app.yields(b"x"))
    outer.close()
    app.close()
    app.close()
    app.yields(b"y")
    found = faults(exchange.finish())
    assert found["app"] == ("closed twice", "closed out of order", "used after close")
    assert "was closed after the layer around it" in tell_iteration(exchange.trace()).verdict


def test_items_made_for_a_client_that_has_left():
    exchange, outer, app = two()
    outer.yields(app.yields(b"x"))
    exchange.client_gone()
    for _ in range(3):
        outer.yields(app.yields(b"x"))
    exchange.finish("client gone")
    assert faults(exchange) == {"Outer": ("went on without client",), "app": ("went on without client",)}


def test_a_list_is_handed_on_and_a_stream_is_taken():
    trace = buffered().trace()
    outer, inner = iteration_ledger(trace)
    assert (outer.length, outer.closes, inner.taken_by) == (1, False, 1)
    text = tell_iteration(trace).lines[1].text
    assert text == "generator, taken by Buffering, 8 items, to the end, closed by Buffering in its call"


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_ledger_can_be_told_of_every_prefix(name):
    exchange = STORIES[name]()
    trace = exchange.trace()
    for seq in (each.seq for each in trace.events):
        for tell in LEDGERS.values():
            told = tell(trace.at(seq))
            assert told.lines or told.quiet or told.verdict == ""
