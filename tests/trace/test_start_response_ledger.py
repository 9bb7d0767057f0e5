from __future__ import annotations

from tests.support.stories import failing, page, retried, streaming, swallowed
from tests.support.streams import Exchange
from wsgitrace.trace.ledger_words import tell_start_response
from wsgitrace.trace.start_response_ledger import start_response_ledger

TEXT = [("Content-Type", "text/plain")]


def calls(trace):
    return [
        (trace.by_id[each.span].name, each.status, each.outcome, each.lazy)
        for each in start_response_ledger(trace).starts
    ]


def test_each_call_is_taken_up_further_out_until_it_is_sent():
    trace = page().trace()
    assert calls(trace) == [
        ("Shop", "200 OK", "taken up", False),
        ("Session", "200 OK", "taken up", False),
        ("GZip", "200 OK", "taken up", False),
        ("Timing", "200 OK", "sent", False),
    ]
    told = tell_start_response(trace)
    assert told.lines[0].text == "200 OK, 2 headers, app.py:13, taken up by Session"
    assert told.lines[-1].text == "sent 200 OK, 7 headers"
    assert told.verdict == ""


def test_an_answer_nobody_passed_on_is_lost():
    trace = retried().trace()
    assert [outcome for _, _, outcome, _ in calls(trace)] == ["lost", "taken up", "sent"]
    assert tell_start_response(trace).verdict == "what Shop answered never reached the client"


def test_a_second_head_without_exc_info_is_refused():
    exchange = Exchange("GET", "/")
    with exchange.call("a.tidy") as tidy:
        tidy.returns(generator=True)
    tidy.start_response("200 OK", TEXT)
    tidy.yields(b"first")
    exchange.response_head()
    tidy.start_response("500 Internal Server Error", TEXT, refused="AssertionError")
    trace = exchange.finish("cut").trace()
    assert calls(trace) == [
        ("tidy", "200 OK", "sent", True),
        ("tidy", "500 Internal Server Error", "refused", True),
    ]
    told = tell_start_response(trace)
    assert told.verdict == "start_response refused what tidy called it with"
    assert told.lines[1].text.endswith("only when it was iterated over, refused with AssertionError")


def test_a_second_head_with_exc_info_takes_the_place_of_the_first():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Errors") as errors, errors.call("a.view", "application") as view:
        view.start_response("200 OK", TEXT)
        again = view.start_response("500 Internal Server Error", TEXT, "builtins.KeyError")
        view.returns([b"sorry"])
    trace = exchange.finish().trace()
    first, second = start_response_ledger(trace).starts
    assert (first.outcome, first.by, second.outcome) == ("superseded", again.seq, "sent")
    assert tell_start_response(trace).lines[1].text.endswith("in place of the first, for KeyError")


def test_the_servers_own_answer_is_told():
    ledger = start_response_ledger(failing().trace())
    assert (ledger.starts, ledger.made_by_server) == ((), True)
    assert tell_start_response(failing().trace()).verdict == "the server answered in place of the application"
    assert not start_response_ledger(swallowed().trace()).made_by_server


def test_before_the_end_nothing_is_lost():
    assert tell_start_response(streaming().trace()).verdict == ""
