from __future__ import annotations

import pytest

from tests.capture.conftest import record
from tests.support.traffic import LAYERS
from wsgitrace.capture import ORDERS, ordering
from wsgitrace.events import Began, Ended, Progress
from wsgitrace.query import parse


@pytest.fixture
def shop(create, look, monkeypatch):
    """A capture of 120 exchanges, put in order in small steps."""
    monkeypatch.setattr(ordering, "_STEP", 16)
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    record(writer, worker, range(1, 121))
    writer.commit()
    return writer, worker, look()


def expected(capture, column: str, text: str = "", *, descending: bool) -> list[int]:
    value = ORDERS[column].value
    rows = capture.page(where=parse(text), limit=1_000)
    return [row.number for row in sorted(rows, key=lambda row: (value(row), row.number), reverse=descending)]


def walked(order, limit: int = 7) -> list[int]:
    """All of it, page by page."""
    found, last = [], None
    while page := order.behind(last, limit):
        found += [row.number for row in page]
        last = found[-1]
    return found


def finish(order):
    while not order.done:
        order.advance()
    return order


@pytest.mark.parametrize("column", ORDERS)
@pytest.mark.parametrize("text", ["", "status:404", "req.header:cookie"])
def test_pages_follow_each_other_in_the_order_both_ways(shop, column, text):
    *_, capture = shop
    for descending in (True, False):
        order = finish(capture.ordered(column, parse(text), descending=descending))
        numbers = expected(capture, column, text, descending=descending)
        assert walked(order) == numbers
        assert len(order) == len(numbers)
        back, last = [], None
        while page := order.before(last, 7):
            back = [row.number for row in page] + back
            last = back[0]
        assert back == numbers
        assert [row.number for row in order.behind(numbers[5], 3, inclusive=True)] == numbers[5:8]
        assert [row.number for row in order.before(numbers[5], 3, inclusive=True)] == numbers[3:6]


def test_what_has_been_looked_at_is_in_order_at_every_step(shop):
    *_, capture = shop
    order = capture.ordered("duration", parse(""), descending=True)
    shares = []
    while not order.done:
        order.advance()
        shares.append(order.share)
        numbers = walked(order)
        assert numbers == [n for n in expected(capture, "duration", descending=True) if n in numbers]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 5


@pytest.mark.parametrize("text", ["", "path:/", "req.header:cookie OR path:/open"])
def test_what_comes_and_what_goes_on_is_put_in_its_place(shop, text):
    writer, worker, capture = shop
    order = finish(capture.ordered("duration", parse(text), descending=True))

    def settle() -> list[int]:
        writer.commit()
        order.catch_up()
        finish(order)
        assert walked(order) == expected(capture, "duration", text, descending=True)
        return walked(order)

    record(writer, worker, range(121, 161))
    settle()
    writer.add(worker, Began(500, 1, "GET", "/open", "127.0.0.1:1", None))
    first = settle()
    writer.add(worker, Progress(500, "streaming", 200, duration=10**15))
    second = settle()
    assert second[0] == first[-1] == 161
    writer.add(worker, Ended(500, "complete", 200, 0))
    assert settle()[-1] == 161


def test_from_a_row_that_has_been_evicted_it_goes_on_and_what_is_gone_is_left_out(create, look, monkeypatch):
    monkeypatch.setattr(ordering, "_SLACK", 30)
    writer = create(keep_exchanges=100)
    worker = writer.new_worker()
    record(writer, worker, range(1, 101))
    writer.commit()
    capture = look()
    order = finish(capture.ordered("size", parse(""), descending=True))
    first = order.behind(None, 50)
    record(writer, worker, range(101, 151))
    writer.commit()
    order.catch_up()
    gone = first[-1].number
    assert all(row.number > 50 for row in order.behind(gone, 100))
    for start in range(151, 400, 50):
        record(writer, worker, range(start, start + 50))
        writer.commit()
        order.catch_up()
        finish(order)
    assert len(order) <= 2 * 100 + 30
    assert walked(order) == expected(capture, "size", descending=True)


def test_one_at_a_time_and_nothing_where_there_is_nothing(create, look):
    create().commit()
    order = look().ordered("status", parse(""), descending=True)
    assert order.done
    assert order.behind(None, 5) == order.before(None, 5) == []
    assert order.behind(7, 5) == []
    assert order.share == 1.0


def test_what_goes_on_without_a_word_moves_as_the_clock_does(shop):
    writer, worker, capture = shop
    writer.add(worker, Began(900, 5_000, "GET", "/open", "127.0.0.1:1", None))
    writer.commit()
    now = 6_000
    order = finish(capture.ordered("duration", parse(""), descending=True, clock=lambda: now))
    order.catch_up()
    slowest = order.behind(None, 1)[0]
    assert slowest.path != "/open"
    now += slowest.net_duration + 1
    order.catch_up()
    assert order.behind(None, 1)[0].path == "/open"
