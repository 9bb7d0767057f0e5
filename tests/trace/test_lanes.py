from __future__ import annotations

from tests.support.stories import buffered, page, short_circuit, streaming, truncated
from tests.support.streams import Exchange
from wsgitrace.trace.lanes import buffering, lanes
from wsgitrace.trace.ledger_words import lane_text, tell_chunks


def test_a_layer_that_buffers_shows_what_went_in_and_what_came_out():
    trace = buffered().trace()
    client, layer, app = lanes(trace)
    assert (client.span, len(client.given)) == (0, 1)
    assert (len(layer.taken), len(layer.given), layer.buffers) == (8, 1, True)
    assert (len(app.given), app.taken, app.change) == (8, (), None)
    assert layer.held_back >= 700_000_000
    assert layer.held_most == app.bytes_given == 64
    assert lane_text(layer) == "8 in, 1 out, held 700 ms, 64 bytes, joins"
    assert [lane.span for lane in buffering(trace)] == [layer.span]
    assert tell_chunks(trace).verdict.startswith("Buffering buffers: 8 items in, 1 out, held ")


def test_a_layer_that_passes_items_on_holds_nothing_back():
    trace = streaming(over=True).trace()
    _, outer, inner = lanes(trace)
    assert lane_text(outer) == "5 in, 5 out, as they came"
    assert not buffering(trace)
    assert inner.first is not None
    assert outer.first >= inner.first
    assert outer.held_most <= max(tick.length for tick in outer.taken)


def test_compression_is_named_and_layers_that_hand_on_share_a_lane():
    trace = page().trace()
    _, squeezed, made = lanes(trace)
    assert lane_text(squeezed) == "1 in, 1 out, compresses (gzip)"
    assert [trace.by_id[span].name for span in squeezed.passing] == ["ErrorPages", "Timing", "ProxyFix"]
    assert [trace.by_id[span].name for span in made.passing] == ["Session", "Auth"]


def test_one_that_collects_pairs_holds_two_at_most():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Pairs") as pairs:
        with pairs.call("a.app", "application") as app:
            app.start_response()
            app.returns(generator=True)
        pairs.returns(generator=True)
    for _ in range(3):
        one, two = app.yields(b"aa", took=10), app.yields(b"bb", took=10)
        pairs.yields(one.data + two.data)
    trace = exchange.finish().trace()
    lane = lanes(trace)[1]
    assert lane_text(lane) == "6 in, 3 out, joins"
    assert (lane.buffers, lane.held_most) == (False, 4)


def test_no_body_has_no_lanes():
    assert lanes(short_circuit().trace()) == ()
    assert lanes(Exchange("GET", "/").trace()) == ()
    assert lanes(truncated().trace())
