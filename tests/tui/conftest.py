from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_feed import ScriptedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's own settings of Textual, colours and time zone do not reach the tests."""
    for name in [*os.environ]:
        if name.startswith("TEXTUAL") or name in {"NO_COLOR", "COLORTERM", "DISPLAY", "WAYLAND_DISPLAY"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/0")  # so that nothing is put on the clipboard of whoever runs the tests
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path_factory.mktemp("state"))
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[ScriptedFeed]:
    feed = ScriptedFeed(tmp_path / "feed.wtrace")
    yield feed
    feed.close()
