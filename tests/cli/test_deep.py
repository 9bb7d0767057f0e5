from __future__ import annotations

import sys

import pytest

from wsgitrace.cli.refusal import Refusal
from wsgitrace.cli.serving import start_command
from wsgitrace.settings import load


def test_deep_is_refused_where_python_tells_of_calls_by_itself(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    settings = load({"app": "shop:app", "deep": "2"}, environ={})
    with pytest.raises(Refusal, match=r"^--deep is for Python 3\.11: on 3\.12 layers are seen"):
        start_command(settings)
    assert start_command(load({"app": "shop:app"}, environ={})).deep == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="refused")
def test_deep_is_what_the_worker_is_told():
    assert start_command(load({"app": "shop:app", "deep": "2"}, environ={})).deep == 2
