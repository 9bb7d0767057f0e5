"""``wsgitrace hunt``: a race that one request after the other never meets is found by several at once."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.http_server import serving
from tests.support.planted import SECRET, leaks
from tests.support.scripted_feed import ScriptedFeed
from tests.support.streams import Exchange
from wsgitrace.capture import Capture

RACE = ("--app", "demos.broken:tenant_forgotten")

CRASHING = """
import os

served = []

def app(environ, start_response):
    served.append(1)
    if len(served) == 4:
        os._exit(3)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
"""


@pytest.fixture
def file(tmp_path):
    """A request to the demo as it answers when all goes well, and one that changes something."""
    path = tmp_path / "shop.wtrace"
    feed = ScriptedFeed(path)
    for method in ("GET", "POST"):
        exchange = Exchange(method, "/", headers=[("Host", "fern.example")], body=b"", peer="10.0.0.7:5000")
        with exchange.call("demos.broken.races.Tenants") as tenants:
            tenants.environ["shop.tenant"] = "the tenant of fern.example"
            with tenants.call("demos.broken.races.dashboard", "application") as view:
                view.start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "34")])
                view.returns([b"Hello, the tenant of fern.example!\n"[:34]])
        exchange.response_head([("Date", "Mon")])
        feed.add(exchange.finish())
    feed.close()
    return path


def test_one_after_the_other_is_one_kind(file, verb):
    code, out, err = verb("hunt", file, 1, *RACE, "-n", 12)
    assert code == 0, out + err
    lines = out.splitlines()
    assert lines[0] == "#1 GET /  12 replays, 1 kind of outcome"
    assert lines[2].split()[:3] == ["12", "100.0%", "1."]
    assert "FIRST DIVERGENCE" not in out
    assert re.search(r"^demos\.broken\.races\.Tenants +12 ", out, re.MULTILINE)
    assert "12 replays, 1 kind of outcome, in " in err


def test_several_at_once_are_more_and_the_layer_is_named(file, verb, tmp_path):
    kept = tmp_path / "replays.wtrace"
    code, out, _ = verb("hunt", file, 1, *RACE, "-n", 60, "-j", 8, "-o", kept, "--json")
    found = json.loads(out)
    assert code == 1, out
    assert (found["ended"], found["failed"], found["jobs"]) == (60, {}, 8)
    assert sum(kind["count"] for kind in found["kinds"]) == 60
    good = next(kind for kind in found["kinds"] if kind["status"] == "200 OK")
    bad = next(kind for kind in found["kinds"] if kind["exceptions"])
    assert good["replay"] == 1
    assert bad["exceptions"][0]["type"] == "KeyError"
    assert bad["exceptions"][0]["layer"] == "demos.broken.races.Tenants"
    assert bad["first_divergence"]["layer"] == "demos.broken.races.Tenants"
    assert found["differences"][0]["first_divergence"]["layer"] == "demos.broken.races.Tenants"
    with Capture.open(kept) as capture:
        assert set(capture.pinned()) == {kind["replay"] for kind in found["kinds"]}
        assert {row.replay_of for row in capture.page()} == {1}


def test_a_process_that_dies_is_a_kind_of_its_own(file, verb, tmp_path):
    (tmp_path / "crashing.py").write_text(CRASHING)
    code, out, err = verb("hunt", file, 1, "--app", "crashing:app", "--app-dir", tmp_path, "-n", 50)
    assert code == 1
    assert re.search(r"^ +3 +75\.0%", out, re.MULTILINE)
    assert re.search(r"^ +1 +25\.0% +The worker ended with exit code 3$", out, re.MULTILINE)
    assert "4 replays, 1 kind of outcome, 1 came to no end, in " in err


def test_over_http_responses_are_told_apart(file, verb):
    served = []

    def app(environ, start_response):
        served.append(environ["HTTP_HOST"])
        if environ["REQUEST_METHOD"] == "POST":
            start_response("200 OK", [("Content-Type", "text/html")])
            return [f'<input name="password" value="{SECRET}"> visit {len(served)}'.encode()]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"total": 3 + (len(served) % 3 == 0), "password": SECRET}).encode()]

    with serving(app) as url:
        code, out, err = verb("hunt", file, 1, "--url", url, "-n", 9)
        assert code == 1
        assert [line.split()[0] for line in out.splitlines()[2:4]] == ["6", "3"]
        assert "differs in body" in out
        assert "$.total: 3 → 4" in out
        assert leaks(out) == []
        assert set(served) == {"fern.example"}
        served.clear()
        code, out, err = verb("hunt", file, 1, "--url", url, "-n", 900, "--until-different")
        assert code == 1
        assert len(served) < 9, "one may be on its way as it is stopped"
        assert "; stopped at the second kind." in err
        assert verb("hunt", file, 1, "--url", url, "-n", 9, "--ignore", "body:$.total")[0] == 0
        for form in ((), ("--json",)):
            code, out, _ = verb("hunt", file, 2, "--url", url, "-n", 5, "--yes", *form)
            assert (code, " visit .*$" in out) == (0, True), out
            assert leaks(out) == []
    code, out, _ = verb("hunt", file, 1, "--url", "http://127.0.0.1:1", "-n", 3)
    assert (code, "100.0%" in out) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["9", *RACE], "there is no request 9"),
        (["1"], "nowhere to run it"),
        (["1", *RACE, "--url", "http://127.0.0.1:1"], "--app and --url are both given"),
        (["2", *RACE], "give --yes"),
        (["1", *RACE, "-n", "1"], "1 is not in the range"),
        (["1", "--url", "http://127.0.0.1:1", "-o", "x.wtrace"], "--output keeps what an application did"),
    ],
)
def test_what_cannot_be_done_is_refused(file, verb, arguments, said):
    code, out, err = verb("hunt", file, *arguments)
    assert (code, out) == (2, "")
    assert said in err
