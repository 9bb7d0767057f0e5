"""A whole conversation over one connection: bytes in, answers out, and whether the connection outlived them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

import pytest

LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""Sent behind every request: it is answered only where the connection goes on and everything before it was taken."""


@dataclass
class Talk:
    """What came back."""

    codes: list[int]
    """Of all final answers, that of the last request left out."""
    kept: bool
    """The last request was answered."""
    data: bytes
    asked: list[str]
    """Requests that the application saw, that of the last one left out."""

    @property
    def rule(self):
        """Of a refusal."""
        return re.search(rb"rule ([A-Z][0-9]+)\)\n", self.data)[1].decode()


def application(environ, start_response):
    """Answers what it was asked and what it read of the body."""
    target = environ["PATH_INFO"]
    environ["test.asked"].append(f"{environ['REQUEST_METHOD']} {environ['RAW_URI']}")
    body = b"" if target.startswith("/unread") else environ["wsgi.input"].read()
    said = f"{target}|{environ['QUERY_STRING']}|{environ.get('HTTP_HOST')}|".encode("latin-1") + body
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def talk(running, asked, data):
    """Say ``data``, then ask one request more, and hear all."""
    asked.clear()
    wire = running.connect()
    try:
        wire.send(data + LAST)
        received = wire.rest()
    except ConnectionError:
        received, wire.buffer = wire.buffer, b""
    finally:
        wire.close()
    codes = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
    kept = b"/last|" in received
    codes = [code for code in codes if code != 100]
    seen = [request for request in asked if request != "GET /last"]
    return Talk(codes[:-1] if kept else codes, kept, received, seen)


def cases(rule, refused, taken=()):
    """Parameters for a test of one rule: text, status, and whether the connection is kept."""
    rows = [(text, code, False) for code, texts in refused.items() for text in texts]
    rows += [(text, 200, True) for text in taken]
    ids = [f"{rule}-{number}-{row[1]}" for number, row in enumerate(rows)]
    return pytest.mark.parametrize(("text", "code", "kept"), rows, ids=ids)


def check(say, rule, text, code, kept):
    """One such row."""
    answer = say(text)
    assert (answer.codes, answer.kept) == ([code], kept), answer
    if code != HTTPStatus.OK:
        assert answer.rule == rule
        assert answer.asked == []
        assert b"Connection: close\r\n" in answer.data
