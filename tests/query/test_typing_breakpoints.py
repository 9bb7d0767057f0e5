from __future__ import annotations

import pytest

from wsgitrace.query import KINDS, FilterError, complete_breakpoint, read_breakpoint, with_names

NAMED = {"api": "path~^/api", "writes": "method:POST,PUT @api"}


def ways(text, seen=None):
    return [way.text for way in complete_breakpoint(text, None, seen, NAMED)]


def test_what_a_breakpoint_may_say_is_offered_and_nothing_that_is_known_too_late():
    offered = ways("")
    assert offered[:9] == ["layer:", "on:", "changed:", "adds:", "removes:", "exc:", "lint:", "once:", "after:"]
    assert "path:" in offered
    assert "dur:" not in offered


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("layer:Session on:start", ["start_response"]),
        ("layer:Se", ["Session"]),
        ("adds:v", ["vary"]),
        ("once:", ["yes", "no"]),
        ("layer:Session @w", ["@writes"]),
        ("after:", []),
    ],
)
def test_words_events_layers_and_names_are_completed(text, found):
    values = {"layer": ["Session", "Gzip"], "changed": ["vary"]}
    assert ways(text, lambda field: values.get(field.kind, ())) == found


def test_every_event_is_offered():
    assert ways("on:") == list(KINDS)


def test_a_name_is_replaced_by_what_it_stands_for():
    text = with_names("layer:Session @writes", NAMED)
    assert text == "layer:Session (method:POST,PUT (path~^/api))"
    assert read_breakpoint(text).layer is not None


@pytest.mark.parametrize("text", ['path:"@api"', "path:a@api", "layer:Session"])
def test_what_is_no_name_stays(text):
    assert with_names(text, NAMED) == text


@pytest.mark.parametrize(
    ("text", "named", "word"),
    [("@ap", NAMED, "@api"), ("@a", {"a": "@b", "b": "@a"}, "without end")],
    ids=["unknown", "circle"],
)
def test_a_name_that_means_nothing_is_refused(text, named, word):
    with pytest.raises(FilterError, match=word):
        with_names(text, named)
