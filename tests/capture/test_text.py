from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.capture.text import LINE_LIMIT, fold, line_of, line_start, match_expression, readable_path


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/shop?a=b", "/shop"),
        ("/caf%C3%A9", "/café"),
        ("/a%20b", "/a b"),
        ("/%FF", "/%FF"),
        ("/%1b]52;c;", "/%1b]52;c;"),
        ("/%E2%80%AEtxt", "/%E2%80%AEtxt"),
        ("/%00", "/%00"),
        ("*", "*"),
        ("", ""),
        ("http://a.example/x?y", "http://a.example/x"),
    ],
)
def test_a_path_is_decoded_only_where_that_is_printable(target, path):
    assert readable_path(target) == path


def test_the_line_is_method_path_query_and_status():
    start = line_start("GET", "/Café", "/Caf%C3%A9?Q=1")
    assert start == "get /café?q=1"
    assert line_of(start, None) == "get /café?q=1"
    assert line_of(start, 404) == "get /café?q=1 404"


def test_the_line_is_bounded():
    assert len(line_start("GET", "/" + "x" * 99_999, "/")) == len("GET ") + LINE_LIMIT


@given(st.text(), st.text(), st.text())
def test_a_part_of_a_text_is_a_part_of_the_folded_text(before, text, after):
    assert fold(text) in fold(before + text + after)


@given(st.text(min_size=3))
def test_every_trigram_of_an_expression_comes_from_the_text(text):
    folded = fold(text)
    expression = match_expression(folded)
    terms = [term.replace('""', '"') for term in expression[1:-1].split('" "')] if '" "' not in folded else []
    assert all(term in folded and len(term) == 3 for term in terms)
