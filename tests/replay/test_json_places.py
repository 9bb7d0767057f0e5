from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgitrace.replay.json_places import (
    JsonError,
    PathError,
    json_added,
    json_flaw,
    json_removed,
    json_set,
    read_path,
)

TEXT = '{"a": 1.00, "items": [{"qty": 1, "n":"x"}, {"qty": 2}]}'


def path(text):
    return read_path(text)[0]


@pytest.mark.parametrize(
    ("where", "value", "wanted"),
    [
        ("$.items[0].qty", "3", TEXT.replace('"qty": 1', '"qty": 3')),
        ("$.items[-1].qty", "[]", TEXT.replace('"qty": 2', '"qty": []')),
        ("$.items[1].new", '"v"', TEXT.replace('"qty": 2', '"qty": 2, "new": "v"')),
        ('$["items"][0]["n"]', "null", TEXT.replace('"x"', "null")),
        ("$", "[1]", "[1]"),
    ],
    ids=str,
)
def test_one_place_changes_and_nothing_else(where, value, wanted):
    assert json_set(TEXT, path(where), value) == wanted


def test_what_is_added_is_spaced_as_what_is_there():
    assert json_added(TEXT, path("$.items"), "{}") == TEXT.replace("2}]", "2}, {}]")
    assert json_set('{"a":1,"b":2}', path("$.c"), "3") == '{"a":1,"b":2,"c":3}'
    assert json_set('{\n  "a": 1\n}', path("$.b"), "2") == '{\n  "a": 1,\n  "b": 2\n}'
    assert json_set("{}", path("$.b"), "2") == '{"b": 2}'
    assert json_added("[]", path("$"), "2") == "[2]"


def test_what_is_removed_leaves_no_comma():
    assert json_removed("[1, 2, 3]", (0,)) == "[2, 3]"
    assert json_removed("[1, 2, 3]", (-1,)) == "[1, 2]"
    assert json_removed('{"a": {"b": 1}}', ("a", "b")) == '{"a": {}}'


@pytest.mark.parametrize(
    ("where", "step", "said"),
    [
        ("$.itms[0].qty", 0, "$ has no 'itms'; the nearest is 'items'"),
        ("$.items[5].qty", 1, "$.items has 2 elements, and none at 5"),
        ("$.items[5]", 1, "$.items has 2 elements, and none at 5"),
        ("$.a.b", 1, "$.a is no container"),
        ("$[0]", 0, "$ is an object: nothing in it has a position"),
        ("$.items.qty", 1, "$.items is an array: nothing in it has a name"),
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere_says_at_which_step(where, step, said):
    with pytest.raises(PathError) as caught:
        json_set(TEXT, path(where), "1")
    assert caught.value.step == step
    assert said in str(caught.value)


def test_only_arrays_are_added_to_and_only_what_is_there_is_removed():
    for where in ("$.items[0]", "$.nothing"):
        with pytest.raises(PathError):
            json_added(TEXT, path(where), "1")
    for where in ("$", "$.nothing"):
        with pytest.raises(PathError):
            json_removed(TEXT, path(where))


def test_what_is_no_json_says_where():
    assert json_flaw('{"a": 1,\n "b" 2}') == "line 2, column 6: expecting ':' delimiter"
    assert json_flaw("NaN").startswith("line 1, column 1: NaN")
    assert "nested too deeply" in json_flaw("[" * 100_000)
    assert json_flaw("1" * 5_000) == ""
    with pytest.raises(JsonError, match="line 1, column 2"):
        json_set("{", ("a",), "1")


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40)
@given(DOCUMENTS, st.data(), st.sampled_from([None, 1, 2]), st.booleans())
def test_any_place_of_any_document(document, data, indent, tight):
    text = json.dumps(document, indent=indent, separators=(",", ":") if tight else None)
    where, inside = [], document
    while isinstance(inside, (dict, list)) and inside and data.draw(st.booleans()):
        key = data.draw(st.sampled_from([*(inside if isinstance(inside, dict) else range(len(inside)))]))
        where.append(key)
        inside = inside[key]
    changed = json.loads(json_set(text, tuple(where), '"here"'))
    back = json_set(json.dumps(changed), tuple(where), json.dumps(inside))
    assert json.loads(back) == document
    if where:
        assert json.loads(json_removed(text, tuple(where))) != document
