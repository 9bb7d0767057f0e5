from __future__ import annotations

import re

import pytest

from tests.capture.conftest import record
from tests.support.traffic import LAYERS
from wsgitrace.capture.figures import OTHER, count, pattern_of, route_of
from wsgitrace.capture.tally import Tally
from wsgitrace.events import Began, Ended
from wsgitrace.query import parse
from wsgitrace.supervisor import analyse


def table(figures) -> object:
    routes = {key: (route.classes, route.durations.count, route.size) for key, route in figures.routes.items()}
    return routes, {layer: (spread.count, spread.total) for layer, spread in figures.layers.items()}


def finish(tally):
    while not tally.done:
        tally.advance()
    return tally


@pytest.mark.parametrize("text", ["", "status:404", "req.header:cookie path:/cart"])
def test_it_counts_in_steps_what_is_there_and_what_comes(create, look, text, monkeypatch):
    monkeypatch.setattr("wsgitrace.capture.tally._BUDGET", 0.0)
    monkeypatch.setattr("wsgitrace.capture.search._FIRST_STEP", 16)
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    for layer in LAYERS:
        writer.add(worker, layer)
    record(writer, worker, range(1, 101))
    writer.add(worker, Began(500, 1, "GET", "/cart/open", "127.0.0.1:1", None))
    writer.commit()
    capture, where = look(), parse(text)
    tally = Tally(capture, where)
    shares = [tally.share]
    while not tally.done:
        tally.advance()
        shares.append(tally.share)
    assert shares == sorted(shares)
    assert tally.share == 1.0
    assert tally.open == 1
    assert not tally.figures.layers, "nobody has analysed anything yet"
    record(writer, worker, range(101, 121))
    writer.add(worker, Ended(500, "complete", 404, 5))
    writer.commit()
    tally.catch_up()
    analyse(capture)
    finish(tally)
    (*_, expected) = count(capture, [capture.page(where=where, limit=1_000)[::-1]])
    assert table(tally.figures) == table(expected)
    assert tally.figures.count == capture.count(where=where)
    assert tally.figures.layers


def test_what_goes_is_counted_no_more_and_nothing_twice(create, look):
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    record(writer, worker, range(1, 51))
    writer.add(worker, Began(500, 1, "GET", "/cart/open", "127.0.0.1:1", None))
    writer.commit()
    capture = look()
    tally = Tally(capture, parse(""))
    writer.add(worker, Ended(500, "complete", 404, 5))
    writer.commit()
    tally.catch_up()
    assert finish(tally).figures.count == 51, "what ended before the steps came by is counted once"
    writer.delete([row.number for row in capture.page(where=parse("status:404"), limit=100)])
    writer.commit()
    tally.catch_up()
    assert tally.figures.count == 51, "the old figures stand until the new ones are complete"
    assert finish(tally).figures.count == capture.count() < 51
    assert not tally.recounting
    assert not any(route.classes.get(4) for route in tally.figures.routes.values())


@pytest.mark.parametrize(
    "path",
    ["/", "/users/42", "/o/3F2504e0-4f89-11d3-9a0c-0305e82c3301/7.pdf", "/commits/9f86d081884c7d65", "/a.b/(c)+?",
     "/reset/Zm9vYmFyMTIzNDU2Nzg5MA", "*", '/caf\u00e9 au lait/"x"'],
)  # fmt: skip
def test_the_pattern_of_a_route_finds_its_paths_and_no_others(path):
    pattern = pattern_of(route_of(path))
    assert re.search(pattern, path, re.IGNORECASE)
    assert not re.search(pattern, f"{path}/more")
    assert not re.search(pattern, f"/before{path}")
    assert pattern_of(OTHER) == ""
