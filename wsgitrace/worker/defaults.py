"""The application when none is named: what the folder itself says."""

from __future__ import annotations

import ast
import os
import tomllib
from pathlib import Path

from wsgitrace.worker.importing import load_error
from wsgitrace.worker.target import FORMS, Target, UsageError, parse


def find_default(directory: str) -> tuple[Target, str]:
    """The application of a folder, and one sentence that says where it was found.

    In this order: ``[tool.wsgitrace] app`` in pyproject.toml, ``wsgi.py``, ``app.py``, the ``WSGI_APPLICATION`` of the
    Django project whose ``manage.py`` is there. Raises :class:`UsageError`, and :class:`LoadError` where Django's
    settings fail.
    """
    folder = Path(directory)
    project = folder / "pyproject.toml"
    if project.is_file() and (named := _in_project(project)):
        return parse(named), f"APP is {named}, from pyproject.toml."
    for name in ("wsgi.py", "app.py"):
        if (folder / name).is_file():
            return parse(name), f"APP is {name}, found in {directory}."
    if (folder / "manage.py").is_file():
        return _django(folder / "manage.py")
    raise UsageError(
        f"no application was named, and {directory} has no pyproject.toml with [tool.wsgitrace] app, no wsgi.py,"
        f" no app.py and no manage.py: give {FORMS}"
    )


def _in_project(path: Path) -> str:
    try:
        named = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("wsgitrace", {}).get("app", "")
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    if not isinstance(named, str):
        raise UsageError(f'app in [tool.wsgitrace] of {path} must be text, as in "shop:app"')
    return named.strip()


def _django(manage: Path) -> tuple[Target, str]:
    module = os.environ.get("DJANGO_SETTINGS_MODULE") or _settings_module(manage)
    if not module:
        raise UsageError(f"{manage} names no settings module: set DJANGO_SETTINGS_MODULE or give {FORMS}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
    try:
        from django.conf import settings  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 -- the user's own Django, if any

        named = settings.WSGI_APPLICATION
    except Exception as error:  # noqa: BLE001 -- whatever the user's settings raise
        raise load_error(f"reading the Django settings {module}", error) from None
    if not named:
        return parse("django.core.wsgi:get_wsgi_application()"), f"APP is Django's own, by the settings {module}."
    holder, _, attribute = str(named).rpartition(".")
    return parse(f"{holder}:{attribute}"), f"APP is {holder}:{attribute}, the WSGI_APPLICATION of {module}."


def _settings_module(manage: Path) -> str:
    """The literal that a manage.py sets DJANGO_SETTINGS_MODULE to."""
    try:
        tree = ast.parse(manage.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.Assign):
            continue
        constants = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
        if "DJANGO_SETTINGS_MODULE" in constants:
            texts = [each for each in constants if isinstance(each, str) and each != "DJANGO_SETTINGS_MODULE"]
            return texts[0] if texts else ""
    return ""
