from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wsgitrace.query import FilterError, fold
from wsgitrace.query.expressions import must_have, read
from wsgitrace.query.patterns import pattern

_ATOMS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "C",
            "ß",
            "é",
            ".",
            "[ab]",
            "[^a]",
            "[A-C]",
            "[^\\d]",
            r"\w",
            r"\d",
            r"\s",
            r"\W",
            r"\b",
            "^",
            "(a|b)",
        ),
        *("(?:ab)?", "a*", "b+?", "c?", "(a+)+", "(a|ab)*", "a{2,3}", "(|a)", "[a-c0-9]{1,2}", r"\.", r"\x61", "a{,2}"),
        *("|", "{", "a{x}", r"[\]-]", "(a{0})", "x{1}"),
    ]
)
_TEXTS = st.text(alphabet="abcABC1. \n_éÉ{}]-", max_size=10)


@settings(max_examples=400, deadline=None)
@given(st.lists(_ATOMS, max_size=6).map("".join), _TEXTS)
def test_it_matches_what_re_matches(source, text):
    try:
        expected = re.compile(source, re.IGNORECASE)
    except re.error:
        assume(condition=False)
        return
    # What folds to several characters is one to re and several here; re knows two cases of a letter, we know all.
    assume("ß" not in source)
    assert pattern(source).search(fold(text)) == bool(expected.search(text))


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("straße", "STRASSE", True),
        ("STRASSE", "straße", True),
        ("^$", "", True),
        ("a$", "a\n", False),
        (r"\Aa\Z", "A", True),
        (r"\Bb", "ab", True),
        (r"\Bb", "b", False),
        (r"a\\b", "a\\b", True),
        (r"\u00e9", "É", True),
        ("[É]", "é", True),
        ("a.b", "a\nb", False),
        (r"/api/v[12]/(users|items)/\d+$", "/API/v2/items/77", True),
    ],
)
def test_examples(source, text, found):
    assert pattern(source).search(fold(text)) == found


@pytest.mark.parametrize(
    ("source", "needle"),
    [
        ("abc", "abc"),
        ("a.bcd", "bcd"),
        ("ab(cd)ef", "abcdef"),
        ("(a|b)cd?", "c"),
        ("(abc)+d", "abc"),
        ("x*", ""),
        ("^ab$", "ab"),
        ("a|b", ""),
    ],
)
def test_what_every_match_contains_is_known(source, needle):
    assert must_have(read(source)) == needle


@pytest.mark.parametrize(
    "source", ["(a+)+$x?", "(a|a)*$x?", "(.*a){12}x?$b?", "(a?){25}a{25}[^a]", r"(\w+\s?)*[!]|$\Bx"]
)
def test_no_expression_takes_longer_than_its_text_is_long(source):
    """``re`` would not end before the sun does."""
    compiled = pattern(source)
    began = time.process_time()
    compiled.search("a" * 40_000 + "!")
    assert time.process_time() - began < 5.0


def test_texts_of_many_characters_do_not_fill_memory():
    compiled = pattern(r"(a|\w){3}[^b]{5}x")
    compiled.search("".join(map(chr, range(0x4E00, 0x4E00 + 15_000))) + "x")
    assert sum(len(state.successors) for state in compiled._known.values()) < 200_000


def test_errors_point_into_the_filter():
    with pytest.raises(FilterError) as caught:
        pattern("ab(c", 10)
    assert (caught.value.start, caught.value.length) == (12, 1)
