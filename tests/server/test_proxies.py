"""Proxies: what is believed by count and family, and that all else of these families is dropped."""

from __future__ import annotations

import pytest

from wsgitrace.server.front import Front
from wsgitrace.server.proxies import Proxies

DEFAULT = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")


def applied(count, fields, **headers):
    environ = {
        "REMOTE_ADDR": "10.0.0.1", "REMOTE_PORT": "4000", "SERVER_NAME": "inner", "SERVER_PORT": "8000",
        "SCRIPT_NAME": "", "PATH_INFO": "/shop/cart", "wsgi.url_scheme": "http", "HTTP_HOST": "inner:8000",
    }  # fmt: skip
    before = {**environ, **{f"HTTP_{name}": value for name, value in headers.items()}}
    environ = dict(before)
    Proxies(count, fields).apply(environ)
    return {key: environ.get(key) for key in before.keys() | environ.keys() if environ.get(key) != before.get(key)}


@pytest.mark.parametrize(
    ("count", "fields", "headers", "changes"),
    [
        (0, DEFAULT, {"X_FORWARDED_FOR": "1.1.1.1", "X_REAL_IP": "2.2.2.2", "FORWARDED": "for=3.3.3.3"},
         {"HTTP_X_FORWARDED_FOR": None, "HTTP_X_REAL_IP": None, "HTTP_FORWARDED": None}),
        (1, DEFAULT, {"X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1", "X_CLIENT_IP": "6.6.6.6"},
         {"REMOTE_ADDR": "1.1.1.1", "REMOTE_PORT": None, "HTTP_X_FORWARDED_FOR": "1.1.1.1", "HTTP_X_CLIENT_IP": None}),
        (2, DEFAULT, {"X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1,[2001:db8::1]:99"},
         {"REMOTE_ADDR": "1.1.1.1", "REMOTE_PORT": None, "HTTP_X_FORWARDED_FOR": "1.1.1.1,[2001:db8::1]:99"}),
        (1, DEFAULT, {"X_FORWARDED_FOR": "[2001:db8::1]:99"}, {"REMOTE_ADDR": "2001:db8::1", "REMOTE_PORT": "99"}),
        (1, DEFAULT, {"X_FORWARDED_FOR": "2001:db8::1"}, {"REMOTE_ADDR": "2001:db8::1", "REMOTE_PORT": None}),
        # Fewer than there are proxies: none of them has said it.
        (2, DEFAULT, {"X_FORWARDED_FOR": "6.6.6.6"}, {"HTTP_X_FORWARDED_FOR": None}),
        (1, DEFAULT, {"X_FORWARDED_FOR": "<script>"}, {}),
        (1, DEFAULT, {"X_FORWARDED_PROTO": "https", "X_SCHEME": "ftp"},
         {"wsgi.url_scheme": "https", "HTTPS": "on", "HTTP_X_SCHEME": None}),
        (1, DEFAULT, {"X_FORWARDED_HOST": "shop.example"},
         {"HTTP_HOST": "shop.example", "SERVER_NAME": "shop.example", "SERVER_PORT": "80"}),
        (1, DEFAULT, {"X_FORWARDED_PROTO": "https", "X_FORWARDED_HOST": "shop.example:444"},
         {"wsgi.url_scheme": "https", "HTTPS": "on", "HTTP_HOST": "shop.example:444", "SERVER_NAME": "shop.example",
          "SERVER_PORT": "444"}),
        (1, DEFAULT, {"X_FORWARDED_HOST": "a b"}, {}),
        (1, DEFAULT, {"X_FORWARDED_PORT": "1"}, {"HTTP_X_FORWARDED_PORT": None}),
        (1, ("x-forwarded-port",), {"X_FORWARDED_PORT": "444", "X_FORWARDED_FOR": "6.6.6.6"},
         {"SERVER_PORT": "444", "HTTP_X_FORWARDED_FOR": None}),
        (1, ("X-Real-IP",), {"X_REAL_IP": "1.1.1.1", "X_FORWARDED_FOR": "6.6.6.6"},
         {"REMOTE_ADDR": "1.1.1.1", "REMOTE_PORT": None, "HTTP_X_FORWARDED_FOR": None}),
        (1, ("X-Forwarded-Prefix",), {"X_FORWARDED_PREFIX": "/shop/"}, {"SCRIPT_NAME": "/shop", "PATH_INFO": "/cart"}),
        (1, ("X-Forwarded-Prefix",), {"X_FORWARDED_PREFIX": "//evil"}, {}),
        (1, ("Forwarded",), {"FORWARDED": 'for=6.6.6.6, for="[2001:db8::1]:99";proto=https;host=shop.example'},
         {"HTTP_FORWARDED": 'for="[2001:db8::1]:99";proto=https;host=shop.example', "REMOTE_ADDR": "2001:db8::1",
          "REMOTE_PORT": "99", "wsgi.url_scheme": "https", "HTTPS": "on", "HTTP_HOST": "shop.example",
          "SERVER_NAME": "shop.example", "SERVER_PORT": "443"}),
        (1, ("Forwarded",), {"FORWARDED": 'for="a,b";proto=x, for=_hidden'},
         {"HTTP_FORWARDED": "for=_hidden", "REMOTE_ADDR": "_hidden", "REMOTE_PORT": None}),
    ],
    ids=[*"abcdefghijklmnopqr"],
)  # fmt: skip
def test_what_is_believed_and_what_is_dropped(count, fields, headers, changes):
    assert applied(count, fields, **headers) == changes


def test_over_the_wire_and_left_alone_by_default(serve):
    seen = []

    def application(environ, start_response):
        seen.append((environ["REMOTE_ADDR"], environ.get("HTTP_X_FORWARDED_FOR"), environ["wsgi.url_scheme"]))
        start_response("200 OK", [("Content-Length", "0")])
        return []

    fields = ("X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https")
    serve(application).connect().get("/", *fields)
    serve(application, front=Front(proxies=Proxies(1, DEFAULT))).connect().get("/", *fields)
    assert seen == [("127.0.0.1", "1.1.1.1", "http"), ("1.1.1.1", "1.1.1.1", "https")]
