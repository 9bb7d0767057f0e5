from __future__ import annotations

import pytest

from wsgitrace.events import Answer, BodyEdit, EnvironEdit, HeadersEdit, StatusEdit
from wsgitrace.trace.editing import broken_rule, broken_rule_of_answer


@pytest.mark.parametrize(
    "edit",
    [
        EnvironEdit("coupon", "FREE"),
        EnvironEdit("shop.name", "über 日本"),
        EnvironEdit("PATH_INFO", ""),
        EnvironEdit("PATH_INFO", "/caf\xe9"),
        EnvironEdit("CONTENT_LENGTH", ""),
        EnvironEdit("HTTP_COOKIE", None),
        StatusEdit("404 Not Found"),
        StatusEdit("299 "),
        HeadersEdit((("X-A", "tab\there"), ("Vary", ""))),
        BodyEdit(b"\x00\xff"),
    ],
)
def test_what_is_allowed(edit):
    assert broken_rule(edit) == ""


@pytest.mark.parametrize(
    ("edit", "clause"),
    [
        (EnvironEdit("wsgi.input", "x"), "environ Variables"),
        (EnvironEdit("REQUEST_METHOD", None), "environ Variables"),
        (EnvironEdit("REQUEST_METHOD", ""), "RFC 9110, 9.1"),
        (EnvironEdit("PATH_INFO", "cart"), "RFC 3875"),
        (EnvironEdit("PATH_INFO", "/日本"), "Unicode Issues"),
        (EnvironEdit("CONTENT_LENGTH", "1x"), "environ Variables"),
        (EnvironEdit("HTTP_X", "a\r\nb: c"), "RFC 9110, 5.5"),
        (StatusEdit("404"), "start_response"),
        (StatusEdit("200 OK\n"), "start_response"),
        (StatusEdit("200 日本"), "Unicode Issues"),
        (HeadersEdit((("X A", "1"),)), "RFC 9110, 5.1"),
        (HeadersEdit((("", "1"),)), "RFC 9110, 5.1"),
        (HeadersEdit((("X", "1\r\nSet-Cookie: a"),)), "RFC 9110, 5.5"),
        (HeadersEdit((("X", "日"),)), "Unicode Issues"),
        (HeadersEdit((("Connection", "close"),)), "Other HTTP Features"),
        (HeadersEdit((("Content-Length", "-1"),)), "RFC 9110, 8.6"),
    ],
)
def test_what_breaks_a_rule_names_the_clause(edit, clause):
    assert clause in broken_rule(edit)


def test_an_answer_is_a_status_and_fields():
    assert not broken_rule_of_answer(Answer("503 No", (("A", "b"),), b""))
    assert broken_rule_of_answer(Answer("503", (), b""))
    assert broken_rule_of_answer(Answer("503 No", (("A B", "b"),), b""))
