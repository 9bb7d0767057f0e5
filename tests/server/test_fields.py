"""What start_response() is given, checked: what was found right once is remembered, and nothing else is."""

from __future__ import annotations

import pytest

from wsgitrace.server import fields
from wsgitrace.server.errors import ApplicationError
from wsgitrace.server.fields import announce


class _Text(str):
    __slots__ = ()


def test_the_same_announcement_is_checked_once():
    first = announce("200 OK", [("A", "b"), ("Content-Length", "3")])
    assert announce("200 OK", [("A", "b"), ("Content-Length", "3")]) is first
    assert (first.head, first.length) == (b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n", 3)
    assert announce("200 OK", (pair for pair in first.fields)) is first
    assert announce("404 Not Found", first.fields).code == 404
    assert announce("200 OK", [("A", "b")]).length is None


def test_what_was_refused_once_is_refused_again():
    for _ in range(2):
        for status, headers in (
            ("200", [("A\n", "b")]),
            ("200 OK\r", []),
            ("200 OK", [("A", "b\r\n")]),
            ("200 OK", [("A", "\u20ac")]),
            ("200 OK", [("Content-Length", "3"), ("Content-Length", "3")]),
            ("200 OK", [("A", 1)]),
            ("200 OK", [("A", "b", "c")]),
        ):
            with pytest.raises(ApplicationError):
                announce(status, headers)


def test_what_is_left_out_is_not_forgotten_by_the_next_announcement():
    closing = announce("200 OK", [("A", "left out"), ("Connection", "Close")])
    assert (closing.close, closing.fields) == (True, (("A", "left out"),))
    assert not announce("200 OK", [("A", "left out")]).close
    assert announce("200 OK", [("A", "left out"), ("Connection", "Close")]).close
    assert not announce("200 OK", [("A", "left out"), ("Connection", "keep-alive"), ("Upgrade", "close")]).close


def test_only_plain_text_is_remembered_whatever_it_was_made_of():
    odd = announce(_Text("200 Plain"), [(_Text("A"), _Text("plain")), ["B", "in a list"]])
    assert {type(text) for pair in odd.fields for text in pair} == {str}
    assert type(odd.status) is str
    assert announce("200 Plain", [("A", "plain"), ("B", "in a list")]) is odd
    assert {type(text) for _, pairs in fields._known for pair in pairs for text in pair} == {str}


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(fields, "_known", {})
    for number in range(fields._KNOWN_LIMIT * 2 + 1):
        assert announce("200 OK", [("A", str(number))]).fields == (("A", str(number)),)
        assert len(fields._known) <= fields._KNOWN_LIMIT
    announce("200 OK", [("A", "b" * 2000)])
    assert len(fields._known) == 1
