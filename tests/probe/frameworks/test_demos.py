"""Every demonstration on a framework: the golden lists, the same responses with and without, everything restored."""

from __future__ import annotations

import functools
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.probe.frameworks.golden import CALLED, FOUND

ROOT = Path(__file__).parents[3]


def traced(demo):
    return run(demo, *CALLED[demo])


@functools.cache
def run(demo, *paths):
    command = [sys.executable, "-m", "tests.probe.frameworks.tracing", demo, *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("demo", FOUND)
def test_all_that_is_there_is_found_before_any_request(demo):
    assert traced(demo)["found"] == FOUND[demo]


@pytest.mark.parametrize(("demo", "path"), [(demo, path) for demo, paths in CALLED.items() for path in paths])
def test_what_was_called_is_listed_in_order_and_nothing_else(demo, path):
    assert traced(demo)["seen"][path] == list(CALLED[demo][path])


@pytest.mark.parametrize("demo", FOUND)
def test_nothing_changes_and_nothing_stays(demo):
    told = traced(demo)
    assert told["different"] == []
    assert told["not_restored"] == []
    assert told["faults"] == []


@pytest.mark.parametrize("demo", FOUND)
def test_frameworks_in_good_order_break_no_rule(demo):
    assert traced(demo)["broken"] == []


@pytest.mark.parametrize(
    ("demo", "path", "layer", "changed"),
    [
        ("django_shop", "/", "django.contrib.sessions.middleware.SessionMiddleware", {"request.session"}),
        ("django_shop", "/", "django.contrib.auth.middleware.AuthenticationMiddleware", {"request.user"}),
        ("django_shop", "/", "django.middleware.clickjacking.XFrameOptionsMiddleware", {"X-Frame-Options"}),
        ("django_shop", "/", "django.middleware.common.CommonMiddleware", {"Content-Length"}),
        ("django_shop", "/", "django.core.handlers.wsgi.WSGIHandler._get_response", {"request.resolver_match"}),
        ("pyramid_shop", "/", "pyramid.router.Router.handle_request", {"request.matched_route"}),
        ("flask_shop", "/", "demos.flask_shop.start_the_clock", {"g.began"}),
        ("flask_shop", "/", "demos.flask_shop.stop_the_clock", {"Server-Timing"}),
        ("pyramid_shop", "/", "demos.pyramid_shop.clock_tween", {"Server-Timing"}),
        ("falcon_shop", "/", "demos.falcon_shop.Visitor.process_resource", {"req.context.visits", "set-cookie"}),
        ("bottle_shop", "/", "demos.bottle_shop.timed", {"Server-Timing"}),
        ("bottle_shop", "/", "demos.bottle_shop.home", {"Set-Cookie"}),
    ],
)
def test_what_a_layer_changed_is_told_in_its_frameworks_terms(demo, path, layer, changed):
    assert changed <= set(traced(demo)["changes"][path][layer])


def test_django_itself_makes_a_response_of_an_exception_and_no_middleware_does():
    assert traced("django_shop")["swallowers"]["/broken"] == ["django.core.handlers.wsgi.WSGIHandler"]
    assert traced("flask_shop")["swallowers"]["/broken"] == ["flask.app.Flask.wsgi_app"]


PROJECT = "tests.probe.frameworks.django_project"
MIDDLEWARE = [
    f"{depth} {PROJECT}.{name}"
    for depth, name in enumerate(("plain_middleware", "Hooks", "async_middleware", "Short"), 1)
]
HANDLER = "5 django.core.handlers.wsgi.WSGIHandler._get_response"
VIEWED = [HANDLER, f"6 {PROJECT}.Hooks.process_view", f"6 {PROJECT}.Short.__init__.process_view"]


@pytest.mark.parametrize(
    ("path", "route", "view", "exception", "inside"),
    [
        ("/later", "/later", "later", "", [*VIEWED, f"6 {PROJECT}.later"]),
        (
            "/lookup",
            "/lookup",
            "lookup",
            "LookupError",
            [*VIEWED, f"6 {PROJECT}.lookup", f"6 {PROJECT}.Hooks.process_exception"],
        ),
        (
            "/template",
            "/template",
            "template",
            "",
            [*VIEWED, f"6 {PROJECT}.template", f"6 {PROJECT}.Hooks.process_template_response"],
        ),
        ("/seeds", "^seeds$", "Seeds", "", [*VIEWED, f"6 {PROJECT}.Seeds"]),
        ("/short", "", "", "", []),
        ("/denied", "", "", "", ["4 django.core.handlers.exception.response_for_exception"]),
    ],
)
def test_django_middleware_of_every_make(path, route, view, exception, inside):
    told = run(PROJECT, "/later", "/lookup", "/template", "/seeds", "/short", "/denied")
    assert told["seen"][path] == [route, view and f"{PROJECT}.{view}", exception, [*MIDDLEWARE, *inside]]
    assert (told["different"], told["not_restored"], told["faults"]) == ([], [], [])


CHERRYPY = "tests.probe.frameworks.cherrypy_project"
TOOLS = [
    f"1 cherrypy.lib.{name}"
    for name in ("cptools.response_headers", "cptools.trailing_slash", "encoding.ResponseEncoder")
]


@pytest.mark.skipif(importlib.util.find_spec("cherrypy") is None, reason="CherryPy is not installed")
@pytest.mark.parametrize(
    ("path", "view", "exception", "after"),
    [
        ("/", "index", "", []),
        (
            "/broken",
            "broken",
            "LookupError",
            ["1 cherrypy.lib.cptools.log_traceback", "1 cherrypy.lib.cptools.log_request_headers"],
        ),
        ("/elsewhere", "elsewhere", "", []),
    ],
)
def test_cherrypy(path, view, exception, after):
    told = run(CHERRYPY, "/", "/broken", "/elsewhere")
    assert told["seen"][path] == [
        "",
        f"{CHERRYPY}.Root.{view}",
        exception,
        [*TOOLS, f"1 {CHERRYPY}.Root.{view}", *after],
    ]
    assert "X-Tool" in told["changes"][path]["cherrypy.lib.cptools.response_headers"]
    assert (told["different"], told["not_restored"], told["faults"]) == ([], [], [])
