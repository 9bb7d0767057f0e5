"""Faults on the way in: what a layer does to the environ before the next one sees it."""

from __future__ import annotations

import json
import threading
import time
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from wsgiref.util import request_uri

from .plain import HTML, answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Audit:
    """Keeps a copy of every body that is posted, and takes the body away by that."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.seen: list[int] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body, and forget to put it back for whoever reads next."""
        if environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self.seen = [*self.seen[-9:], len(body)]
        return self.app(environ, start_response)


def orders(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Count the items of an order that is posted as JSON."""
    if environ["REQUEST_METHOD"] != "POST":
        form = '<form method="post"><button name="items" value="3">Post three items</button></form>\n'
        return answer(start_response, form, HTML)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    if len(body) < length:
        report = {"error": "empty order", "announced": length, "got": len(body)}
        kind = ("Content-Type", "application/json")
        return answer(start_response, json.dumps(report) + "\n", kind, status="400 Bad Request")
    return answer(start_response, f"ordered: {body.decode('utf-8', 'replace')}\n")


def mount_at_api(app: WSGIApplication) -> WSGIApplication:
    """Say that the application lives under ``/api``, but leave ``/api`` in the path as well."""

    def mount(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # PEP 3333: SCRIPT_NAME + PATH_INFO is the path that the client asked for. From here on it is longer.
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/api"
        return app(environ, start_response)

    return mount


def address_book(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Link to itself, by the URL that it believes to have."""
    here = request_uri(environ)
    return answer(start_response, f'I am <a href="{here}">{here}</a>\n', HTML)


def visit_counter(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Count a visitor's visits in a cookie that browsers do not send back over http."""
    morsel = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("visits")
    visits = int(morsel.value) + 1 if morsel is not None and morsel.value.isdecimal() else 1
    cookie = ("Set-Cookie", f"visits={visits}; Path=/; HttpOnly; SameSite=None; Secure")
    return answer(start_response, f"This is visit number {visits}. Reload: is it still?\n", cookie)


class Greeter:
    """Keeps the request on itself: right until two requests come at once, for there is only one of it."""

    name = ""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Note who is greeted, call on, and only then use what was noted."""
        self.name = environ.get("QUERY_STRING", "") or f"thread {threading.get_ident()}"
        asked = self.name
        body = b"".join(self.app(environ, start_response))
        wrong = b"" if asked == self.name else f" (you asked as {asked})".encode()
        return [body, self.name.encode("latin-1"), wrong, b"\n"]


def slow_hello(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Take a moment over a greeting."""
    time.sleep(0.2)
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    return [b"Hello, "]


body_eaten = Audit(orders)
mangled_path = mount_at_api(address_book)
session_lost = visit_counter
shared_state = Greeter(slow_hello)
