"""The demos over real HTTP: under wsgitrace as under waitress, and what a recording of them says."""

from __future__ import annotations

import importlib.util
import json
import threading
from typing import TYPE_CHECKING

import pytest

from demos.client import browse
from tests.support.commands import record, verb, waitress
from tests.support.comparing import Asked, ask

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OF_SEEDS = [
    Asked("GET", "/"),
    Asked("HEAD", "/seeds/dill"),
    Asked("GET", "/seeds/dill"),
    Asked("GET", "/seeds/mandrake"),
    Asked("GET", "/api/seeds"),
    Asked("POST", "/api/seeds", JSON, b'{"n": 1}'),
    Asked("GET", "/growing"),
    Asked("GET", "/nope"),
    Asked("OPTIONS", "/"),
]
OF_SHOP = [
    Asked("GET", "/"),
    Asked("GET", "/", {"Accept-Encoding": "gzip"}),
    Asked("HEAD", "/", {"Accept-Encoding": "gzip"}),
    Asked("GET", "/plants/pothos", {"X-Forwarded-Prefix": "/fern", "X-Forwarded-Proto": "https"}),
    Asked("GET", "/static/shop.css"),
    Asked("GET", "/static/shop.css", {"If-None-Match": "*"}),
    Asked("POST", "/api/cart", JSON, b'{"slug": "pothos"}'),
    Asked("POST", "/login", FORM, b"user=ada&password=lovelace&next=/cart"),
    Asked("POST", "/checkout", FORM, b""),
    Asked("GET", "/prices.csv"),
    Asked("GET", "/api/stock?count=3&pause=0.01"),
    Asked("GET", "/caf%C3%A9%FF/%2F"),
    Asked("PUT", "/cart"),
]
OF_BROKEN = [
    Asked("GET", "/"),
    Asked("POST", "/body_eaten", JSON, b'{"items": 3}'),
    Asked("GET", "/mangled_path/x"),
    Asked("GET", "/header_dropped"),
    Asked("GET", "/cookie_twice"),
    Asked("GET", "/swallowed"),
]
GARDENERS = Asked("GET", "/gardeners")
"""Asks its database once for each row."""

DEMOS = {
    "demos.hello": ("demos", [Asked("GET", "/"), Asked("HEAD", "/x")]),
    "demos.shop": ("demos", OF_SHOP),
    "demos.broken": ("demos", OF_BROKEN),
    "demos.flask_shop": ("flask", OF_SEEDS),
    "demos.django_shop": ("django", [*OF_SEEDS, Asked("GET", "/admin/login/"), GARDENERS]),
    "demos.pyramid_shop": ("pyramid", [*OF_SEEDS, Asked("GET", "/closed")]),
    "demos.falcon_shop": ("falcon", OF_SEEDS),
    "demos.bottle_shop": ("bottle", [*OF_SEEDS, Asked("GET", "/admin/")]),
}


@pytest.mark.parametrize("demo", DEMOS)
def test_the_same_as_under_waitress(tmp_path: Path, demo: str) -> None:
    needed, requests = DEMOS[demo]
    for name in ("waitress", needed):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    file = tmp_path / "demo.wtrace"
    with record(f"{demo}:app", file) as ours, waitress(f"{demo}:app") as reference:
        for asked in requests:
            assert without_clocks(ask(ours, asked)) == without_clocks(ask(reference, asked)), asked
        ours.stop()
    listed = [json.loads(line) for line in verb("ls", file, "--json")[1].splitlines()]
    assert [row["method"] for row in listed] == [asked.method for asked in requests]
    assert {row["how"] for row in listed} == {"complete"}
    if GARDENERS in requests:
        _, repeating, _ = verb("ls", file, "sql:8", "sql:repeated", "log:warning", "--json")
        assert json.loads(repeating)["target"] == GARDENERS.target


def without_clocks(answer: tuple[int, list[tuple[str, str]], str]) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without the time it took, and without what is signed or drawn anew each time."""
    status, fields, body = answer
    return status, [pair for pair in fields if pair[0] not in {"server-timing", "set-cookie"}], body


def test_a_recording_of_visitors_can_be_listed_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "shop.wtrace"
    stop = threading.Event()
    with record("demos.shop:app", file, "--count", "80") as server:
        visitors = threading.Thread(target=browse, args=(server.url, stop), kwargs={"pace": 0.0, "seed": 5})
        visitors.start()
        try:
            assert server.wait() == 0
        finally:
            stop.set()
            visitors.join(30)
    assert sum("GET" in line for line in server.output + server.errors) > 40
    rows = [json.loads(line) for line in verb("ls", file, "--json")[1].splitlines()]
    assert len(rows) >= 80
    assert {row["layers"] for row in rows} >= {7}
    for row in rows[::60]:
        code, shown, errors = verb("show", file, row["number"])
        assert code == 0, errors
        assert f"{row['method']} {row['path']}" in shown
        assert "ProxyHeaders" in shown
        assert json.loads(verb("show", file, row["number"], "--json")[1])
