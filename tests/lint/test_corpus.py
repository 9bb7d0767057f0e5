"""Each program with one fault: the rule is found and the layer named. What other linters find of it, ours finds too."""

from __future__ import annotations

import contextlib
import gc
import io
import linecache
import sys
import warnings
from wsgiref.validate import validator

import pytest

from tests.lint.misbehaving import CASES
from tests.support.linted import Linted
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Breakpoint, Parked
from wsgitrace.trace.lint import lint

FALSE_ALARMS = {
    "reads_without_size": "PEP 3333 as amended, and every server: read() takes an optional size",
    "unknown_method": "RFC 9110, 9.1: methods are an open set",
    "length_of_head": "RFC 9110, 9.3.2: HEAD has the length of GET, and no body",
    "relative_location": "RFC 9110, 10.2.2: Location is a reference, relative or not",
    "no_content_type": "RFC 9110, 8.3: Content-Type may be left out",
    "odd_token": "RFC 9110, 5.1: a name is any token",
    "empty_item_first": "PEP 3333: start_response is called before the first item that is not empty",
    "no_length_of_204": "RFC 9110, 8.6: a 204 has no Content-Length",
}
"""What one of the others complains of although it is right."""


class Menu:
    """Every program behind one server, chosen by a header field."""

    def __init__(self):
        self.dishes = {case.name: case.make() for case in CASES.values()}

    def __call__(self, environ, start_response):
        return self.dishes[environ["HTTP_X_CASE"]](environ, start_response)


@pytest.fixture(scope="module")
def menu():
    with contextlib.redirect_stderr(io.StringIO()), Linted(Menu()) as served:
        yield served
        assert not served.sender.faults


@pytest.fixture(scope="module")
def verdicts(menu):
    """The rules broken in each, by the case, with the source of the layer at fault."""
    found = {}
    for case in CASES.values():
        trace = menu.get(headers=[f"X-Case: {case.name}"], **case.request)
        found[case.name] = [(broken, trace.span(broken.span).layer) for broken in lint(trace)]
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_rule_is_found_and_the_layer_named(verdicts, name):
    case = CASES[name]
    counted = [each for each in verdicts[name] if each[0].severity != "hygiene" or each[0].rule.id in case.expected]
    assert {broken.rule.id for broken, _ in counted} == case.expected, [broken.text for broken, _ in counted]
    for broken, layer in counted:
        assert "faulty" in linecache.getline(layer.file, layer.line), (broken.text, layer.name)
        assert broken.rule.mend


def test_a_breakpoint_on_rules_holds_what_breaks_one_and_nothing_else(menu, verdicts, monkeypatch):
    """What is held is told of with the rules that it breaks, and let go at once."""
    told = {}
    send = menu.sender.send

    def let_go(frame):
        send(frame)
        if isinstance(frame, Parked):
            told.setdefault(frame.exchange, set()).update(text.partition(" ")[0] for text in frame.broken)
            menu.probe.resume()

    monkeypatch.setattr(menu.sender, "send", let_go)
    menu.sender.forget()
    menu.probe.arm((Breakpoint(1, "lint:*"),))
    try:
        for case in CASES.values():
            menu.get(headers=[f"X-Case: {case.name}"], **case.request)
            assert told.get(menu.sent, set()) == {broken.rule.id for broken, _ in verdicts[case.name]}, case.name
    finally:
        menu.probe.arm(())


def wsgiref_validate(application):
    return validator(application)


def webtest_lint(application):
    return pytest.importorskip("webtest.lint", reason="WebTest is not installed").middleware(application)


def werkzeug_lint(application):
    return pytest.importorskip("werkzeug.middleware.lint").LintMiddleware(application)


def serve(application, environ, items):
    """A server that takes whatever it is given, so that only what stands between it and a program can complain."""
    taken = 0
    result = application(environ, lambda status, headers, exc_info=None: lambda data: None)
    try:
        for taken, _ in enumerate(result, 1):
            if taken == items:
                break
    finally:
        getattr(result, "close", lambda: None)()


def answer(application, case):
    """What such a server sees of one program: whether it raised, and the warnings besides."""
    request = {**case.request}
    leaves = request.pop("leave_after", None)
    environ = environ_for(path=request.pop("target", "/"), CONTENT_TYPE="text/plain", **request)
    raised = False
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            serve(application, environ, 1 if leaves else None)
        except (Exception, SystemExit):  # noqa: BLE001 -- whatever a program or a linter raises
            raised = True
    return raised, {str(each.category.__name__) for each in said} - {"ResourceWarning"}


def complains(wrap, case):
    """Whether another linter finds something that the server alone does not."""
    raised, warned = answer(wrap(case.make()), case)
    return bool(warned) or (raised and not answer(case.make(), case)[0])


@contextlib.contextmanager
def silence():
    """What others say when their objects are thrown away goes nowhere."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
            gc.collect()
    finally:
        sys.unraisablehook = hook


@pytest.mark.parametrize("wrap", [wsgiref_validate, webtest_lint, werkzeug_lint])
def test_all_that_others_find_is_found_here(verdicts, wrap):
    wrap(CASES["reads_without_size"].make())  # skips where it is not installed
    with silence():
        found = {name for name, case in CASES.items() if complains(wrap, case)}
    missed = {name for name in found if not verdicts[name]}
    assert missed <= FALSE_ALARMS.keys(), missed - FALSE_ALARMS.keys()
    assert len(found - FALSE_ALARMS.keys()) >= 15


def test_what_is_in_good_order_is_left_alone(verdicts):
    assert {name for name in CASES if not CASES[name].expected and verdicts[name]} == set()
    assert set(FALSE_ALARMS) <= {name for name in CASES if not CASES[name].expected}
