"""``wsgitrace diff``: what a script and a reader of a CI log get."""

import json

import pytest

from tests.support.planted import leaks


@pytest.fixture
def diff(stories, verb):
    path, numbers = stories

    def run(one, other, *options):
        code, out, err = verb("diff", path, numbers[one], numbers[other], *options)
        assert err == ""
        return code, out

    return run


def test_a_request_is_the_same_as_itself(diff):
    code, out = diff("page", "page")
    assert code == 0
    assert "= the responses are the same\n" in out
    assert "every layer did the same" in out


def test_what_differs_is_told_with_its_first_cause(diff):
    code, out = diff("failing", "swallowed")
    assert code == 1
    assert out.splitlines()[2] == "✗ the responses differ: status, 1 header field"
    assert "  status   ~ 500 Internal Server Error → 200 OK" in out
    parted = out.partition("FIRST DIVERGENCE")[2].splitlines()
    assert parted[0] == "  demos.shop.session.Session (demos/shop/session.py:10), event 2"
    assert [line.split() for line in parted[1:3]] == [["A", "called", "Shop"], ["B", "called", "Swallow"]]


def test_json_is_one_object_with_both_requests(diff):
    code, out = diff("hello", "page", "--json")
    found = json.loads(out)
    assert (code, found["verdict"], found["layers_verdict"]) == (1, "differs", "differs")
    assert (found["a"]["target"], found["b"]["target"]) == ("/", "/cart")
    assert found["first_divergence"]["layer"] == "wsgitrace.server"
    assert {each["name"] for each in found["differences"] if each["of"] == "header"} >= {"Content-Type", "Vary"}
    assert not leaks(out)
    assert out.isascii()


def test_what_is_ignored_makes_no_difference(diff):
    rules = ["body", "header:content-*", "header:set-cookie", "header:vary", "header:x-time"]
    ignoring = [part for rule in rules for part in ("--ignore", rule)]
    code, out = diff("hello", "page", "--all", *ignoring)
    assert code == 0
    assert "≈ the responses are the same but for noise" in out
    assert "Vary (ignored)" in out
    assert diff("hello", "page", "--layers", *ignoring)[0] == 1


def test_hostile_requests_reach_no_terminal_and_secrets_stay_masked(diff):
    out = diff("page", "hostile")[1]
    assert "\x1b" not in out
    assert "sid=9f3c" not in out
    assert "sid=9f3c" in diff("page", "hostile", "--reveal")[1]


def test_what_cannot_be_is_one_sentence(stories, verb):
    path, _ = stories
    for arguments, words in (
        (("1", "999"), "there is no request 999"),
        (("1", "x"), "ID is a number"),
        (("1", "2", "--ignore", "time"), "'time' is no rule: write header:NAME"),
    ):
        code, out, err = verb("diff", path, *arguments)
        assert (code, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1
