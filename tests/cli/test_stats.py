from __future__ import annotations

import json

import pytest

from tests.support.planted import LAYERS, SECRET, frames, leaks
from tests.support.traffic import LAYERS as SHOP
from tests.support.traffic import all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.capture.figures import count
from wsgitrace.cli.render_stats import tables
from wsgitrace.cli.style import Style
from wsgitrace.redact import Masker, Names


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    path = tmp_path_factory.mktemp("many") / "many.wtrace"
    writer = Writer.create(path, keep_exchanges=None)
    worker = writer.new_worker()
    for frame in [*SHOP, *all_frames(range(1, 401), 1_763_820_127_000_000_000)]:
        writer.add(worker, frame)
    writer.close()
    return path


def test_routes_and_layers(many, verb):
    code, out, err = verb("stats", many)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("400 requests, ")
    assert any(line.startswith("GET /cart/{n} ") for line in lines)
    layers = out.partition("LAYER")[2]
    assert "shop.middleware.Session" in layers
    assert all(" 400 " in line for line in layers.splitlines()[1:])


def test_json_has_keys_that_stay(many, verb):
    code, out, _ = verb("stats", many, "--json")
    found = json.loads(out)
    assert code == 0
    assert out.isascii()
    assert list(found) == ["requests", "open", "first", "last", "analysed_to", "routes", "layers"]
    assert list(found["routes"][0]) == [
        "method", "route", "count", "classes", "p50_ns", "p95_ns", "p99_ns", "max_ns", "total_ns", "response_size",
        "queries", "query_ns",
    ]  # fmt: skip
    assert list(found["layers"][0]) == ["layer", "count", "p50_ns", "p95_ns", "p99_ns", "max_ns", "total_ns"]
    assert sum(route["count"] for route in found["routes"]) == found["requests"] == 400
    assert found["routes"][0]["p50_ns"] == pytest.approx(1_234_567, rel=0.032)
    assert [route["count"] for route in found["routes"]] == sorted((r["count"] for r in found["routes"]), reverse=True)


def test_a_filter_chooses(many, verb):
    found = json.loads(verb("stats", many, "method:POST", "status:5xx", "--json")[1])
    assert {route["method"] for route in found["routes"]} == {"POST"}
    assert all(list(route["classes"]) == ["5xx"] for route in found["routes"])
    assert {layer["count"] for layer in found["layers"]} == {found["requests"]}
    code, out, err = verb("stats", many, "path:/zebra")
    assert (code, out) == (0, "")
    assert err == f"wsgitrace: no request that matches path:/zebra has ended in {many}.\n"


@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 120, 200])
def test_it_fits_the_terminal(many, width):
    with Capture.open(many) as capture:
        page = capture.page(limit=1_000)[::-1]
        capture.note_findings({row.number: [("layer", "a.very.long.name" * 9, "", row.number)] for row in page}, 400)
        *_, figures = count(capture, [page])
    for sort in ("count", "p50", "p95", "p99", "total"):
        lines = list(tables(figures, Style(colour=False, width=width), sort, 5, Masker(Names())))
        assert max(map(len, lines)) <= max(width, 72)
        assert any("more route" in line for line in lines)


def test_no_secret_is_in_a_route(verb, tmp_path):
    writer = Writer.create(tmp_path / "x.wtrace")
    worker = writer.new_worker()
    for frame in [*LAYERS, *frames(1, "form", "plain")]:
        writer.add(worker, frame)
    writer.close()
    for more in ((), ("--json",)):
        out = verb("stats", tmp_path / "x.wtrace", *more)[1]
        assert leaks(out) == []
        assert SECRET not in out
        assert "/reset-password/" in out
