from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.random_traffic import close_all
from wsgitrace.capture import ownership

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Locks of captures in a folder of this test's own; what it recorded is closed at its end."""
    monkeypatch.setattr(ownership.platformdirs, "user_cache_dir", lambda *_args, **_options: str(tmp_path / "cache"))
    yield
    close_all()
