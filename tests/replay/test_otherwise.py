"""A request run again otherwise than it was: what its recording tells of that."""

from __future__ import annotations

import pytest

from tests.support.streams import Exchange
from wsgitrace.events import Edited, HeadReceived, InputRead
from wsgitrace.export.compared import self_times
from wsgitrace.replay import Otherwise, ReplayRefused, arranged, layers_of, rebuild, starts
from wsgitrace.trace import Trace
from wsgitrace.trace.comparing import compare
from wsgitrace.trace.edited import edits_of, is_skipped, masked_edit

SECOND = 10**9
RAW = b"POST /up HTTP/1.1\r\nHost: shop\r\n%b\r\n"


def forked():
    """A request through a layer that calls one other, which calls two."""
    exchange = Exchange("GET", "/")
    with exchange.call("shop.Session") as session, session.call("shop.Fork") as fork:
        for name in ("shop.one", "shop.two"):
            with fork.call(name, "application") as app:
                app.start_response("200 OK", [])
                app.returns([])
    return exchange.finish().trace()


def again(trace, **facts):
    return arranged(rebuild(7, trace), trace, 5 * SECOND, Otherwise(**facts))


def uploaded(framing, *reads):
    """A body of ten bytes, read as it came: offset, bytes, when the read began and how long it took."""
    data = b"0123456789"
    head = HeadReceived(0, 0, 1, 0, raw=RAW % framing, peer="10.0.0.7:5000")
    found = [
        InputRead(seq, 1, 1, at, "read", got, got, offset, offset + got == 10, data[offset : offset + got], took=took)
        for seq, (offset, got, at, took) in enumerate(reads, 1)
    ]
    return Trace.from_events([head, *found])


def test_a_layer_is_named_by_the_end_of_its_name_and_with_what_it_called():
    trace = forked()
    command = again(trace, skips=("session",), original_clock=True, prepare="", breakpoints=("on:called",))
    assert command.skips == (("shop.Session", "shop.Fork"),)
    assert (command.clock, command.prepare, command.breakpoints) == (5 * SECOND, "", ("on:called",))
    assert again(trace) == rebuild(7, trace)
    assert layers_of(trace) == ("shop.Session",)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"skips": ("GZip",)}, "request 7 did not go through GZip: it went through Session, Fork, one, two"),
        ({"skips": ("one",)}, "shop.one cannot be skipped: it called no other layer in request 7"),
        ({"skips": ("shop.Fork",)}, "shop.Fork cannot be skipped: in request 7 it called shop.one, shop.two"),
        ({"breakpoints": ("on:nothing",)}, "'on:nothing' is no breakpoint: "),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_sent(facts, reason):
    with pytest.raises(ReplayRefused) as caught:
        again(forked(), **facts)
    assert str(caught.value).startswith(reason)


def test_a_layer_of_a_framework_is_called_by_that():
    exchange = Exchange("GET", "/")
    with exchange.call("shop.app", "application") as app, app.call("django.Gate", "framework"):
        app.start_response("200 OK", [])
        app.returns([])
    with pytest.raises(ReplayRefused, match="Gate cannot be skipped: it is a layer of the framework"):
        again(exchange.finish().trace(), skips=("Gate",))


def test_what_was_seen_from_outside_is_for_the_worker_to_know():
    head = HeadReceived(0, 0, 1, 0, raw=b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n", peer="")
    assert again(Trace.from_events([head]), skips=("GZip",)).skips == (("GZip", ""),)


def test_requests_start_as_long_after_the_first_as_then():
    assert starts([10 * SECOND, 10 * SECOND + SECOND // 4, 12 * SECOND]) == [0.0, 0.25, 2.0]
    assert starts([]) == []


def test_a_body_comes_no_sooner_than_the_application_got_it():
    reads = ((0, 4, 1_000, 500), (4, 3, 2_000, SECOND // 2), (7, 3, SECOND, SECOND))
    sized = uploaded(b"Content-Length: 10\r\n", *reads)
    assert not again(sized).pace
    command = again(sized, original_timing=True)
    assert command.pace == ((7, SECOND // 2 + 2_000), (10, 2 * SECOND))
    head = RAW % b"Content-Length: 10\r\n"
    assert list(command.pieces()) == [(0.0, head), (0.500002, b"0123456"), (2.0, b"789"), (0.0, b"")]
    assert list(again(sized).pieces()) == [(0.0, head + b"0123456789")]

    chunked = again(uploaded(b"Transfer-Encoding: chunked\r\n", *reads[:2], (7, 3, SECOND, 10)), original_timing=True)
    assert [data for _, data in chunked.pieces()][1:] == [b"7\r\n0123456\r\n", b"3\r\n789\r\n0\r\n\r\n"]


def test_a_body_that_was_edited_comes_at_once():
    trace = uploaded(b"Content-Length: 10\r\n", (0, 10, 0, SECOND))
    command = rebuild(7, trace)
    other = type(command)(7, command.head, b"9876543210", command.peer)
    assert arranged(other, trace, 0, Otherwise(original_timing=True)) == other


def test_a_layer_that_was_skipped_stands_out_and_a_secret_that_was_edited_is_masked():
    exchange = Exchange("GET", "/")
    with exchange.call("shop.Session") as session:
        exchange.put(Edited, 1, what="layer", name="shop.Session", before=None, after=None)
        exchange.put(Edited, 1, what="environ", name="HTTP_X_KEY", before="old", after=None)
        with session.call("shop.app", "application") as app:
            app.start_response("200 OK", [])
            app.returns([])
    trace = exchange.finish().trace()
    session, app = trace.spans[1:]
    assert self_times(compare(trace, trace).pairs.all[1], str) == ("skipped", "skipped")
    assert (is_skipped(session), session.passed_through, is_skipped(app)) == (True, False, False)
    layer, environ = (masked_edit(edit, lambda name, value: f"{name}={value}") for edit in edits_of(session))
    assert (layer.before, environ.before, environ.after) == (None, "HTTP_X_KEY=old", None)
