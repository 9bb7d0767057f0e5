from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.query import FIELDS, FilterError, complete, parse

SEEN = {"path": ["/cart", "/cart/a b", "/checkout"], "method": ["GET", "PURGE"], "layer": ["Session"]}


def seen(field):
    return SEEN.get(field.name, [])


def texts(text, cursor=None):
    return [each.text for each in complete(text, cursor, seen)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("me", ["method:"]),
        ("-me", ["method:"]),
        ("a (sta", ["status:", "state:", "starved:"]),
        ("header", ["header:", "req.header:", "resp.header:"]),
        ("is:he", ["held"]),
        ("is:held,sl", ["slow"]),
        ("input:", ["none", "unread", "partial", "full"]),
        ("method:pu", ["PUT", "PURGE"]),
        ("method:GET,PU", ["PUT", "PURGE"]),
        ("path:/ca", ["/cart", '"/cart/a b"']),
        ('path:"/cart/a', ['"/cart/a b"']),
        ("path:heck", ["/checkout"]),
        ("layer:s", ["Session"]),
        ("~mar", ["~marked"]),
        ("nothing:", []),
        ("how:client", ['"client gone"']),
        ("zzz", []),
    ],
)
def test_what_can_come_next(text, expected):
    assert texts(text) == expected


def test_all_fields_are_offered_where_nothing_is_typed():
    assert texts("") == texts("status:5xx ") == [f"{field.name}:" for field in FIELDS]


def test_a_completion_replaces_what_was_typed_of_the_word():
    text = "path:/a is:he"
    (completion,) = complete(text)
    assert text[: completion.start] + completion.text + text[completion.end :] == "path:/a is:held"
    assert completion.help
    (completion,) = complete("me status:5xx", 2)
    assert (completion.start, completion.end) == (0, 2)


def test_values_are_asked_for_only_where_there_may_be_any():
    def refuse(field):
        raise AssertionError(field)

    assert complete("is:", None, refuse)
    assert complete("input:", None, refuse)
    assert complete("stat", None, refuse)


@given(st.text(max_size=30), st.integers(-3, 40))
def test_it_takes_any_text(text, cursor):
    for completion in complete(text, cursor, lambda _: ["x", 'a "b"', "=y"]):
        assert 0 <= completion.start <= completion.end <= len(text)


@pytest.mark.parametrize("value", ["a b", 'say "x"', "=1", ">2", "a,b", "*", "(", "/x/", "a'b", "\t", "\\"])
def test_a_value_is_written_so_that_it_is_understood(value):
    (completion,) = complete("path:", None, lambda _: [value])
    try:
        where = parse(f"path:{completion.text}")
    except FilterError as error:
        raise AssertionError(completion.text) from error
    assert where.tree.match.text == value
