"""What is suggested as a breakpoint, and how edits that wait are told: lines without a screen."""

from __future__ import annotations

import pytest

from tests.support import stories
from wsgitrace.events import Called, EnvironEdit, HeadersEdit, StatusEdit
from wsgitrace.query import read_breakpoint
from wsgitrace.trace.ending import END_HINTS
from wsgitrace.tui.lines.breaking import suggested
from wsgitrace.tui.lines.holding import edit_rows
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.screens.breakpoints import _HINTS


def test_a_breakpoint_on_a_layer_means_no_other():
    text = suggested(("layer", 3), "", None, "demos.shop.application.shop")
    assert text == "layer:=demos.shop.application.shop"
    assert not read_breakpoint(text).layer.test("demos.shop.middleware.gzip.Gzip")


@pytest.mark.parametrize("name", ["shop.make.<locals>.inner", "a layer's (own) name", 'said "so"'])
def test_a_breakpoint_on_any_layer_is_one(name):
    assert read_breakpoint(suggested((), "", None, name)).layer.test(name)


def test_a_breakpoint_on_an_event_names_its_layer_and_kind():
    trace = stories.page().trace()
    event = next(event for event in trace.events if isinstance(event, Called))
    text = suggested(("event", event.seq), "", trace, "")
    assert text == f"layer:={trace.by_id[event.span].layer.name} on:called"


def test_an_edit_says_what_it_changes_of_what_is_in_hand():
    given = (("Content-Type", "text/html"), ("Vary", "Cookie"))
    edits = [
        HeadersEdit((("Content-Type", "text/plain"), ("Vary", "Cookie"))),
        HeadersEdit((("Content-Type", "text/plain"), ("X-New", "1"))),
        StatusEdit("404 Not Here"),
        EnvironEdit("coupon", None),
    ]
    rows = ["".join(run.text for run in row.runs) for row in edit_rows(edits, given, Shown())]
    assert rows[1:5] == [
        "✎ Content-Type: text/plain",
        "✎ Vary removed; X-New: 1",
        "✎ status 404 Not Here",
        "✎ environ coupon deleted",
    ]


def test_all_of_the_hints_fits_a_small_window():
    assert max(map(len, (*_HINTS, *END_HINTS))) <= 70
