"""Promise 1: traced and untraced, an application does and is done the very same."""

from __future__ import annotations

import pytest

from tests.support.answering import PassOn
from tests.support.frameworks import FRAMEWORKS
from tests.support.transparency_apps import CASES, REQUESTS
from tests.support.wsgi_driver import environ_for, serve


def requests(name):
    for path in REQUESTS.get(name, ["/", "/other"]):
        yield {"path": path}
        yield {"method": "POST", "path": path, "body": b"ab\ncd\nef", "query": "x=1"}


@pytest.mark.smoke
@pytest.mark.parametrize("name", CASES)
def test_shape_is_served_the_same(name, bench):
    untraced_log, traced_log = [], []
    untraced = CASES[name](untraced_log)
    expected = [serve(untraced, environ_for(**request)) for request in requests(name)]
    traced = bench(CASES[name](traced_log))
    assert [traced.serve(environ_for(**request)) for request in requests(name)] == expected
    assert traced_log == untraced_log
    assert not traced.sender.faults


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:pkg_resources")  # of the frameworks' own imports
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_framework_is_served_the_same(name, bench):
    pytest.importorskip(FRAMEWORKS[name].module)
    untraced = FRAMEWORKS[name].make()
    expected = [serve(untraced, environ_for(**request)) for request in FRAMEWORKS[name].requests]
    assert all(outcome.status for outcome in expected)
    traced = bench(FRAMEWORKS[name].make())
    assert [traced.serve(environ_for(**request)) for request in FRAMEWORKS[name].requests] == expected
    assert not traced.sender.faults


def test_what_is_not_traced_is_left_alone_by_a_probe(bench):
    log = []
    app = CASES["generator_middleware"](log)
    bench(app)
    outcome = serve(app)
    assert outcome.body == b"ABC"
    assert outcome.result_type == "generator"


def test_recursion_without_end_is_what_it_was_and_the_next_request_is_served(bench):
    class Deep:
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/deep":
                return self.app(environ, start_response)
            start_response("200 OK", [])
            return [b"ok"]

    deep = Deep()
    deep.app = PassOn(deep)
    made = bench(deep.app)
    outcomes = [made.serve(environ_for(path=path)) for path in ("/deep", "/", "/deep", "/")]
    assert [each.error.partition("(")[0] for each in outcomes] == ["RecursionError", "", "RecursionError", ""]
    assert outcomes[1].body == outcomes[3].body == b"ok"
    assert not made.sender.faults
