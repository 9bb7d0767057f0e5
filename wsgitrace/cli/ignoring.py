"""Rules that the project does not want to hear of, as every verb heeds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.lint_ignores import read_ignored
from wsgitrace.project_files import project_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from wsgitrace.trace.lint import Ignores

__all__ = ["ignored", "ignores_of"]


def ignored(directory: Path | None = None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Patterns of paths, and the ids of what is not reported of requests for such.

    ``directory``: a folder in the project; None: where one is.

    Raises :class:`~wsgitrace.setting_kinds.SettingError` for what pyproject.toml cannot mean.
    """
    return read_ignored(_known, project_folder(directory))


def ignores_of(directory: Path | None = None) -> Ignores:
    """The same, to be asked of each rule."""
    from wsgitrace.trace.lint import Ignores  # noqa: PLC0415 -- most of what a command costs at its start is imports

    return Ignores(ignored(directory))


def _known() -> Collection[str]:
    from wsgitrace.trace.ordering import ORDERS  # noqa: PLC0415 -- only where the project says something
    from wsgitrace.trace.rules import RULES  # noqa: PLC0415 -- as above

    return {*RULES, *ORDERS}
