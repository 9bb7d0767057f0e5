from __future__ import annotations

import pytest

from tests.support.served import services


@pytest.fixture
def serve(tmp_path):
    """Makes services; they are closed after the test."""
    with services(tmp_path) as make:
        yield make
