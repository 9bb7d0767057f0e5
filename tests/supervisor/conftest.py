from __future__ import annotations

import pytest

from tests.support.served import Service


@pytest.fixture
def serve(tmp_path):
    """Makes services; they are closed after the test."""
    services = []

    def make(source, **options):
        folder = tmp_path / f"app{len(services)}"
        folder.mkdir()
        services.append(Service(folder, source, **options))
        return services[-1]

    yield make
    for service in services:
        service.close()
