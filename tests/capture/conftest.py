from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.traffic import exchange, variety
from wsgitrace.capture import Capture, Writer, ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary captures and locks, this test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(ownership.platformdirs, "user_cache_dir", lambda *_args, **_options: str(folder))
    return folder / "captures"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a capture may be made."""
    return tmp_path / "some.wtrace"


@pytest.fixture
def create(path: Path) -> Iterator[Callable[..., Writer]]:
    """Makes writers of ``path``, closed at the end."""
    with contextlib.ExitStack() as stack:

        def make(**options) -> Writer:
            writer = Writer.create(path, **options)
            stack.callback(writer.close)
            return writer

        yield make


@pytest.fixture
def look(path: Path) -> Iterator[Callable[[], Capture]]:
    """Opens the capture at ``path``, closed at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(Capture.open(path))


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """File permissions bind this test, whoever runs it."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def record(writer: Writer, worker: int, locals_: range) -> list[int]:
    """Whole exchanges of some variety; returns their numbers."""
    numbers = []
    for local in locals_:
        for frame in exchange(local, local * 1_000, *variety(local)):
            number = writer.add(worker, frame)
        numbers.append(number)
    return numbers
