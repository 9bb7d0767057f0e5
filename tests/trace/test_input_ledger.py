from __future__ import annotations

from tests.support.stories import hello, upload
from tests.support.streams import Exchange
from wsgitrace.trace.input_ledger import Reading, Replacing, input_ledger
from wsgitrace.trace.ledger_words import tell_input


def eaten(*, rewrap=False, own_reads=(812, 812)):
    """A layer that reads the body before the application does."""
    exchange = Exchange("POST", "/orders", body=b"x" * 812)
    with exchange.call("a.Audit") as audit:
        audit.read(own_reads[0])
        if rewrap:
            audit.replaces_input()
        with audit.call("a.orders", "application") as orders:
            if not rewrap:
                orders.read(own_reads[1])
            orders.start_response()
            orders.returns([b"ok"])
    return exchange.finish().trace()


def test_who_found_the_body_empty_and_who_had_read_it():
    trace = eaten()
    (starved,) = input_ledger(trace).starved
    assert (trace.by_id[starved.span].name, starved.eaten, starved.by) == ("orders", 812, (1,))
    told = tell_input(trace)
    assert told.verdict == "orders found the body empty: Audit had read 812 bytes of it"
    assert [(trace.by_id[line.span].name, line.text, line.fault) for line in told.lines] == [
        ("Audit", "read(812) got 812 bytes, 0 to 812, 0 left", False),
        ("orders", "read(812) got 0 bytes, at 812, 0 left", True),
    ]


def test_who_reads_a_part_leaves_the_rest():
    trace = eaten(own_reads=(100, 712))
    ledger = input_ledger(trace)
    assert not ledger.starved
    assert [(each.start, each.stop, each.left) for each in ledger.entries] == [(0, 100, 712), (100, 812, 0)]
    assert (ledger.read, ledger.unread, tell_input(trace).verdict) == (812, 0, "")


def test_another_input_is_told_of():
    ledger = input_ledger(eaten(rewrap=True))
    assert [type(each) for each in ledger.entries] == [Reading, Replacing]
    assert ledger.entries[1].type == "io.BytesIO"
    assert not ledger.starved


def test_many_small_reads_are_one_entry():
    exchange = Exchange("POST", "/", body=b"ab\n" * 500)
    with exchange.call("a.app", "application") as app:
        for _ in range(500):
            app.read(3, method="readline")
        app.read(3, method="readline")
        app.start_response()
        app.returns([b""])
    first, last = input_ledger(exchange.finish().trace()).entries
    assert (first.calls, first.got, first.left) == (500, 1500, 0)
    assert (last.calls, last.got, last.end) == (1, 0, True)


def test_who_reads_on_after_those_inside_finds_nothing_wrong():
    exchange = Exchange("POST", "/", body=b"abc")
    with exchange.call("a.Drain") as drain:
        with drain.call("a.app", "application") as app:
            app.read()
            app.start_response()
            app.returns([b""])
        drain.read(1024)
    assert not input_ledger(exchange.finish().trace()).starved


def test_a_second_call_of_the_application_finds_what_the_first_left():
    exchange = Exchange("POST", "/", body=b"abc")
    with exchange.call("a.Retry") as retry:
        for _ in range(2):
            with retry.call("a.app", "application", wraps=True) as app:
                app.read()
                app.start_response()
                app.returns([b""])
        retry.start_response()
    (starved,) = input_ledger(exchange.finish().trace()).starved
    assert (starved.span, starved.by) == (3, (2,))


def test_no_body_and_a_body_nobody_read():
    assert not input_ledger(hello().trace())
    assert tell_input(hello().trace()).quiet == "there was no body"
    exchange = Exchange("POST", "/", body=b"abc")
    with exchange.call("a.app", "application") as app:
        app.start_response()
        app.returns([b""])
    assert input_ledger(exchange.finish().trace()).unread == 3
    assert "were read" in tell_input(upload().trace()).quiet
