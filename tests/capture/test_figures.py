from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conftest import record
from wsgitrace.capture import figures
from wsgitrace.capture.figures import OTHER, Spread, count, route_of
from wsgitrace.events import Began


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=300), st.sampled_from([1, 50, 95, 99, 100]))
def test_percentiles_are_exact_to_three_percent(values, percent):
    spread = Spread()
    for value in values:
        spread.add(value)
    ascending = sorted(values)
    exact = ascending[max(0, -(-len(values) * percent // 100) - 1)]
    assert spread.percentile(percent) == pytest.approx(exact, rel=0.032, abs=0.5)
    assert (spread.count, spread.total, spread.largest) == (len(values), sum(values), max(values))


def test_a_spread_takes_no_more_room_for_more_values():
    spread = Spread()
    for value in range(0, 10**9, 9_973):
        spread.add(value)
    assert len(spread._buckets) < 1_000


def test_columns_hold_every_value_once():
    spread = Spread()
    for value in (1, 5, 10, 100, 1_000, 100_000):
        spread.add(value)
    assert spread.columns([10, 1_000]) == [2, 3, 1] or spread.columns([10, 1_000]) == [2, 2, 2]
    assert sum(spread.columns([3, 7, 90])) == 6
    assert Spread().percentile(50) is None


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/users/42", "/users/{n}"),
        ("/users/42/files/7.pdf", "/users/{n}/files/{n}.pdf"),
        ("/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/{uuid}"),
        ("/commits/9f86d081884c7d65", "/commits/{hex}"),
        ("/reset/Zm9vYmFyMTIzNDU2Nzg5MA", "/reset/{token}"),
        ("/static/app.9f86d081.css", "/static/app.9f86d081.css"),
        ("/api/v2/items", "/api/v2/items"),
        ("/feedface", "/feedface"),
        ("*", "*"),
    ],
)
def test_ids_are_folded(path, route):
    assert route_of(path) == route


def pages(capture, size=7):
    position = 0
    while page := capture.page(after=position, limit=size):
        page.reverse()
        yield page
        position = page[-1].number


def test_figures_of_a_capture(create, look):
    writer = create(keep_exchanges=None)
    worker = writer.new_worker()
    record(writer, worker, range(1, 101))
    writer.add(worker, Began(101, 1, "GET", "/open", "p"))
    found = {n: [("layer", "a.B", "", n * 1_000), ("layer", "a.C", "", 5)] for n in range(1, 51)}
    writer.add_findings(found, (), 50)
    writer.commit()
    capture = look()
    *_, total = count(capture, pages(capture))
    rows = [row for row in capture.page(limit=1_000) if row.done]
    assert (total.count, total.open) == (100, 1)
    assert sum(route.durations.count for route in total.routes.values()) == 100
    assert sum(route.size for route in total.routes.values()) == sum(row.response_size for row in rows)
    post = [row for row in rows if row.method == "POST" and row.path.startswith("/cart/")]
    assert total.routes["POST", "/cart/{n}"].durations.count == len(post)
    assert sum(route.classes[5] for route in total.routes.values()) == sum(row.status == 500 for row in rows)
    assert {name: spread.count for name, spread in total.layers.items()} == {"a.B": 50, "a.C": 50}
    assert total.layers["a.B"].largest == 50_000
    chosen = [[row for row in page if row.number % 2] for page in pages(capture)]
    *_, odd = count(capture, chosen)
    assert odd.layers["a.B"].count == 25


def test_routes_are_bounded(create, look, monkeypatch):
    monkeypatch.setattr(figures, "ROUTES_LIMIT", 3)
    writer = create(keep_exchanges=None)
    record(writer, writer.new_worker(), range(1, 101))
    writer.commit()
    capture = look()
    *_, total = count(capture, pages(capture))
    assert len(total.routes) == 4
    assert sum(route.durations.count for route in total.routes.values()) == 100
    assert total.routes["", OTHER].durations.count > 0
