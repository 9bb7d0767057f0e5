from __future__ import annotations

import pytest

from wsgitrace.query import FilterError, complete, parse

NAMED = {"api": "path:/api", "bad": "status:5xx OR exc:*", "slow-api": "@api dur:>1s", "api-bad": "@api -@bad"}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("@api", "path:/api"),
        ("@api @bad", "path:/api (status:5xx OR exc:*)"),
        ("-@bad", "-(status:5xx OR exc:*)"),
        ("@slow-api OR (@bad)", "(path:/api dur:>1s) OR status:5xx OR exc:*"),
        ("NOT @api-bad", "NOT (path:/api -(status:5xx OR exc:*))"),
    ],
)
def test_a_name_stands_for_its_filter_as_if_in_parentheses(text, meaning):
    assert parse(text, named=NAMED).tree == parse(meaning).tree
    assert parse(text, named=NAMED).text == text


@pytest.mark.parametrize("text", ["@example.com", "me@api", "@", "@1", '"@nobody"', "@api:8000"])
def test_what_is_no_name_is_text(text):
    assert parse(text, named=NAMED).tree == parse(f'"{text.strip(chr(34))}"').tree


@pytest.mark.parametrize(
    ("text", "named", "message", "at"),
    [
        ("x @apu", NAMED, "There is no filter named @apu; the nearest is @api.", (2, 6)),
        ("(@me)", {}, "There is no filter named @me; to look for the text, put it in quotation marks.", (1, 4)),
        ("@a", {"a": "x @b", "b": "@a"}, "In @a: In @b: There is no filter named @a", (0, 2)),
        ("-@a", {"a": "statsu:5"}, 'In @a: There is no field "statsu"; the nearest is status.', (1, 3)),
    ],
)
def test_an_error_points_at_the_name(text, named, message, at):
    with pytest.raises(FilterError) as caught:
        parse(text, named=named)
    assert caught.value.message.startswith(message)
    assert (caught.value.start, caught.value.end) == at


def test_names_are_completed_with_what_they_stand_for():
    found = complete("status:5xx -@a", named=NAMED)
    assert [(each.text, each.help) for each in found] == [("@api", "path:/api"), ("@api-bad", "@api -@bad")]
    assert {each.start for each in found} == {12}
    assert complete("@x", named=NAMED) == complete("@") == []
