"""The applications by name."""

from __future__ import annotations

from tests.zoo.real import (
    anything,
    calendars,
    django_office,
    packages,
    records,
    repositories,
    shared_files,
    tables,
    tracker,
)

REAL = {
    "anything": anything.APPLICATION,
    "calendars": calendars.APPLICATION,
    "git": repositories.GIT_APPLICATION,
    "mercurial": repositories.HG_APPLICATION,
    "django_office": django_office.APPLICATION,
    "packages": packages.APPLICATION,
    "records": records.APPLICATION,
    "shared_files": shared_files.APPLICATION,
    "tables": tables.APPLICATION,
    "tracker": tracker.APPLICATION,
}
"""Each has a module of its own."""
