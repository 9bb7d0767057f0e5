# ruff: noqa: T100 -- breakpoint() is what is tried
from __future__ import annotations

import sys

import pytest

from wsgitrace.worker import breaking

called = []


def other(*args):
    called.append(args)
    return "other"


@pytest.fixture
def held(monkeypatch):
    """The lines at which ``breakpoint()`` holds."""
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    monkeypatch.setattr(sys, "breakpointhook", sys.breakpointhook)
    found = []

    def hold(frame):
        found.append(frame.f_code.co_name)
        return found[-1] if found[-1] == "passed_over" else ""

    breaking.install(hold)
    called.clear()
    return found


@pytest.mark.parametrize("value", [None, "", "pdb.set_trace"])
def test_it_holds_at_the_line_that_says_so(held, monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("PYTHONBREAKPOINT", value)
    assert breakpoint() is None
    assert held == ["test_it_holds_at_the_line_that_says_so"]


def test_the_users_own_choice_is_respected(held, monkeypatch):
    monkeypatch.setenv("PYTHONBREAKPOINT", "0")
    assert breakpoint() is None
    monkeypatch.setenv("PYTHONBREAKPOINT", f"{__name__}.other")
    assert breakpoint(1, 2) == "other"
    assert called == [(1, 2)]
    assert held == []


def test_a_hook_of_the_application_wins(held):
    sys.breakpointhook = other
    assert breakpoint() == "other"
    assert held == []


def test_where_it_is_passed_over_one_sentence_says_why(held, capsys):
    def passed_over():
        breakpoint()

    passed_over()
    line = passed_over.__code__.co_firstlineno + 1
    assert capsys.readouterr().err == f"breakpoint() at {__file__}:{line} was passed over: passed_over.\n"
