"""``blame`` and ``ledger``."""

from __future__ import annotations

import json

import pytest

from wsgitrace.capture import Capture
from wsgitrace.cli.render_answers import blame_lines, ledger_lines
from wsgitrace.cli.style import Style
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace
from wsgitrace.trace.blame import Thing, blame
from wsgitrace.trace.ledger_words import LEDGERS


@pytest.fixture
def answer(stories, verb):
    path, numbers = stories

    def run(which, name, *options):
        code, out, err = verb(which, path, numbers[name], *options)
        assert (code, err) == (0, "")
        return out

    return run


def test_a_header_is_followed_through_the_layers(answer):
    lines = answer("blame", "page", "resp.header:content-length").splitlines()
    assert lines[0] == "resp.header:content-length  set by Shop, replaced by GZip: not all of it came to the client"
    assert lines[1].split() == ["set", "Shop", "714", "demos/shop/app.py:13", "never", "reached", "the", "client"]
    assert lines[2].split()[:5] == ["replaced", "GZip", "714", "→", "72"]


def test_the_environ_is_blamed_by_layers_and_masked(answer):
    out = answer("blame", "page", "req.header:cookie")
    assert out.startswith("environ:HTTP_COOKIE  set by the server\n")
    assert "9f3c" not in out
    assert "9f3c" in answer("blame", "page", "req.header:cookie", "--reveal")


def test_everything_at_once_begins_with_what_was_lost(answer):
    blocks = answer("blame", "page").split("\n\n")
    assert blocks[0].startswith("resp.header:content-length  ")
    assert any(block.startswith("environ:REMOTE_ADDR  set by the server, replaced by ProxyFix") for block in blocks)


def test_json_has_the_deeds(answer):
    found = json.loads(answer("blame", "page", "cookie:sid", "--json"))
    assert found["thing"] == "cookie:sid"
    assert [(deed["verb"], deed["name"], deed["reached"]) for deed in found["deeds"]] == [("set", "Session", True)]
    assert found["deeds"][0]["after"] == found["final"]
    assert "9f3c" not in json.dumps(found)


def test_what_did_not_arrive_is_struck_through_on_a_terminal():
    from tests.support.stories import page  # noqa: PLC0415 -- for this test alone

    trace = page().trace()
    found = blame(trace, Thing("resp.header", "content-length"))
    lines = list(blame_lines(trace, found, Style(colour=True), Masker(Names())))
    assert "\x1b[9m714\x1b[0m" in lines[1]


@pytest.mark.parametrize("name", sorted(LEDGERS))
def test_every_ledger_is_a_line_of_json(answer, name):
    found = json.loads(answer("ledger", "swallowed", name, "--json"))
    assert found["ledger"] == name
    assert {"verdict", "lines"} < found.keys()


def test_all_ledgers_say_what_should_not_be(answer):
    out = answer("ledger", "swallowed")
    assert "EXCEPTIONS  KeyError of Shop was swallowed by Swallow\n" in out
    assert "    demos/shop/app.py" in out or "/srv/demos/shop/app.py:15 in Shop" in out
    assert answer("ledger", "unclosed", "iteration").startswith(
        "ITERATION  generator of Shop was never closed\n  Forgetful  generator, "
    )


def test_a_long_entry_goes_on_below(stories):
    with Capture.open(stories[0]) as capture:
        trace = Trace.from_events(capture.events(stories[1]["unclosed"]))
    whole = "".join(ledger_lines(trace, "iteration", Style(colour=False, width=400), Masker(Names())))
    lines = list(ledger_lines(trace, "iteration", Style(colour=False, width=50), Masker(Names())))
    assert len(lines) > 2
    assert max(map(len, lines)) <= 50
    assert " ".join("".join(lines).split()) == " ".join(whole.split())


def test_lanes_show_what_went_in_and_out(answer):
    lines = answer("ledger", "buffered", "chunks").splitlines()
    assert lines[0].startswith("CHUNKS  Buffering buffers: 8 items in, 1 out, held 700 ms")
    lanes = {line.split()[0]: line for line in lines[1:]}
    assert (lanes["Buffering"].count("○"), lanes["Buffering"].count("●")) == (7, 1)
    assert lanes["Shop"].count("●") == 8


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("buffered:Buffering",), ["buffered"]),
        (("has:buffering",), ["buffered"]),
        (("buffered:Shop",), []),
        (("starved:*",), []),
    ],
)
def test_a_layer_that_buffers_is_found_by_a_filter(stories, verb, words, expected):
    path, numbers = stories
    _, out, _ = verb("ls", path, *words, "--json")
    assert [json.loads(line)["number"] for line in out.splitlines()] == [numbers[name] for name in expected]


@pytest.mark.parametrize("verb_name", ["blame", "ledger"])
def test_what_is_not_there_is_said_in_one_sentence(stories, verb, verb_name):
    code, out, err = verb(verb_name, stories[0], 999)
    assert (code, out) == (2, "")
    assert "there is no request 999" in err


def test_what_cannot_be_blamed_is_refused(stories, verb):
    code, _, err = verb("blame", stories[0], 1, "vary")
    assert code == 2
    assert "'vary' is none of resp.header:NAME" in err


def test_flow_draws_the_way_through_the_layers(answer):
    lines = answer("flow", "page").splitlines()
    assert lines[0].split() == ["client", "server", "⋯1", "Timing", "ProxyFix", "GZip", "Session", "Auth", "Shop"]
    assert lines[1].strip().startswith("0 µs │───────►┃")
    assert lines[1].endswith("GET /cart")
    assert any("┃+1~1" in line for line in lines)
    assert "signs: + ~ - environ · H headers · B body" in lines
    assert all(len(line) <= 120 for line in lines)
    narrow = answer("flow", "page", "--width", "40").splitlines()
    assert all(len(line) <= 40 for line in narrow)
    assert "more to the right: give --wid" in narrow[-1]


def test_flow_as_json_has_columns_and_rows(answer):
    found = json.loads(answer("flow", "failing", "--json"))
    assert [column["name"] for column in found["columns"]] == ["client", "server", "Session", "Shop"]
    raised = [(row["from"], row["to"], row["text"]) for row in found["rows"] if row["kind"] == "raised"]
    assert raised[0] == (3, 1, "ZeroDivisionError: division by zero")
    assert found["columns"][2]["quiet"]
    whole = json.loads(answer("flow", "failing", "--json", "--all"))
    assert len(whole["rows"]) > len(found["rows"])
