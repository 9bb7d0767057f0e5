"""Applications out of the package index, used by the clients that they are made for: what was recorded comes again.

Uploads, redirects, cookies, ranges, streams, chunks, the methods of WebDAV, what Git and Mercurial send. Those whose
packages are not installed are left out; the ``zoo`` extra has all but httpbin, which wants an old greenlet.

    WSGITRACE_TEST_EVERY=1 python -m pytest --dist=load tests/zoo/test_real_traffic.py

sends each exported command, and runs the exported tests with every client.
"""

from __future__ import annotations

import importlib.util

import pytest

from tests.zoo.real.applications import REAL
from tests.zoo.recorded_traffic import missing, record_traffic
from tests.zoo.traffic_checks import EVERY, check_commands, check_har_files, check_replay, check_tests

OPTIONAL = {"anything"}

CLIENTS = {
    "anything": "plain", "calendars": "webtest", "django_office": "django", "git": "plain", "mercurial": "plain",
    "packages": "webtest", "records": "werkzeug", "shared_files": "plain", "tables": "flask", "tracker": "webtest",
}  # fmt: skip
"""By what the exported tests send their requests."""

FAILING = {"django_office", "packages", "records", "tables"}
"""Where they are tried on an application that answers otherwise: one for each client."""


def test_there_are_enough_of_them():
    assert len(REAL) - len(OPTIONAL) >= 6
    assert sum(application.least for name, application in REAL.items() if name not in OPTIONAL) >= 500


@pytest.fixture
def traffic(name, tmp_path):
    """The recording of an application."""
    lacking = missing(REAL[name])
    if lacking:
        pytest.skip(f"{', '.join(lacking)} not installed: pip install -e '.[zoo]'")
    return record_traffic(name, tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_application(traffic, name):
    steady = check_replay(traffic)
    check_har_files(traffic)
    check_commands(traffic, httpie=importlib.util.find_spec("httpie") is not None)
    own = CLIENTS[name]
    for client in dict.fromkeys([own, "webtest", "plain"]) if EVERY else [own]:
        check_tests(traffic, client, steady, fail=EVERY or name in FAILING)
