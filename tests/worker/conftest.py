from __future__ import annotations

import importlib
import sys
import textwrap

import pytest

from tests.support.served import services


class Folder:
    """A user's folder, on the path as the worker puts it there."""

    def __init__(self, path):
        self.path = path

    def __str__(self):
        return str(self.path)

    def write(self, name, source=""):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(source))
        importlib.invalidate_caches()
        return target


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Whatever the test imports is forgotten afterwards."""
    modules = dict(sys.modules)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Folder(tmp_path)
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.modules.update(modules)


@pytest.fixture
def serve(tmp_path):
    """Makes services; they are closed after the test."""
    with services(tmp_path) as make:
        yield make
