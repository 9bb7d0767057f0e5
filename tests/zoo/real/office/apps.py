"""The application as Django wants it: its folder is said, for a package without ``__init__.py`` may have several."""

from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig


class Office(AppConfig):
    """The office."""

    name = "tests.zoo.real.office"
    path = str(Path(__file__).parent)
