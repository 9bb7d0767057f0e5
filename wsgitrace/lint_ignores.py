"""Which broken rules a project does not want to hear of: ``[tool.wsgitrace.lint]`` of its pyproject.toml.

::

[tool.wsgitrace.lint]
ignore = ["A35", "A37"]

[tool.wsgitrace.lint.paths]
"/legacy/*" = ["A23"]
"/metrics" = ["*"]
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from wsgitrace.project_files import project_folder
from wsgitrace.setting_kinds import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = ["Ignores", "read_ignores"]


@dataclass(frozen=True, slots=True)
class Ignores:
    """Rules that are not reported."""

    everywhere: frozenset[str] = frozenset()
    """Their ids."""
    paths: tuple[tuple[str, frozenset[str]], ...] = ()
    """Patterns of paths, as the shell has them, and the ids for requests of such; ``*``: every rule."""

    def hide(self, rule: str, path: str) -> bool:
        """Whether a rule that was broken in a request for ``path`` is left out."""
        if rule in self.everywhere:
            return True
        return any((rule in rules or "*" in rules) and fnmatchcase(path, pattern) for pattern, rules in self.paths)


def read_ignores(known: Collection[str], project: Path | None = None) -> Ignores:
    """What the project says; nothing where it says nothing. ``known``: the ids of all rules.

    Raises :class:`~wsgitrace.setting_kinds.SettingError`, its text one sentence, for what cannot be meant.
    """
    # Imported only where the linter is asked for: most of what a command costs at its start is imports.
    import tomllib  # noqa: PLC0415 -- see above

    path = (project or project_folder()) / "pyproject.toml"
    try:
        tool = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except FileNotFoundError:
        return Ignores()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingError(f"{path} cannot be read: {problem}.") from None
    ours = tool.get("wsgitrace", {}) if isinstance(tool, dict) else {}
    table = ours.get("lint", {}) if isinstance(ours, dict) else {}
    if not isinstance(table, dict) or table.keys() - {"ignore", "paths"}:
        raise SettingError(f"{path}: [tool.wsgitrace.lint] has ignore, a list of rules, and a table paths.")
    where = f"{path}: ignore in [tool.wsgitrace.lint]"
    everywhere = frozenset(_rules(table.get("ignore", []), known, where))
    paths = table.get("paths", {})
    if not isinstance(paths, dict):
        raise SettingError(f"{path}: [tool.wsgitrace.lint.paths] gives lists of rules to paths, as in '/old/*'.")
    return Ignores(
        everywhere,
        tuple(
            (pattern, frozenset(_rules(rules, {*known, "*"}, f"{path}: {pattern!r} in [tool.wsgitrace.lint.paths]")))
            for pattern, rules in paths.items()
        ),
    )


def _rules(value: Any, known: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(rule, str) for rule in value):
        raise SettingError(f"{where} must be a list of rules, as in ['A35', 'A37'].")
    for rule in value:
        if rule not in known:
            raise SettingError(f"{where} names {rule!r}, which is no rule: 'wsgitrace lint --rules' lists them.")
        yield rule
