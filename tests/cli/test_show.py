from __future__ import annotations

import json
import re

import pytest

from tests.cli.test_ls import KEYS as SUMMARY_KEYS
from tests.support.stories import STORIES
from wsgitrace.capture import Capture
from wsgitrace.cli.render_changes import Detail
from wsgitrace.cli.render_exchange import exchange
from wsgitrace.cli.style import Style
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace

PASS_KEYS = [
    "id", "parent", "name", "layer", "file", "line", "state", "subrequest", "passed_through", "called_at_ns",
    "returned_at_ns", "ended_at_ns", "inclusive_ns", "self_ns", "environ_changes", "status", "headers",
    "response_changes", "start_responses", "input_reads", "returned", "chunks", "closed", "exception", "raised_here",
    "caught",
]  # fmt: skip


@pytest.fixture
def show(stories, verb):
    path, numbers = stories

    def run(name, *options):
        code, out, err = verb("show", path, numbers[name], *options)
        assert (code, err) == (0, "")
        return out

    return run


def section(out, title):
    return re.search(rf"^{title}.*?(?=\n\n|\Z)", out, re.MULTILINE | re.DOTALL)[0]


def test_the_tree_shows_each_layer_and_what_it_changed(show):
    tree = section(show("page"), "LAYERS")
    names = re.findall(r"^ *(?:└ )?(\w+)  (?:\S+:\d+)? +[\d.]+ [mµ]?s", tree, re.MULTILINE)
    assert names == ["server", "ErrorPages", "Timing", "ProxyFix", "GZip", "Session", "Auth", "Shop"]
    for line in (
        "environ  ~ REMOTE_ADDR  127.0.0.1 → 203.0.113.9",
        "environ  + shop.user  ada",
        "header   + Content-Encoding: gzip",
        "header   ~ Content-Length: 714 → 72",
        "body     ~ 1 chunk of 714 bytes → 1 chunk of 72 bytes, rewritten",
        "answer   start_response '200 OK', 2 headers",
    ):
        assert line in tree


def test_a_buffering_layer_is_named(show):
    tree = section(show("buffered"), "LAYERS")
    assert "8 chunks of 64 bytes → 1 chunk of 64 bytes, the same bytes in fewer chunks; buffered, held back" in tree


def test_exceptions_are_where_they_were_raised_and_where_they_ended(show):
    out = show("swallowed")
    assert "caught   KeyError: 'coupon'" in out
    assert "raised   KeyError: 'coupon'" in out
    assert section(out, "EXCEPTION").splitlines()[0] == "EXCEPTION  KeyError: 'coupon'"
    assert re.search(r"/srv/demos/shop/app\.py:\d+ in Shop", out)


def test_a_close_that_never_came_is_told(show):
    assert "close()  never called" in show("unclosed")


def test_a_refusal_shows_what_was_received(show):
    out = show("refused")
    assert "REFUSED  with 400: a control character in the request target" in out
    assert "rule H12 (RFC 9112, 5.1), at byte 5 of what was received" in out
    assert "  │ GET /\\x1b]52;c;bad HTTP/1.1\\r\\n\n  │      ▲\n" in out


def test_output_of_the_exchange_belongs_to_it(show, stories):
    assert f"said during {stories[1]['page']}" in section(show("page"), "OUTPUT")


def test_bodies_are_laid_out_and_decoded(show):
    assert '│   "sku": "A-17",' in show("upload")
    assert "gzip: 72 bytes, decoded 714" in show("page")


def test_long_lists_are_shortened_unless_all_is_asked_for(show, stories, verb):
    out = show("page", "--all")
    assert "more line" not in out
    path, numbers = stories
    assert verb("show", path, numbers["page"], "--all")[1].count("\n") >= show("page").count("\n")


@pytest.mark.parametrize("name", STORIES)
def test_every_story_shows_without_a_raw_control_character(name, show):
    for options in ([], ["--all"], ["--reveal"], ["--json"]):
        out = show(name, *options)
        assert "server" in out
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e]", out)


@pytest.mark.parametrize("name", STORIES)
def test_json_has_keys_that_stay(name, show):
    out = show(name, "--json")
    assert out.isascii()
    found = json.loads(out)
    assert list(found) == [
        *SUMMARY_KEYS, "request", "response", "refused", "passes", "logs", "queries", "event_list",
        "events_lost", "output",
    ]  # fmt: skip
    assert all(list(each) == PASS_KEYS for each in found["passes"])
    assert all(list(each) == ["seq", "pass", "at_ns", "thread", "kind", "text"] for each in found["event_list"])
    assert found["passes"][0]["id"] == 0
    for side in ("request", "response"):
        if found[side] is not None:
            assert list(found[side]["body"]) == ["length", "complete", "why", "decoded", "text", "base64", "hidden"]


def test_the_documented_keys_of_a_pass_are_those_printed(verb):
    text = " ".join(verb("show", "--help")[1].split()).partition("Each pass, in the order of calls, has ")[2]
    documented = re.sub(r" \([^)]*\)", "", text.partition(". ")[0] if ". " in text else text)
    assert documented.partition(".")[0].replace(" ", "").split(",") == PASS_KEYS


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", STORIES)
def test_lines_fit_the_terminal(name, width, stories):
    path, numbers = stories
    with Capture.open(path) as capture:
        summary = capture.summary(numbers[name])
        trace = Trace.from_events(capture.events(numbers[name]))
        lines = list(
            exchange(summary, trace, (), Style(colour=False, width=width), Detail(Masker(Names()), width=width))
        )
    assert [line for line in lines if len(line) > width] == []


def test_json_says_who_changed_what(show):
    passes = {each["name"]: each for each in json.loads(show("page", "--json"))["passes"]}
    change = passes["ProxyFix"]["environ_changes"][0]
    assert change == {
        "kind": "changed", "key": "REMOTE_ADDR", "before": "127.0.0.1", "after": "203.0.113.9", "when": "in"
    }  # fmt: skip
    assert {each["name"]: each["kind"] for each in passes["GZip"]["response_changes"]["headers"]} == {
        "Content-Encoding": "added", "Content-Length": "changed", "Vary": "added"
    }  # fmt: skip


def test_secrets_are_masked_unless_revealed(show):
    for options in ([], ["--json"]):
        assert "sid=9f3c" not in show("page", *options)
        assert "sid=<redacted 4 #" in show("page", *options)
        assert "sid=9f3c" in show("page", "--reveal", *options)


@pytest.mark.parametrize("what", ["abc", "0", "1.5", "٣", "9" * 5000])
def test_an_id_is_a_number(what, stories, verb):
    code, out, err = verb("show", stories[0], what)
    assert (code, out) == (2, "")
    assert f"{what!r}: ID is a number, as ls lists them, or last (see wsgitrace show --help).\n" in err


@pytest.mark.parametrize("written", ["{}", "#{}", "id:{}", "last"])
def test_an_id_is_written_as_lists_and_filters_have_it(written, stories, verb):
    path, numbers = stories
    newest = max(numbers.values())
    shown = json.loads(verb("show", path, written.format(newest), "--json")[1])
    assert shown["number"] == newest
    assert verb("diff", path, newest, written.format(newest))[0] == 0


def test_a_number_that_is_not_there_is_one_sentence(stories, verb):
    path, numbers = stories
    code, out, err = verb("show", path, 999)
    assert (code, out) == (2, "")
    assert err == f"wsgitrace: there is no request 999 in {path}; the newest is {max(numbers.values())}.\n"
