from __future__ import annotations

import pytest

from wsgitrace import redact


@pytest.fixture(autouse=True)
def _masking_as_at_the_start():
    """Opening a capture salts the marks of what is masked for the whole process: not for the next test."""
    redact.configure(names=(redact.DEFAULT,), salt=b"")
