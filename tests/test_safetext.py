from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.safetext import safe, safe_bytes, safe_lines

VISIBLE_FORMAT = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters that have a glyph of their own: signs that stand before Arabic, Syriac and Kaithi numbers."""

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/cart?sku=A-17", "/cart?sku=A-17"),
        ("[/red] [bold]", "[/red] [bold]"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("a\x9b31mb", r"a\x9b31mb"),
        ("\x7f", r"\x7f"),
        ("one\r\ntwo", r"one\r\ntwo"),
        ("a\tb", "a    b"),
        ("user\u202egpj.exe", r"user\u202egpj.exe"),
        ("\u2066\u2069", r"\u2066\u2069"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("żółw 日本 é €", "żółw 日本 é €"),
        ("\ufffd", "\ufffd"),
        (r"\x1b is text", r"\x1b is text"),
        ("", ""),
    ],
)
def test_shows_what_is_hidden_and_keeps_the_rest(text, shown):
    assert safe(text) == shown


def test_every_control_format_and_separator_character_is_escaped():
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} and code not in VISIBLE_FORMAT:
            assert char not in safe(char), f"U+{code:04X}"


@given(ANY_TEXT)
def test_the_result_can_be_encoded_and_is_its_own_safe_form(text):
    shown = safe(text)
    assert shown == safe(shown)
    assert all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in shown.encode().decode())


@given(st.binary())
def test_bytes_never_raise(data):
    assert safe(safe_bytes(data)) == safe_bytes(data)


def test_bytes_are_utf8_where_they_can_be():
    assert safe_bytes(b"caf\xc3\xa9 \xff\x00") == r"café \xff\x00"


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]), ("a\rb\r\nc", ["a", "b", "c"])],
)
def test_lines_are_split_where_http_and_programs_end_them(text, lines):
    assert safe_lines(text) == lines


def test_a_separator_that_only_unicode_knows_does_not_make_a_line():
    assert safe_lines("a\u2028b\x0bc\x85d") == [r"a\u2028b\x0bc\x85d"]
