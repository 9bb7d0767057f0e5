"""Applications out of the package index, used by the clients that they are made for: what was recorded comes again.

Uploads, redirects, cookies, ranges, streams, chunks, the methods of WebDAV, what Git and Mercurial send. Those whose
packages are not installed are left out; the ``zoo`` extra has all but httpbin, which wants an old greenlet.
"""

from __future__ import annotations

import json

import pytest

from tests.zoo.real.applications import REAL
from tests.zoo.recorded_traffic import APP, missing, record_traffic

OPTIONAL = {"anything"}
REFUSED_AT_MOST = 0.08
"""The share of requests whose body the application did not want: it answered without."""


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
    check_replay(traffic)


def check_replay(traffic):
    """Run again over the same data, nothing differs but what is declared as noise."""
    traffic.restore()
    done = traffic.wsgitrace("replay", str(traffic.file), "--app", APP, "--yes", "--no-learn", "--json", *traffic.rules)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["text"] for each in reports if each["verdict"] == "differs"] == []
    refused = [each["text"] for each in reports if each["refused"]]
    assert [text for text in refused if "is not recorded whole: nothing of" not in text] == []
    assert len(refused) <= REFUSED_AT_MOST * len(reports)
    assert len(reports) >= REAL[traffic.name].least
    assert done.returncode == 0, done.stderr
